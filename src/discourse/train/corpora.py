"""The project's own corpora: strict reading, one JSON row a passage, and typed ``datasets.Dataset`` views."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discourse import bundled, codebook
from discourse.errors import CorpusError
from discourse.records import LANGUAGES

if TYPE_CHECKING:
    from discourse.classify import TagInput

SPLITS = ("train", "dev", "test")
KINDS = ("press", "council", "letter", "comment", "interview", "notice")
ADJUDICATED = "adjudicated.jsonl"
MULTI = ("policy_frame", "immigration_frame", "narrative", "concern", "harm")
WRITTEN = ("discourse-v1", "discourse-v2", "opinions-v1", "opinions-v2", "opinions-v3", "opinions-v4")
"""The corpora whose texts were written, and labelled one by one, for this project; the first one is measured on."""
JUDGED = frozenset({*WRITTEN, "real-v1"})
"""Sources whose labels somebody gave text by text; those of other sources are by rule."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One text to learn from or to be measured on; ``known`` holds 0 or 1 for the columns that are labelled."""

    id: str
    text: str
    lang: str
    known: Mapping[str, float]
    context: str | None = None
    split: str = "train"
    scenario: str = ""
    kind: str = ""
    source: str = ""
    weight: float = 1.0
    voices: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    yes: str = ""
    """The side toward migrants of a bare yes to ``context``, ``neutral`` where it takes none; empty: not known."""


def folder(name: str) -> Path:
    """Return the folder of a corpus by name or path; raise ``CorpusError`` when there is none."""
    for path in (Path(name), bundled.folder(f"corpora/{name}")):
        if path.is_dir() and files(path):
            return path
    raise CorpusError(f"there is no corpus {name!r}.", remedy="Name a folder of corpora/, or give its path.")


def files(path: Path) -> list[Path]:
    """Return the files of a corpus folder that hold its rows: JSON lines, as they are or gzipped."""
    return sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")])


def content(file: Path) -> bytes:
    """Return what a file of rows holds, unpacked; raise ``CorpusError`` where it is cut short or altered."""
    if file.suffix != ".gz":
        return file.read_bytes()
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _bad(file.name, "the file", f"is not gzip ({error})", "Take a fresh copy of the corpus.") from error


def read(name: str, split: str | None = None) -> list[Example]:
    """Return the examples of a corpus in file order; nothing is returned when one row is wrong.

    Where two readers differed and a third has decided, the decision counts (``readings/adjudicated.jsonl``). Raises
    ``CorpusError`` naming file, line, field and remedy.
    """
    if split is not None and split not in SPLITS:
        raise CorpusError(f"there is no split {split!r}.", remedy=f"Known: {', '.join(SPLITS)}.")
    found = folder(name)
    examples = [as_example(row, source=found.name) for row in final_rows(found)]
    return [e for e in examples if split is None or e.split == split]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the checked rows of every file of a folder; ids are unique over all of them.

    A row that names no ``voices`` has none.
    """
    seen: dict[str, str] = {}
    homes: dict[str, str] = {}
    for file in files(path):
        for number, given in _lines(file):
            where = f"{file.name}, line {number}"
            row = {"voices": [], **given}
            _check(row, where)
            if row["id"] in seen:
                raise _bad(where, "id", f"{row['id']!r} also stands in {seen[row['id']]}", "Give each row its own id.")
            seen[row["id"]] = where
            if homes.setdefault(row["scenario"], row["split"]) != row["split"]:
                raise _bad(where, "split", f"scenario {row['scenario']!r} is in two splits", "Split by scenario.")
            yield row


def final_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the checked rows of a folder with the labels that count in the end: first reading, then adjudication."""
    decided = decisions(path)
    for row in rows_of(path):
        yield _decided(row, decided[row["id"]]) if row["id"] in decided else row


def decisions(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a third reader decided, by id: ``task.label`` to true or false, ``sentiment`` to a label or null.

    Raises ``CorpusError`` naming file, line, field and remedy.
    """
    file = path / "readings" / ADJUDICATED
    if not file.is_file():
        return {}
    known = set(codebook.load().columns()) | {"sentiment", "relevance.relevant"}
    out = {}
    for number, row in _lines(file):
        where = f"{file.name}, line {number}"
        unknown = sorted(set(row["decided"]) - known)
        if unknown:
            raise _bad(where, "decided", f"unknown label {unknown[0]!r}", "See `discourse codebook`.")
        out[row["id"]] = dict(row["decided"])
    return out


def _decided(row: Mapping[str, Any], decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as adjudicated; a text that is not relevant in the end keeps no label."""
    out = dict(row)
    out["relevance"] = decided.get("relevance.relevant", row["relevance"])
    if not out["relevance"]:
        return out | {"sentiment": None, "harm_reported": False, **{task: [] for task in MULTI}}
    out["sentiment"] = decided.get("sentiment", row["sentiment"])
    for task in MULTI:
        given = set(row[task] or ())
        for name in codebook.load()[task].label_names:
            if f"{task}.{name}" in decided:
                (given.add if decided[f"{task}.{name}"] else given.discard)(name)
        out[task] = sorted(given)
    return out


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(content(file).splitlines(), 1):
        where = f"{file.name}, line {number}"
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise _bad(where, "the line", f"is not UTF-8 (byte {error.start})", "Save the file as UTF-8.") from error
        except ValueError as error:
            raise _bad(where, "the line", f"is not JSON ({error})", "Write one JSON object a line.") from error
        if not isinstance(row, dict):
            raise _bad(where, "the line", "is no JSON object", "Write one JSON object a line.")
        yield number, row


def _bad(where: str, what: str, problem: str, remedy: str) -> CorpusError:
    return CorpusError(f"{where}: {what}: {problem}.", remedy=remedy)


def _check(row: Mapping[str, Any], where: str) -> None:
    for name, test, wanted in _FIELDS:
        if name not in row:
            raise _bad(where, name, "is missing", f"Give {wanted}.")
        if not test(row[name]):
            raise _bad(where, name, f"is {row[name]!r}"[:120], f"Give {wanted}.")
    unknown = sorted(set(row) - {name for name, _, _ in _FIELDS} - {"note"})
    if unknown:
        raise _bad(where, unknown[0], "is no field of a corpus row", "Remove it or mend its spelling.")
    if row["relevance"] and row["sentiment"] is None:
        raise _bad(where, "sentiment", "is missing from a relevant row", "Give positive, neutral or negative.")
    if not row["relevance"] and (row["sentiment"] is not None or any(row[task] for task in MULTI)):
        raise _bad(where, "relevance", "is false, yet the row has labels", "Remove them, or set relevance to true.")
    for task in MULTI:
        _labels(row[task] or (), task, where)
    for voice in row["voices"]:
        _voice(voice, row["text"], where)


def _labels(given: Sequence[str], task: str, where: str) -> None:
    known = codebook.load()[task].label_names
    for name in given:
        if name not in known:
            raise _bad(where, task, f"unknown label {name!r}", f"Known: {', '.join(known)}.")
    if len(set(given)) != len(given):
        raise _bad(where, task, "a label stands twice", "Name each label once.")


def _voice(voice: Any, text: str, where: str) -> None:
    known = codebook.load()["voice"].label_names
    if not isinstance(voice, dict) or voice.get("voice") not in known:
        raise _bad(where, "voices", f"{voice!r} has no known kind"[:120], f"Known: {', '.join(known)}.")
    start, end = voice.get("start"), voice.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise _bad(where, "voices", f"span {start}..{end} lies outside the text", "Count characters from 0.")


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value is v or value == v for v in values) and not (value == 1 and value is not True)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


_FIELDS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("id", _text, "a text that no other row has"),
    ("scenario", _text, "the situation the passage belongs to"),
    ("split", _one_of(*SPLITS), "train, dev or test"),
    ("lang", _one_of(*LANGUAGES), "fr, en, es, de or it"),
    ("kind", _one_of(*KINDS), ", ".join(KINDS)),
    ("text", _text, "the passage"),
    ("context", lambda v: v is None or _text(v), "a text, or null"),
    ("relevance", lambda v: isinstance(v, bool), "true or false"),
    ("sentiment", _one_of("negative", "neutral", "positive", None), "negative, neutral, positive or null"),
    *((task, lambda v: v is None or _strings(v), "a list of labels, or null where it was not read") for task in MULTI),
    ("harm_reported", lambda v: isinstance(v, bool), "true or false"),
    ("voices", lambda v: isinstance(v, list), "a list of spans"),
)


def as_example(row: Mapping[str, Any], *, source: str = "discourse-v1") -> Example:
    """Return a corpus row as an example; harm that is only reported is not the writer's own and counts as absent."""
    known = {"relevance": float(row["relevance"])}
    if row["relevance"]:
        for name in codebook.load()["sentiment"].label_names:
            known[f"sentiment.{name}"] = float(row["sentiment"] == name)
        for task in MULTI:
            if row[task] is None:
                continue
            own = [] if task == "harm" and row["harm_reported"] else row[task]
            for name in codebook.load()[task].label_names:
                known[f"{task}.{name}"] = float(name in own)
    return Example(
        id=row["id"],
        text=row["text"],
        lang=row["lang"],
        known=known,
        context=row["context"],
        split=row["split"],
        scenario=row["scenario"],
        kind=row["kind"],
        source=source,
        voices=tuple(row["voices"]),
    )


def inputs(examples: Sequence[Example]) -> list[TagInput]:
    """Return examples as a model takes them: text, language and context, nothing of their labels."""
    from discourse.classify import TagInput

    return [TagInput(id=e.id, text=e.text, lang=e.lang, context=e.context) for e in examples]


def content_hash(name: str) -> str:
    """Return the SHA-256 over the files of a corpus, in name order: what a recipe and the quality gate pin."""
    total = hashlib.sha256()
    for file in [*files(folder(name)), *sorted(folder(name).glob(f"readings/{ADJUDICATED}"))]:
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def load(name: str, split: str | None = None) -> Any:
    """Return a corpus as a typed ``datasets.Dataset``, or all its splits as a ``DatasetDict``.

    Raises ``CorpusError`` naming file, line, field and remedy when a row is wrong.
    """
    from datasets import Dataset, DatasetDict

    rows = list(final_rows(folder(name)))
    if split is not None:
        if split not in SPLITS:
            raise CorpusError(f"there is no split {split!r}.", remedy=f"Known: {', '.join(SPLITS)}.")
        return Dataset.from_list(_of(rows, split), features=features())
    return DatasetDict({s: Dataset.from_list(_of(rows, s), features=features()) for s in SPLITS})


def _of(rows: Iterable[Mapping[str, Any]], split: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "note"} for row in rows if row["split"] == split]


def features() -> Any:
    """Return the typed features of a corpus row, label names included."""
    from datasets import ClassLabel, Features, List, Value

    book = codebook.load()
    plain = {name: Value("string") for name in ("id", "scenario", "split", "lang", "kind", "text", "context")}
    voice = {
        "voice": Value("string"),
        "start": Value("int32"),
        "end": Value("int32"),
        "speaker": Value("string"),
        "cue": Value("string"),
    }
    return Features(
        {
            **plain,
            "relevance": Value("bool"),
            "sentiment": ClassLabel(names=list(book["sentiment"].label_names)),
            **{task: List(ClassLabel(names=list(book[task].label_names))) for task in MULTI},
            "harm_reported": Value("bool"),
            "voices": List(voice),
        }
    )
