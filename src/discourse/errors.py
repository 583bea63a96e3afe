"""One tree of errors: each names the thing, the phase and the remedy, with a slug to count by and an exit code."""

from __future__ import annotations

FULL = frozenset({27, 28, 122})
"""What a system says when there is no room: file too large, no space left, quota exceeded."""

OK, BUG, USAGE, PARTIAL, NOTHING, GATE, TRY_AGAIN = 0, 1, 2, 3, 4, 5, 75


class DiscourseError(Exception):
    """The root. ``what`` names the thing and what is wrong with it, ``phase`` the step, ``remedy`` what to do."""

    slug: str = "error"
    exit_code: int = BUG
    phase: str = "run"

    def __init__(self, what: str, *, remedy: str = "", phase: str | None = None, slug: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        if phase is not None:
            self.phase = phase
        if slug is not None:
            self.slug = slug

    def __str__(self) -> str:
        return f"{self.phase}: {self.what}" + (f" {self.remedy}" if self.remedy else "")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.remedy, self.phase, self.slug))


def _rebuild(kind: type[DiscourseError], what: str, remedy: str, phase: str, slug: str) -> DiscourseError:
    return kind(what, remedy=remedy, phase=phase, slug=slug)


class UsageError(DiscourseError):
    """The command was called in a way that cannot work."""

    slug, exit_code, phase = "usage", USAGE, "command line"


class ConfigError(DiscourseError):
    """The configuration cannot be used as written."""

    slug, exit_code, phase = "config", USAGE, "configuration"


class CodebookError(DiscourseError):
    """A codebook file does not say what a codebook must say."""

    slug, exit_code, phase = "codebook", USAGE, "codebook"


class CorpusError(DiscourseError):
    """A corpus row cannot be used: file, line and field are named."""

    slug, exit_code, phase = "corpus", USAGE, "corpus"


class InputError(DiscourseError):
    """One item could not be read; the run goes on."""

    slug, exit_code, phase = "unreadable", PARTIAL, "ingest"


class FetchError(InputError):
    """One address could not be fetched; the run goes on."""

    slug, phase = "fetch_failed", "fetch"


class ExtractError(InputError):
    """One file's content could not be extracted; the run goes on."""

    slug, phase = "extract_failed", "extract"


class RowError(InputError):
    """One row of a table or stream could not be read; the run goes on."""

    slug, phase = "bad_row", "read"


class ModelError(DiscourseError):
    """A model folder is missing, incomplete, altered, or made for another codebook."""

    slug, exit_code, phase = "model", USAGE, "load model"


class StoreError(DiscourseError):
    """The store cannot be opened or written."""

    slug, exit_code, phase = "store", USAGE, "store"


class StoreFull(StoreError):
    """There is no room left to write; nothing half-written was kept."""

    slug, exit_code = "disk_full", TRY_AGAIN


class NothingUsable(DiscourseError):
    """Everything was tried and nothing could be used."""

    slug, exit_code = "nothing_usable", NOTHING


class QualityGateFailed(DiscourseError):
    """A measured quality fell below its pinned floor, or its corpus was edited."""

    slug, exit_code, phase = "quality_gate", GATE, "quality gate"


class TryAgain(DiscourseError):
    """Nothing is wrong that time will not mend: a lock is held, the network is down."""

    slug, exit_code = "try_again", TRY_AGAIN


class LockHeld(TryAgain):
    """Another run is at work on this store."""

    slug, phase = "lock_held", "start"


class NetworkDown(TryAgain):
    """No source that needs the network could be reached."""

    slug, phase = "network_down", "fetch"
