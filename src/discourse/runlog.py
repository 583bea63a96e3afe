"""One row a run: what came, what went on, what fell out, by stage and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from discourse.errors import OK, PARTIAL
from discourse.records import Done, Failed, Outcome, Skipped, Unchanged


@dataclass(kw_only=True)
class RunLog:
    """The tally of one run: ``counts[stage][key]``, with keys as ``new``, ``skipped:<reason>``, ``failed:<slug>``."""

    command: str
    started: datetime
    week: str | None = None
    finished: datetime | None = None
    exit_code: int | None = None
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def add(self, stage: str, key: str, amount: int = 1) -> None:
        """Count ``amount`` more of ``key`` in a stage."""
        self.counts.setdefault(stage, Counter())[key] += amount

    def add_outcome(self, stage: str, outcome: Outcome[Any], done: str = "done") -> str:
        """Count an outcome under its reason and return the key it was counted under."""
        match outcome:
            case Done():
                key = done
            case Unchanged():
                key = "unchanged"
            case Skipped(reason=reason):
                key = f"skipped:{reason}"
            case Failed(error=error):
                key = f"failed:{error.slug}"
                self.say(f"{outcome.ref.source}: {outcome.ref.url}: {error}")
        self.add(stage, key)
        return key

    def say(self, message: str) -> None:
        """Keep a message for the log of the run (at most 1,000, then only counted)."""
        if len(self.messages) < 1000:
            self.messages.append(message)

    def failed(self) -> int:
        """Return how many items failed, over all stages."""
        return sum(n for stage in self.counts.values() for key, n in stage.items() if key.startswith("failed"))

    def tally(self, stage: str) -> Mapping[str, int]:
        """Return the counts of one stage."""
        return self.counts.get(stage, Counter())

    def code(self) -> int:
        """Return the exit code that the counts call for: all well, or some items failed."""
        return PARTIAL if self.failed() else OK

    def line(self) -> str:
        """Return the tally as one line, stage by stage, failures by reason."""
        stages = []
        for stage, counts in self.counts.items():
            inner = ", ".join(f"{n} {key.replace('_', ' ')}" for key, n in sorted(counts.items()) if n)
            stages.append(f"{stage}: {inner or 'nothing'}")
        return " | ".join(stages) or "nothing to do"

    def as_json(self) -> dict[str, Any]:
        """Return the run as plain values."""
        return {
            "command": self.command,
            "week": self.week,
            "started": self.started.isoformat(),
            "finished": self.finished.isoformat() if self.finished else None,
            "exit_code": self.exit_code,
            "counts": {stage: dict(counts) for stage, counts in self.counts.items()},
            "messages": list(self.messages),
        }
