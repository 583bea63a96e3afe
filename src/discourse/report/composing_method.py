"""The last part: how the report was made, its rules and constants, measured errors, breaks, limits, who answers."""

from __future__ import annotations

from discourse import codebook
from discourse.report.blocks import Block, Bullets, Cell, Heading, Item, Table, Text
from discourse.report.value import ReportData
from discourse.report.wording import Words, monday

RULES = ("unit", "relevance", "labels", "interval", "baseline", "change", "correction", "sides", "masking", "advice",
         "headline")  # fmt: skip
LIMITS = ("model", "indicative", "sample", "coverage", "small", "people", "harm", "cause")


def method(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return rules, measured errors, series breaks, limits, and who signed."""
    return (
        Text(text=_responsible(data, w)),
        Heading(text=w("method.rules")),
        Bullets(items=tuple(Item(text=_rule(name, data, w)) for name in RULES)),
        Heading(text=w("method.errors")),
        *_errors(data, w),
        Heading(text=w("method.breaks")),
        _breaks(data, w),
        Heading(text=w("method.limits")),
        Bullets(items=tuple(Item(text=w(f"limit.{name}")) for name in LIMITS)),
        Text(text=_versions(data, w), kind="small"),
    )


def _responsible(data: ReportData, w: Words) -> str:
    if data.signature is None:
        return w("method.unsigned")
    return w("method.signed", name=data.signature.by, day=w.day(data.signature.on))


def _rule(name: str, data: ReportData, w: Words) -> str:
    r = data.rules
    return w(
        f"rule.{name}",
        min_n=r["min_n"],
        level=w.percent(r["level"]),
        fdr=w.percent(r["false_discovery_rate"]),
        weeks=r["baseline_weeks"],
        relevance=w.percent(r["relevance_threshold"]),
        label=w.percent(r["label_threshold"]),
        side=w.percent(r["side_confidence"]),
        characters=r["quote_characters"],
        wide_outlets=w.percent(r["wide_outlets"]),
        wide_stories=r["wide_stories"],
        some_outlets=r["some_outlets"],
        some_stories=r["some_stories"],
    )


def _errors(data: ReportData, w: Words) -> list[Block]:
    tasks = data.method["tasks"]
    if not tasks:
        return [Text(text=w("few.errors"), kind="few")]
    languages = sorted(data.method["by_language"])
    rows = tuple(_task_row(name, data, languages, w) for name in tasks)
    by_task = Table(
        caption=w("method.errors_caption"),
        head=(w("col.task"), w("col.f1"), *(w.slug("lang", lang) for lang in languages), w("col.passages")),
        rows=rows,
    )
    by_label = Table(
        caption=w("method.errors_by_label"),
        head=tuple(w(f"col.{c}") for c in ("label", "precision", "recall", "f1", "examples")),
        rows=tuple(_label_row(name, data, w) for name in data.method["labels"]),
        folded=True,
    )
    said = w("method.errors_read", n=data.method["measured_n"] or 0, f1=w.score(data.rules["sure_f1"]))
    return [Text(text=said), by_task, by_label]


def _task_row(name: str, data: ReportData, languages: list[str], w: Words) -> tuple[Cell, ...]:
    row = data.method["tasks"][name]
    low, high = row["interval"] or (None, None)
    spread = f" ({w.score(low)}–{w.score(high)})" if low is not None and high is not None else ""
    cells = [Cell(text=_score(data.method["by_language"][x].get(name), w), numeric=True) for x in languages]
    return (
        Cell(text=codebook.load()[name].names.get(w.lang, name)),
        Cell(text=_score(row["macro_f1"], w) + spread, numeric=True),
        *cells,
        Cell(text=w.number(row["n"] or 0), numeric=True),
    )


def _label_row(name: str, data: ReportData, w: Words) -> tuple[Cell, ...]:
    row, (task, _, label) = data.method["labels"][name], name.partition(".")
    shown = w.label(task, label) if label else codebook.load()[task].names.get(w.lang, task)
    sign = "°" if name in data.method["indicative"] else ""
    scores = [Cell(text=_score(row[k], w), numeric=True) for k in ("precision", "recall", "f1")]
    return (Cell(text=shown + sign), *scores, Cell(text=w.number(row["positives"] or 0), numeric=True))


def _score(value: float | None, w: Words) -> str:
    return "–" if value is None else w.score(value)


def _breaks(data: ReportData, w: Words) -> Text:
    if not data.breaks:
        return Text(text=w("method.no_breaks"))
    return Text(text=w("method.breaks_on", weeks=w.listed([w.day(monday(b)) for b in data.breaks])))


def _versions(data: ReportData, w: Words) -> str:
    m = data.method
    return w(
        "method.versions",
        model=m["model"] or "–",
        codebook=m["codebook"],
        corpus=m["corpus"] or "–",
        corpus_hash=(m["corpus_sha256"] or "")[:12] or "–",
        seed=str(m["seed"] if m["seed"] is not None else "–"),
    )
