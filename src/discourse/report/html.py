"""The HTML face: one self-contained file, no network; for keyboard and screen reader, light, dark, phone, print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from discourse.records import PUBLISHERS, Figure
from discourse.report import charts
from discourse.report.value import ReportData
from discourse.report.words import Words

SECTIONS = ("headline", "ledger", "attention", "framing", "sentiment", "sides", "voices", "concerns", "words",
            "council", "method")  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("discourse.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["safe_link"] = safe_link
    return made


def safe_link(address: str) -> str:
    """Return an address that may become a link, empty for anything but http and https."""
    try:
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.html``."""
    words = Words(lang)
    page = _environment().get_template("report.html.j2").render(
        data=data, w=words, lang=lang, sections=SECTIONS, charts=_charts(data, words), rows=_rows(data, words),
        sentences=[words.sentence(s, data) for s in data.headline], groups=_groups(data, words),
        measured=_measured(data, words),
    )  # fmt: skip
    return {f"report.{lang}.html": page.encode("utf-8")}


def _ranked(data: ReportData, task: str) -> list[Figure]:
    return sorted(data.of(task), key=lambda f: (-(f.share or 0.0), f.label))


def _rows(data: ReportData, words: Words) -> dict[str, list[tuple[str, Figure, str]]]:
    """Return the rows of each table: name, figure, change in words."""
    tasks = ("policy_frame", "immigration_frame", "sentiment", "voice", "concern")
    return {t: [(words.label(t, f.label), f, words.change(f, data.min_n)) for f in _ranked(data, t)] for t in tasks}


def _charts(data: ReportData, words: Words) -> dict[str, Markup]:
    out = {"attention": charts.attention(data.series("attention", "stories"), words("section.attention"), words)}
    for task, section in (("policy_frame", "framing"), ("immigration_frame", "portrayal"), ("voice", "voices"),
                          ("concern", "concerns")):  # fmt: skip
        rows = [
            charts.Row(words.label(task, f.label), f, f"{words.share(f)} {words.change(f, data.min_n)}")
            for f in _ranked(data, task)
        ]
        shown = [r for r in rows if r.figure.enough]
        out[task] = charts.intervals(shown, words(f"section.{section}"), words)
    sides = [data.series("sentiment", s) for s in ("positive", "neutral", "negative")]
    weeks = [(a.period, a, b, c) for a, b, c in zip(*sides, strict=True)]
    names = [words(f"col.{s}") for s in ("positive", "neutral", "negative")]
    out["sentiment"] = charts.tone(weeks, words("section.sentiment"), names, words)
    return {name: Markup(svg) for name, svg in out.items()}


def _groups(data: ReportData, words: Words) -> list[dict[str, Any]]:
    """Return press, council and residents side by side: stories, tone."""
    out = []
    for kind in PUBLISHERS:
        stories = data.one("attention", "stories", group=kind)
        if stories is not None:
            tone = {s: data.one("sentiment", s, group=kind) for s in ("positive", "neutral", "negative")}
            out.append({"name": words(f"kind.{kind}"), "stories": stories, "tone": tone})
    return out


def _measured(data: ReportData, words: Words) -> Sequence[tuple[str, float]]:
    """Return the measured error of the model, a task a row, as its folder says."""
    tasks = data.method.get("metrics", {}).get("test", {}).get("tasks", {})
    out = []
    for name, said in tasks.items():
        found = said.get("macro_f1") if isinstance(said, Mapping) else None
        value = found[0] if isinstance(found, list) else found
        if isinstance(value, (int, float)):
            out.append((words.task(name), float(value)))
    return out
