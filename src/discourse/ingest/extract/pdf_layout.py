"""From runs of characters with their boxes to text in reading order: columns, lines, paragraphs, running headers.

Everything here is a pure function of boxes in points, measured from the top left corner of an upright page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from discourse.ingest.extract import hyphens
from discourse.ingest.extract.pdf_columns import MOST_RUNS, Run, gutters, regions
from discourse.records import Part, PartKind

EDGE = 0.18
"""The share of a page's height, at the top and at the bottom, in which running headers and footers are looked for."""
SAME_HEIGHT = 6.0
"""Points by which a running header may move from page to page, or somewhat more."""
CELL_GAP = 1.6
"""Two pieces of a line further apart than this many times its height may be cells of a table."""

_NUMBER = re.compile(
    r"\W*(?:p(?:age|ág(?:ina)?|agina)?\.?|seite|blatt)?\s*\d{1,4}(?:\s*(?:/|de|sur|of|von|di|-)\s*\d{1,4})?\W*", re.I
)
_BULLET = re.compile(r"(?:[-–—•▪●◦*❖➢➔✓\uf0b7\uf0a7\uf0d8]|o)\s+\S")
_MARKER = re.compile(
    r"(?:[-–—•▪●◦*❖➢➔✓\uf0b7\uf0a7\uf0d8]\s|o\s[A-ZÀ-Ý]|\d{1,3}\s?[./)°º]|\d{1,2}\s?[-–]\s|[A-Za-z]\s?[./)]|[IVX]+\s?[.)–-])"
)
_END = re.compile(r"[.!?:;…][\"»”’)]*$")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its size in points, its runs in any order, and whether its text is yet to be read by OCR."""

    width: float
    height: float
    runs: tuple[Run, ...]
    scanned: bool = False


@dataclass(slots=True)
class Block:
    """Lines that belong together, with their role and their page."""

    kind: PartKind
    page: int
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    runs: tuple[Run, ...]
    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    size: float


def compose(sheets: Sequence[Sheet], lang: str = "") -> tuple[str, tuple[Part, ...]]:
    """Return the text of pages in reading order, and its parts with their pages, running headers among them."""
    blocks = arrange(sheets)
    words = hyphens.vocabulary(line for block in blocks for line in block.lines)
    _mend_page_ends([b for b in blocks if b.kind not in ("header", "footer")], words, lang)
    chunks: list[str] = []
    parts: list[Part] = []
    at = 0
    for block in blocks:
        text = " ".join(hyphens.joined(block.lines, words, lang).split())
        if text:
            parts.append(Part(kind=block.kind, start=at, end=at + len(text), page=block.page))
            chunks.append(text)
            at += len(text) + 2
    return "\n\n".join(chunks), tuple(parts)


def arrange(sheets: Sequence[Sheet]) -> list[Block]:
    """Return the blocks of pages in reading order; what repeats at the edges of pages is header or footer."""
    pages = [_upright(sheet) for sheet in sheets]
    running = _running([page for page, _ in pages])
    bodies = [[r for r in page.runs if (n, r) not in running] for n, (page, _) in enumerate(pages)]
    columns = frozenset(round(x) for body in bodies for x in gutters(body))
    size = _usual_size(r for body in bodies for r in body)
    out: list[Block] = []
    for n, (page, aside) in enumerate(pages):
        edges = [(running[n, r], r) for r in page.runs if (n, r) in running]
        for kind in ("header", "footer"):
            lines = [line.text for line in _lines([r for k, r in edges if k == kind])]
            blocks = [Block(kind, n + 1, lines)] if lines else []
            if kind == "footer":
                out += _body(bodies[n], size, columns, n + 1)
                stamps = [stamp for runs in aside for stamp in _stamps(runs)]
                blocks += [Block("footer", n + 1, [line.text for line in _lines(stamp)]) for stamp in stamps]
            out += blocks
    return out


# -- pages ------------------------------------------------------------------------------------------------------------


def _upright(sheet: Sheet) -> tuple[Sheet, list[list[Run]]]:
    """Return a page turned so that most of it reads from left to right, and what stands across it, by its angle."""
    weight: Counter[int] = Counter()
    for run in sheet.runs:
        weight[run.turned] += len(run.text)
    usual = max(weight, key=lambda t: (weight[t], t == 0), default=0)
    turned = {t: [_turn(r, sheet) for r in _once(sheet.runs) if r.turned == t] for t in sorted(weight)}
    wide, high = (sheet.height, sheet.width) if usual in (90, 270) else (sheet.width, sheet.height)
    body = Sheet(wide, high, tuple(turned.pop(usual, ())))
    return body, [runs for runs in turned.values() if runs]


def _turn(run: Run, sheet: Sheet) -> Run:
    wide, high = sheet.width, sheet.height
    if run.turned == 90:
        return replace(run, x0=high - run.y1, x1=high - run.y0, y0=run.x0, y1=run.x1)
    if run.turned == 270:
        return replace(run, x0=run.y0, x1=run.y1, y0=wide - run.x1, y1=wide - run.x0)
    if run.turned == 180:
        return replace(run, x0=wide - run.x1, x1=wide - run.x0, y0=high - run.y1, y1=high - run.y0)
    return run


def _once(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield runs without those printed twice in (nearly) one place, as some writers make bold type."""
    seen: set[tuple[str, int, int, int]] = set()
    for run in runs:
        x, y = round(run.x0 / 2), round(run.y0 / 2)
        near = {(run.text, run.turned, x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        if not near & seen:
            yield run
        seen.add((run.text, run.turned, x, y))


def _usual_size(runs: Iterable[Run]) -> float:
    weight: Counter[float] = Counter()
    for run in runs:
        weight[round(run.size * 2) / 2] += len(run.text)
    return weight.most_common(1)[0][0] if weight else 10.0


def _running(pages: Sequence[Sheet]) -> dict[tuple[int, Run], PartKind]:
    """Return which runs of which page are running headers, footers or page numbers.

    They stand in one place on several pages, nothing but their like stands between them and the edge of the page, and
    white parts them from the body: a phrase of the minutes that happens to come back at the head of a page does not.
    """
    places: dict[tuple[str, str], list[tuple[int, Run]]] = {}
    for n, page in enumerate(pages):
        for run in page.runs:
            kind = _edge(run, page)
            if kind and any(c.isalnum() for c in run.text):
                places.setdefault((kind, re.sub(r"\d+", "#", run.text.casefold())), []).append((n, run))
    again: set[tuple[int, Run]] = set()
    needed = 2 if len(pages) <= 4 else max(3, len(pages) // 4)
    for found in places.values():
        heights: dict[int, set[int]] = {}
        for n, run in found:
            heights.setdefault(round(run.middle / SAME_HEIGHT), set()).add(n)
        for n, run in found:
            at = round(run.middle / SAME_HEIGHT)
            same = set().union(*(heights.get(at + step, set()) for step in (-1, 0, 1)))
            if len(same) >= needed or _is_page_number(run, pages[n]):
                again.add((n, run))
    out: dict[tuple[int, Run], PartKind] = {}
    for n, page in enumerate(pages):
        lines = _lines(page.runs)
        out |= {(n, run): "header" for run in _outermost(lines, n, again)}
        out |= {(n, run): "footer" for run in _outermost(lines[::-1], n, again) if (n, run) not in out}
    return out


def _outermost(lines: Sequence[_Line], page: int, again: set[tuple[int, Run]]) -> list[Run]:
    """Return the runs of the lines nearest to an edge that come back on other pages, as far as white parts them off."""
    count = 0
    for n, line in enumerate(lines):
        if not all((page, run) in again for run in line.runs):
            break
        after = lines[n + 1] if n + 1 < len(lines) else None
        white = max(after.y0 - line.y1, line.y0 - after.y1) if after else line.size
        if white >= 0.5 * line.size:
            count = n + 1
    return [run for line in lines[:count] for run in line.runs]


def _edge(run: Run, page: Sheet) -> str:
    if run.y1 <= EDGE * page.height:
        return "header"
    return "footer" if run.y0 >= (1 - EDGE) * page.height else ""


def _is_page_number(run: Run, page: Sheet) -> bool:
    """Return whether a run is a number alone on the first or the last line of its page."""
    if not _NUMBER.fullmatch(run.text):
        return False
    others = [r for r in page.runs if r is not run]
    return all(r.y0 >= run.y1 for r in others) or all(r.y1 <= run.y0 for r in others)


def _stamps(runs: Sequence[Run]) -> list[list[Run]]:
    """Return what stands across a page as groups of runs that stand close together."""
    if len(runs) > MOST_RUNS:
        return [list(runs)]
    out: list[list[Run]] = []
    for run in sorted(runs, key=lambda r: (r.y0, r.x0)):
        near = [group for group in out if any(_touch(run, other) for other in group)]
        out = [group for group in out if group not in near] + [[run, *(r for group in near for r in group)]]
    return out


def _touch(a: Run, b: Run) -> bool:
    reach = 1.5 * max(a.size, b.size)
    return a.x0 - reach < b.x1 and b.x0 - reach < a.x1 and a.y0 - reach < b.y1 and b.y0 - reach < a.y1


# -- lines and paragraphs ---------------------------------------------------------------------------------------------


def _lines(runs: Iterable[Run]) -> list[_Line]:
    """Return runs as lines from top to bottom, each from left to right."""
    groups: list[list[Run]] = []
    spans: list[tuple[float, float]] = []
    for run in sorted(runs, key=lambda r: (r.middle, r.x0)):
        for at in range(max(0, len(groups) - 2), len(groups)):
            top, bottom = spans[at]
            if min(bottom, run.y1) - max(top, run.y0) >= 0.55 * min(run.y1 - run.y0, bottom - top):
                groups[at].append(run)
                spans[at] = (min(top, run.y0), max(bottom, run.y1))
                break
        else:
            groups.append([run])
            spans.append((run.y0, run.y1))
    return [_line(sorted(g, key=lambda r: (r.x0, r.y0))) for g in groups]


def _line(runs: Sequence[Run]) -> _Line:
    text = runs[0].text
    for before, run in pairwise(runs):
        close = run.x0 - before.x1 < 0.12 * max(before.size, run.size)
        text += run.text if close and _one_word(before, run) else f" {run.text}"
    main = max(runs, key=lambda r: len(r.text))
    box = [min(r.x0 for r in runs), max(r.x1 for r in runs)]
    return _Line(tuple(runs), text, box[0], box[1], main.y0, main.y1, main.size)


def _one_word(before: Run, run: Run) -> bool:
    return before.text[-1:].isalnum() or run.text[:1].isalnum() or run.text[:1] in ".,;:)»"


def _body(runs: Sequence[Run], size: float, columns: frozenset[int], page: int) -> list[Block]:
    out: list[Block] = []
    for region in regions(runs, columns):
        blocks = list(_paragraphs(_lines(region), size, page))
        if out and blocks and _goes_on(out[-1], blocks[0]):
            out[-1].lines += blocks.pop(0).lines
        out += blocks
    return out


def _goes_on(before: Block, after: Block) -> bool:
    """Return whether a paragraph runs over from the foot of one column to the head of the next."""
    last, first = before.lines[-1], after.lines[0]
    prose = before.kind in ("paragraph", "list") and after.kind == "paragraph"
    return prose and not _END.search(last) and (first[:1].islower() or last[-1:] in hyphens.HYPHENS)


def _paragraphs(lines: Sequence[_Line], size: float, page: int) -> Iterator[Block]:
    if not lines:
        return
    cells = _table_lines(lines)
    right = sorted(line.x1 for line in lines)[int(len(lines) * 0.9)]
    left = sorted(line.x0 for line in lines)[len(lines) // 10]
    steps = [b.y0 - a.y0 for a, b in pairwise(lines) if b.y0 > a.y0]
    step = min(median(steps), 2.2 * size) if steps else 1.2 * size
    held: list[_Line] = []
    for n, line in enumerate(lines):
        if n in cells or (n - 1) in cells or (held and _new(held, line, (left, right), step)):
            if held:
                yield _block(held, size, page)
            held = []
        if n in cells:
            yield Block("table", page, [cells[n]])
        else:
            held.append(line)
    if held:
        yield _block(held, size, page)


def _new(held: Sequence[_Line], line: _Line, column: tuple[float, float], step: float) -> bool:
    """Return whether a line begins a paragraph of its own."""
    before, (left, right) = held[-1], column
    if line.y0 - before.y0 > 1.3 * step + abs(line.size - before.size):
        return True
    if not 0.87 < line.size / max(before.size, 0.1) < 1.15:
        return True
    ended = bool(_END.search(before.text))
    if ended and not line.text[:1].islower() and line.y0 - before.y0 > 1.7 * line.size:
        return True
    letter = (line.x1 - line.x0) / max(len(line.text), 1)
    fits = right - before.x1 > 1.3 * letter * (len(line.text.split(" ", 1)[0]) + 1)
    indented = line.x0 > left + 0.8 * line.size and before.x0 <= left + 0.8 * line.size
    if _MARKER.match(line.text) and (ended or fits):
        return True
    if indented and ended:
        return True
    return fits and (ended or not line.text[:1].islower())


def _block(lines: Sequence[_Line], size: float, page: int) -> Block:
    text = " ".join(line.text for line in lines)
    letters = [c for c in text if c.isalpha() and c not in "ªº"]
    loud = median(line.size for line in lines) >= 1.15 * size and len(text.split()) <= 25
    capitals = len(letters) >= 6 and all(c.isupper() for c in letters) and len(text.split()) <= 60
    kind: PartKind = "list" if _BULLET.match(text) else "paragraph"
    if letters and (loud or capitals):
        kind = "heading"
    return Block(kind, page, [line.text for line in lines])


def _table_lines(lines: Sequence[_Line]) -> dict[int, str]:
    """Return the text of lines that are rows of a table: pieces far apart, aligned with those of the next row."""
    cells = [_cells(line) for line in lines]
    out: dict[int, str] = {}
    for n, row in enumerate(cells):
        near = [cell for m in (n - 1, n + 1) if 0 <= m < len(cells) for cell in cells[m][1:]]
        if any(_aligned(a, b) for a in row[1:] for b in near):
            out[n] = " | ".join(cell.text for cell in row)
    return out


def _aligned(a: _Line, b: _Line) -> bool:
    """Return whether two cells begin together, or end together and are figures: justified text also ends together."""
    figures = a.text[-1:].isdigit() or a.text[-1:] in "€%£$)"
    return abs(a.x0 - b.x0) <= 3 or (figures and abs(a.x1 - b.x1) <= 3)


def _cells(line: _Line) -> list[_Line]:
    out: list[list[Run]] = []
    for run in line.runs:
        if out and run.x0 - out[-1][-1].x1 <= CELL_GAP * line.size:
            out[-1].append(run)
        else:
            out.append([run])
    return [_line(runs) for runs in out]


def _mend_page_ends(blocks: Sequence[Block], words: Counter[str], lang: str) -> None:
    """Give the page on which a cut word begins the rest of it."""
    for before, after in pairwise(blocks):
        last, (first, _, rest) = before.lines[-1], after.lines[0].partition(" ")
        cut = before.page != after.page and last[-1:] in hyphens.HYPHENS and last[-2:-1].isalpha()
        if cut and first[:1].islower() and (rest or len(after.lines) > 1):
            before.lines[-1] = hyphens.glued(last, first, words, lang)
            after.lines[:1] = [rest] if rest else []
