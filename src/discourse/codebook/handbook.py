"""The codebook as a handbook for annotators: Markdown, HTML or plain values, in one of the five languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from html import escape
from importlib import resources
from typing import Any, Literal

from discourse.codebook import INDICATIVE, Codebook, Label, Task

Format = Literal["md", "html", "json"]

SCHEMES: dict[str, str] = {
    "semeval_2023": "SemEval-2023 task 3, subtask 2",
    "mfc_code": "Media Frames Corpus, code",
    "card_2015": "Card et al. 2015",
    "mendelsohn_2021": "Mendelsohn et al. 2021",
    "benson_2013": "Benson 2013",
    "reminder": "REMINDER",
    "iyengar_1991": "Iyengar 1991",
    "stance": "stance sets",
}
"""The published schemes that aliases come from, by key."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the handbook: a heading of a level, a paragraph, or a list with a title."""

    kind: Literal["heading", "paragraph", "list"]
    text: str
    level: int = 0
    items: tuple[str, ...] = ()
    anchor: str = ""


def render(codebook: Codebook, *, lang: str = "en", form: Format = "md") -> str | dict[str, Any]:
    """Return the handbook as Markdown, as a whole HTML page, or, for ``json``, as plain values in every language."""
    if form == "json":
        return as_values(codebook)
    parts = list(blocks(codebook, lang))
    return _markdown(parts) if form == "md" else _html(parts, lang)


def as_values(codebook: Codebook) -> dict[str, Any]:
    """Return the codebook as plain nested values, every language included."""
    return {
        "version": codebook.version,
        "tasks": {name: _plain(asdict(task)) for name, task in codebook.tasks.items()},
        "crosswalk": _plain(codebook.crosswalk),
        "schemes": SCHEMES,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def blocks(codebook: Codebook, lang: str) -> Iterator[Block]:
    """Yield the handbook piece by piece; texts that a language lacks are given in English."""
    yield Block("heading", _word("title", lang), 1)
    yield Block("paragraph", f"{_word('version', lang)} {codebook.version}")
    yield Block("paragraph", _word("unit", lang))
    for task in codebook.tasks.values():
        yield from _task(task, lang, codebook.agreement)
    if codebook.crosswalk:
        yield from _crosswalk(codebook, lang)


def _task(task: Task, lang: str, agreement: Mapping[str, float]) -> Iterator[Block]:
    yield Block("heading", task.names[lang], 2, anchor=task.name)
    yield Block("paragraph", f"{_text(task.question, lang)} ({_word(task.shape, lang)}, {task.name})")
    for label in task.labels:
        yield from _label(label, task.name, lang, agreement.get(f"{task.name}.{label.name}"))


def _label(label: Label, task: str, lang: str, alpha: float | None) -> Iterator[Block]:
    yield Block("heading", f"{label.shown(lang)} ({label.name})", 3, anchor=f"{task}.{label.name}")
    if label.definition:
        yield Block("paragraph", _text(label.definition, lang))
    if alpha is not None:
        weak = f" {_word('indicative', lang)}" if alpha < INDICATIVE else ""
        yield Block("paragraph", f"{_word('agreement', lang)}: {alpha:.2f}.{weak}")
    if label.rules:
        yield Block("list", _word("rules", lang), items=tuple(_text(r, lang) for r in label.rules))
    for key, examples in (("positive", label.positive), ("negative", label.negative)):
        if examples:
            yield Block("list", _word(key, lang), items=tuple(examples.get(lang) or examples["en"]))
    if label.aliases:
        names = (f"{SCHEMES.get(scheme, scheme)}: {', '.join(found)}" for scheme, found in label.aliases.items())
        yield Block("list", _word("aliases", lang), items=tuple(names))


def _crosswalk(codebook: Codebook, lang: str) -> Iterator[Block]:
    yield Block("heading", _word("crosswalk", lang), 2, anchor="crosswalk")
    for concern, row in codebook.crosswalk.items():
        items = [_shown(codebook, task, row.get(task, ()), lang) for task in ("policy_frame", "immigration_frame")]
        items.append(f"{_word('series', lang)}: {', '.join(s.replace('_', ' ') for s in row.get('series', ()))}")
        yield Block("list", codebook["concern"].label(concern).shown(lang), items=tuple(i for i in items if i))


def _shown(codebook: Codebook, task: str, names: tuple[str, ...], lang: str) -> str:
    shown = ", ".join(codebook[task].label(name).shown(lang) for name in names)
    return f"{codebook[task].names[lang]}: {shown}" if shown else ""


def _word(key: str, lang: str) -> str:
    return _text(_words()[key], lang)


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    file = resources.files("discourse.codebook") / "handbook.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _text(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()))


def _markdown(parts: list[Block]) -> str:
    out = []
    for part in parts:
        if part.kind == "heading":
            out.append(f"{'#' * part.level} {part.text}")
        elif part.kind == "paragraph":
            out.append(part.text)
        else:
            out.append(f"**{part.text}**\n\n" + "\n".join(f"- {item}" for item in part.items))
    return "\n\n".join(out) + "\n"


_STYLE = """body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 Georgia,serif;color:#1b1b1b}
h1,h2,h3,h4{font-family:system-ui,sans-serif;line-height:1.2}h2{margin-top:3rem;border-bottom:2px solid #1b1b1b}
h3{margin-top:2rem}h4{margin:1rem 0 .2rem;font-size:1rem}ul{margin:.2rem 0 1rem;padding-left:1.2rem}
nav ul{columns:2}@media print{nav{display:none}}"""


def _html(parts: list[Block], lang: str) -> str:
    title = escape(parts[0].text)
    body = "\n".join(_element(part) for part in parts)
    links = "".join(
        f'<li><a href="#{p.anchor}">{escape(p.text)}</a></li>' for p in parts if p.kind == "heading" and p.level == 2
    )
    head = (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
    )
    return f"{head}<nav><ul>{links}</ul></nav>\n<main>\n{body}\n</main>\n</body>\n</html>\n"


def _element(part: Block) -> str:
    text = escape(part.text)
    if part.kind == "heading":
        anchor = f' id="{part.anchor}"' if part.anchor else ""
        return f"<h{part.level}{anchor}>{text}</h{part.level}>"
    if part.kind == "paragraph":
        return f"<p>{text}</p>"
    items = "".join(f"<li>{escape(item)}</li>" for item in part.items)
    return f"<h4>{text}</h4>\n<ul>{items}</ul>"
