"""The PDF face: a tagged PDF/UA-1 by typst; the charts as drawings with words for those who do not see them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import resources
from typing import Any

from discourse.errors import DiscourseError
from discourse.report.blocks import Chart
from discourse.report.composing import compose
from discourse.report.drawing import draw
from discourse.report.value import ReportData
from discourse.report.wording import Words

TABLED = frozenset({"attention", "policy-frame", "immigration-frame", "narrative", "voice", "concern", "tone-groups"})
"""Charts whose table is printed below them; those of many weeks and sources are in the other faces."""
_UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_WRITABLE = re.compile(
    r"[^\t\n\u0020-\u052f\u1e00-\u1fff\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u25a0-\u25ff]"
)
"""The scripts that the built-in fonts hold; what is left becomes a box where the machine has no font for it."""


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.pdf``; the same report gives the same bytes.

    Raises ``DiscourseError`` when the page cannot be set, which the conformance check of typst decides.
    """
    page, words = compose(data, lang), Words(lang)
    said = {
        "page": _without(_plain(page, words), _UNSEEN, ""),
        "author": data.signature.by if data.signature else "",
        "status": page.words["signed_word" if page.signed else "draft_word"],
        "words": page.words,
    }
    return {f"report.{lang}.pdf": _set(said, data)}


def _set(said: dict[str, Any], data: ReportData) -> bytes:
    """Return the PDF in typst's own fonts; for other scripts in those of the machine; a box where none has the sign."""
    import typst

    template = (resources.files("discourse.report") / "templates" / "report.typ").read_bytes()
    for tried, own_fonts in ((said, True), (said, False), (_without(said, _WRITABLE, "□"), True)):
        try:
            made = typst.compile(
                template,
                format="pdf",
                sys_inputs={"report": json.dumps(tried, ensure_ascii=False)},
                pdf_standards=["ua-1"],
                timestamp=int(data.made.timestamp()),
                ignore_system_fonts=own_fonts,
            )
        except RuntimeError as error:
            failure = str(getattr(error, "diagnostic", "") or error)
        else:
            if isinstance(made, bytes):
                return made
    raise DiscourseError(f"the PDF could not be set: {failure}.", phase="report", slug="pdf_not_set")


def _plain(value: Any, words: Words) -> Any:
    """Return blocks as plain values that name their type; a chart brings its drawing along."""
    if isinstance(value, Chart):
        rest = {f.name: _plain(getattr(value, f.name), words) for f in fields(value) if f.name != "drawing"}
        svg = draw(value, words, ink="print")
        return {"type": "Chart", "svg": svg, "tabled": value.ident in TABLED, **rest}
    if is_dataclass(value):
        return {"type": type(value).__name__} | {f.name: _plain(getattr(value, f.name), words) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(v, words) for v in value]
    return value


def _without(value: Any, pattern: re.Pattern[str], by: str) -> Any:
    """Return plain values with every character that a pattern finds replaced."""
    if isinstance(value, str):
        return pattern.sub(by, value)
    if isinstance(value, dict):
        return {k: _without(v, pattern, by) for k, v in value.items()}
    if isinstance(value, list):
        return [_without(v, pattern, by) for v in value]
    return value
