"""``discourse tag``: JSON rows in, JSON rows out, one for one, in order; an unreadable row gives an error row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from discourse.classify.model import Model, TagInput
from discourse.errors import RowError
from discourse.records import Tags

OURS = ("lang", "relevance", "sentiment", "policy_frame", "immigration_frame", "narrative", "concern", "harm",
        "voices", "terms", "model", "codebook", "warning")  # fmt: skip


def tag_lines(lines: Iterable[bytes], model: Model, *, batch: int = 256) -> Iterator[dict[str, Any]]:
    """Yield the row of each line; blank lines at the end of a file are no rows."""
    return tag_rows((_parsed(line) for line in lines if line.strip()), model, batch=batch)


def tag_rows(
    rows: Iterable[Mapping[str, Any] | RowError], model: Model, *, batch: int = 256
) -> Iterator[dict[str, Any]]:
    """Yield the tagged row of each row, in batches of bounded memory."""
    source = iter(rows)
    while part := list(islice(source, batch)):
        checked = [(row, _checked(row)) for row in part]
        inputs = [c for _, c in checked if isinstance(c, TagInput)]
        said = iter(model.tag(inputs))
        for row, found in checked:
            yield _error(row, found) if isinstance(found, RowError) else _row(row, next(said))


def _parsed(line: bytes) -> Mapping[str, Any] | RowError:
    try:
        value = json.loads(line.decode("utf-8-sig"))
        if b"\\ud" in line.lower():
            value = _whole(value)
    except UnicodeDecodeError as error:
        return RowError(f"the line is not UTF-8 (byte {error.start}).", remedy="Save it as UTF-8.", slug="bad_encoding")
    except (ValueError, RecursionError):
        return RowError("the line is not JSON.", remedy='Write {"id": "1", "text": "…"}.', slug="not_json")
    if not isinstance(value, dict):
        return RowError("the line is no JSON object.", remedy='Write {"id": "1", "text": "…"}.', slug="not_json")
    return value


def _whole(value: Any) -> Any:
    """Return a JSON value with every half of a character (``"\\ud83d"`` alone) replaced: no UTF-8 file can hold one."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _checked(row: Mapping[str, Any] | RowError) -> TagInput | RowError:
    if isinstance(row, RowError):
        return row
    if "id" not in row or isinstance(row["id"], (dict, list, type(None))):
        return RowError("the row has no id.", remedy='Give each row an "id".', slug="no_id")
    text = row.get("text")
    if not isinstance(text, str):
        return RowError('the row has no "text".', remedy='Put the passage in "text".', slug="no_text")
    if not text.strip():
        return RowError("the text is empty.", remedy="Leave such rows out.", slug="empty_text")
    for name in ("lang", "context"):
        if not isinstance(row.get(name), (str, type(None))):
            return RowError(f'"{name}" is not a text.', remedy="Write a string, or leave it out.", slug="bad_field")
    return TagInput(id=str(row["id"]), text=text, lang=_code(row.get("lang")), context=row.get("context") or None)


def _code(lang: str | None) -> str | None:
    return lang.strip().lower().split("-")[0] or None if lang else None


def _error(row: Any, error: RowError) -> dict[str, Any]:
    known = row.get("id") if isinstance(row, Mapping) else None
    passed = {k: v for k, v in row.items() if k not in ("text", "context", *OURS)} if isinstance(row, Mapping) else {}
    return {**passed, "id": known, "error": {"slug": error.slug, "message": str(error)}}


def _row(row: Mapping[str, Any] | RowError, tags: Tags) -> dict[str, Any]:
    given = row if isinstance(row, Mapping) else {}
    out = {k: v for k, v in given.items() if k not in ("text", "context", *OURS)}
    out |= {"id": given.get("id"), "lang": tags.lang, "relevance": tags.relevance, **tags.scores}
    out["voices"] = [_voice(asdict(v)) for v in tags.voices]
    out["terms"] = [asdict(t) for t in tags.terms]
    out |= {"model": tags.model, "codebook": tags.codebook}
    if tags.warning:
        out["warning"] = tags.warning
    return out


def _voice(said: dict[str, Any]) -> dict[str, Any]:
    return {k: said[k] for k in ("voice", "speaker", "cue", "start", "end")}
