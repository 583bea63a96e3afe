"""PDF by pypdfium2: its characters with their boxes go to the layout; pages without text go to OCR."""

from __future__ import annotations

import ctypes
import math
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from discourse import language
from discourse.errors import ExtractError
from discourse.ingest import dates, optout
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, LeftOut
from discourse.ingest.extract import ocr, proceedings
from discourse.ingest.extract.pdf_columns import Run
from discourse.ingest.extract.pdf_layout import Sheet, compose
from discourse.records import Fetched, Part

MAX_PAGES = 2000
MAX_CHARACTERS = 20_000_000
"""More than all the pages of a council's year; a small file that unpacks to more than this is a bomb."""
MAX_STREAM, MAX_STREAMS = 64_000_000, 400_000_000
"""Bytes that one stream, and all together, may unpack to: PDFium itself stops only at a gigabyte. Pictures aside."""
MANY_LINES = 300
"""A page without text drawn of so many lines or more may have its letters among them."""
_SYMBOLS = str.maketrans({"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0e0": "→", "\uf0f0": "→", "\uf0fc": "✓"})
"""Bullets and arrows of old symbol fonts, which have no characters of their own."""


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a PDF; raise ``ExtractError`` when it is damaged, locked, or a scan that cannot be read.

    The text layer is read where it says something; pages where it is empty or garbage are read by OCR. Where that
    cannot be had, a file that is not all scan is kept, and ``unread_pages`` in its ``meta`` says what is missing.
    """
    signal = optout.by_pdf(fetched.body)
    if signal:
        raise LeftOut("opted_out", signal)
    sheets = read_sheets(fetched)
    poor = [n for n, sheet in enumerate(sheets) if sheet.scanned]
    some = any(c.isalpha() for n, s in enumerate(sheets) if n not in poor for c in _words(s))
    read, meta = _by_ocr(fetched, poor, door, needed=not some)
    sheets = [read.sheets.get(n, sheet) for n, sheet in enumerate(sheets)]
    lang = door.spec.language or language.identify(_sample(sheets), expected=door.settings.discourse.languages)
    text, parts = compose(sheets, lang)
    if sum(c.isalpha() for c in text) < 3:
        raise ExtractError(f"{fetched.ref.url} holds no text.", remedy="Leave it out.", slug="empty")
    day = dates.find_day(text[:1500])
    zone = door.settings.discourse.timezone
    yield Draft(
        title=_title(text, parts),
        text=text,
        parts=proceedings.marked(text, parts) if door.spec.publisher == "council" else parts,
        extractor="pdf+ocr" if read.sheets else "pdf",
        published=dates.noon(day, zone) if day else None,
        confidence=read.confidence if read.sheets else None,
        meta=meta,
    )


def _by_ocr(
    fetched: Fetched, pages: list[int], door: Door, *, needed: bool
) -> tuple[ocr.Seen, tuple[tuple[str, str], ...]]:
    """Return what OCR reads on some of a PDF's pages, and what to note of it; raise where it fails and is needed."""
    nothing = ocr.Seen({}, ())
    if not pages:
        return nothing, ()
    languages = (door.spec.language,) if door.spec.language else door.settings.discourse.languages
    try:
        seen = ocr.read(fetched.body, pages, languages)
    except ExtractError as error:
        if not needed:
            return nothing, (("unread_pages", _numbers(pages)), ("unread_because", error.slug))
        raise ExtractError(f"{fetched.ref.url}: {error.what}", remedy=error.remedy, slug=error.slug) from error
    meta = (("ocr_pages", _numbers(seen.sheets)), ("ocr_confidence", f"{seen.confidence:.2f}"))
    left = [n for n in pages if n not in seen.sheets]
    return seen, (*meta, ("unread_pages", _numbers(left)), ("unread_because", "too_many")) if left else meta


def _numbers(pages: Iterable[int]) -> str:
    return ",".join(str(n + 1) for n in pages)


def read_sheets(fetched: Fetched) -> list[Sheet]:
    """Return the pages of a PDF, each with its runs of characters; stamps and signatures count as text of the page."""
    import pypdfium2

    if b"%PDF" not in fetched.body[:1024]:
        raise ExtractError(f"{fetched.ref.url} is no PDF.", remedy="Check the file.", slug="bad_pdf")
    _refuse_bomb(fetched)
    try:
        pdf = pypdfium2.PdfDocument(fetched.body)
        try:
            return list(_sheets(pdf, fetched))
        finally:
            pdf.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        locked = "password" in str(error).lower()
        raise ExtractError(
            f"{fetched.ref.url} cannot be opened ({error}).",
            remedy="Ask for a copy without password." if locked else "Ask for a whole copy.",
            slug="locked_pdf" if locked else "bad_pdf",
        ) from error


def _refuse_bomb(fetched: Fetched) -> None:
    """Raise ``ExtractError`` where the streams of a PDF unpack to more than any minutes do."""
    total = 0
    for start in re.finditer(rb"(?<!end)stream\r?\n", fetched.body):
        described = fetched.body[max(0, start.start() - 600) : start.start()].rpartition(b"obj")[2]
        if b"/FlateDecode" not in described or b"/Image" in described:
            continue
        size = _unpacked_size(memoryview(fetched.body)[start.end() :])
        total += size
        if size > MAX_STREAM or total > MAX_STREAMS:
            raise ExtractError(
                f"{fetched.ref.url} unpacks to more than {max(size, total) // 1_000_000} MB.",
                remedy="Leave it out, or take its plans and maps out.",
                slug="too_large",
            )


def _unpacked_size(packed: memoryview) -> int:
    """Return how many bytes a stream unpacks to, counted as far as one too many; what is damaged counts so far."""
    unpack, size, at = zlib.decompressobj(), 0, 0
    rest: bytes | memoryview = b""
    while size <= MAX_STREAM and not unpack.eof:
        if not rest:
            rest, at = packed[at : at + 65536], at + 65536
            if not rest:
                break
        try:
            size += len(unpack.decompress(rest, 1 << 20))
        except zlib.error:
            break
        rest = unpack.unconsumed_tail
    return size


def _sheets(pdf: Any, fetched: Fetched) -> Iterator[Sheet]:
    characters = 0
    for number in range(min(len(pdf), MAX_PAGES)):
        sheet = _sheet(pdf, number)
        characters += sum(len(run.text) for run in sheet.runs)
        if characters > MAX_CHARACTERS:
            what = f"{fetched.ref.url} unpacks to more than {MAX_CHARACTERS} characters."
            raise ExtractError(what, remedy="Leave it out.", slug="too_large")
        yield sheet


def _sheet(pdf: Any, number: int) -> Sheet:
    from pypdfium2 import raw

    page = pdf[number]
    if raw.FPDFPage_GetAnnotCount(page):
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # stamps are annotations; where this fails they stay unread
        page.close()
        page = pdf[number]
    left, bottom, right, top = page.get_cropbox()
    text = page.get_textpage()
    try:
        runs = tuple(
            replace(r, x0=r.x0 - left, x1=r.x1 - left, y0=top - r.y1, y1=top - r.y0) for r in _runs(text) if r.text
        )
    finally:
        text.close()
    scanned = ocr.needed(" ".join(run.text for run in runs), lambda: _is_picture(page))
    return Sheet(right - left, top - bottom, runs, scanned)


def _is_picture(page: Any) -> bool:
    """Return whether pictures cover a quarter of a page, or it is drawn of so many lines that they may be letters."""
    from pypdfium2 import raw

    covered, drawn = 0.0, 0
    for thing in page.get_objects(max_depth=3):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            covered += max(0.0, right - left) * max(0.0, top - bottom)
        drawn += thing.type == raw.FPDF_PAGEOBJ_PATH
    wide, high = page.get_size()
    return covered >= 0.25 * wide * high or drawn >= MANY_LINES


class _Pen:
    """Puts characters together to runs; a run ends with its line, at a wide gap, or where the type changes size."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.box = (0.0, 0.0, 0.0, 0.0)
        self.end = (0.0, 0.0, 0.0, 0.0)
        self.turned = 0
        self.points = 0.0
        self.space = False

    def follows(self, box: tuple[float, float, float, float]) -> bool:
        """Return whether a character stands right after the last one, on its line."""
        last, here = _read(self.end, self.turned), _read(box, self.turned)
        size = last[3] - last[1]
        gap = here[0] - last[2]
        level = abs(here[1] - last[1]) <= 0.15 * size and abs(here[3] - last[3]) <= 0.15 * size
        return bool(self.text) and level and -0.5 * size <= gap <= 0.9 * size

    def put(self, character: str, box: tuple[float, float, float, float]) -> None:
        """Add a character to the run, after a space where there was one."""
        self.text.append(f" {character}" if self.space and self.text else character)
        old = self.box if len(self.text) > 1 else box
        self.box = (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))
        self.end, self.space = box, False

    def taken(self) -> Run:
        """Return the run, in page coordinates, and begin another."""
        run = Run("".join(self.text), *self.box, turned=self.turned, points=self.points)
        self.text, self.space = [], False
        return run


def _read(box: tuple[float, float, float, float], turned: int) -> tuple[float, float, float, float]:
    """Return a box as seen by a reader who turns the page so that its text stands upright."""
    x0, y0, x1, y1 = box
    return {90: (y0, -x1, y1, -x0), 180: (-x1, -y1, -x0, -y0), 270: (-y1, x0, -y0, x1)}.get(turned, box)


def _runs(text: Any) -> Iterator[Run]:
    """Yield the runs of a page with y counted upwards, as the format does."""
    from pypdfium2 import raw

    pen, area = _Pen(), raw.FS_RECTF()
    for index in range(raw.FPDFText_CountChars(text)):
        code = raw.FPDFText_GetUnicode(text, index)
        character = chr(code) if code and code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if character in "\r\n":
            if character:
                yield pen.taken()
            continue
        if character.isspace():
            pen.space = True
            continue
        if not raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(area)):
            continue
        box = (area.left, area.bottom, area.right, area.top)
        if character in "\x02\ufffe\u00ad" and pen.text:
            box = pen.end  # a hyphen at the end of a line, whose box PDFium makes up
        elif not pen.follows(box):
            yield pen.taken()
            pen.turned = _angle(raw.FPDFText_GetCharAngle(text, index))
            pen.points = _points(text, index)
        pen.put(character.translate(_SYMBOLS), box)
    yield pen.taken()


def _points(text: Any, index: int) -> float:
    """Return the size of a character's type as it is printed: boxes of two typefaces of one size differ in height."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix)):
        return 0.0
    return float(raw.FPDFText_GetFontSize(text, index)) * math.hypot(matrix.c, matrix.d)


def _angle(radians: float) -> int:
    """Return the angle text is read at, counter-clockwise, in quarter turns; PDFium counts clockwise, -1 is unknown."""
    return -round(math.degrees(radians) / 90) * 90 % 360 if radians >= 0 else 0


def _words(sheet: Sheet) -> str:
    return " ".join(run.text for run in sheet.runs)


def _sample(sheets: list[Sheet]) -> str:
    out = ""
    for sheet in sheets:
        out += _words(sheet) + "\n"
        if len(out) > 4000:
            break
    return out[-2500:]


def _title(text: str, parts: tuple[Part, ...]) -> str:
    """Return the first words that are no running header, cut between words."""
    first = next((p for p in parts if p.kind not in ("header", "footer")), parts[0])
    title = text[first.start : first.end]
    return title if len(title) <= 160 else title[:160].rsplit(" ", 1)[0]
