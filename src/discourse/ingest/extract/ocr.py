"""Scanned pages read by Debian's tesseract: only where the text layer is empty or garbage, with its confidence."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median
from typing import Any

from discourse.errors import ExtractError
from discourse.ingest.extract.pdf_columns import Run
from discourse.ingest.extract.pdf_layout import Sheet
from discourse.language import identify

PROGRAM = "tesseract"
DPI = 200
MAX_PIXELS = 40_000_000
"""A page that would be larger is rendered smaller: a poster is not minutes."""
MAX_PAGES = 300
SECONDS_A_PAGE = 120.0
FEW_LETTERS = 20
"""A page with a picture and fewer letters of text than this is a scan with a stamp on it."""

SPECK = 0.3
"""Words OCR is less sure of than this, and standing alone, are specks of dirt; short ones below twice as much."""

LONG, SCRAP = 40, 8
"""A run of so many characters is a line of the text; one of fewer than the other, beside all such lines, is a scrap."""

_NAMES = {"fr": "fra", "en": "eng", "es": "spa", "de": "deu", "it": "ita"}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def garbled(text: str) -> bool:
    """Return whether a text layer is garbage: not enough letters among its characters, or letters that form no words.

    Garbage comes from fonts without a character map (private-use characters, replacement marks, symbols where letters
    should be) and from OCR of noise (a majority of one-letter words, or words without vowels).
    """
    solid = [c for c in text if not c.isspace()]
    letters = sum(c.isalpha() for c in solid)
    strange = sum(c == "\ufffd" or unicodedata.category(c) in ("Co", "Cn", "Cc", "Cs") for c in solid)
    if strange > 0.1 * len(solid):
        return True
    told = sum(c not in "._-–—…|·=☐☑☒" for c in solid)
    if told >= 2 * FEW_LETTERS and letters + sum(c.isdigit() for c in solid) < 0.5 * told:
        return True
    words = _WORD.findall(text)
    if letters < FEW_LETTERS:
        return False
    return sum(len(w) == 1 for w in words) > 0.6 * len(words) or _lacks_vowels(words)


def _lacks_vowels(words: Sequence[str]) -> bool:
    """Return whether most Latin words of some length hold no vowel; other scripts are not judged."""
    long = [w.casefold() for w in words if len(w) >= 4 and unicodedata.name(w[0], "").startswith("LATIN")]
    plain = ["".join(unicodedata.normalize("NFKD", w)) for w in long]
    return len(plain) >= 5 and sum(bool(re.search("[aeiouyæœø]", w)) for w in plain) < 0.6 * len(plain)


def needed(text: str, is_picture: Callable[[], bool]) -> bool:
    """Return whether a page is to be read by OCR: its text is garbage, or it has hardly any and shows a picture."""
    few = sum(c.isalpha() for c in text) < FEW_LETTERS
    return garbled(text) or (few and is_picture())


@dataclass(frozen=True, slots=True)
class Seen:
    """What OCR read: sheets by the number of their page, and how sure it was of each word, from 0 to 1."""

    sheets: Mapping[int, Sheet]
    sure: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """Return the mean confidence of the words, 0 where there is none."""
        return fmean(self.sure) if self.sure else 0.0


def tesseract(picture: bytes, languages: Sequence[str], *, seconds: float = SECONDS_A_PAGE) -> list[dict[str, str]]:
    """Return tesseract's table of a picture's words with their boxes and confidences.

    Raises ``ExtractError``, slug ``no_ocr`` when it or its languages are missing, ``ocr_timeout``, ``ocr_failed``.
    """
    names = "+".join(_names(languages))
    command = [PROGRAM, "stdin", "stdout", "-l", names, "--dpi", str(DPI), "--psm", "1", "tsv"]
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=seconds, check=False, env=alone)
    except subprocess.TimeoutExpired as error:
        what = f"OCR of a page took more than {seconds:g} seconds."
        raise ExtractError(what, remedy="Leave the file out, or ask for one with text.", slug="ocr_timeout") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise ExtractError(f"OCR failed ({said}).", remedy="Look at the file.", slug="ocr_failed")
    rows = io.StringIO(done.stdout.decode("utf-8", "replace"))
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def _names(languages: Sequence[str]) -> list[str]:
    """Return tesseract's names of the languages to read; those that are not installed are left out."""
    wanted = [_NAMES[lang] for lang in languages if lang in _NAMES] or list(_NAMES.values())
    packages = " ".join(["tesseract-ocr", *(f"tesseract-ocr-{name}" for name in wanted)])
    remedy = f"Install Debian's {packages}, then run again."
    if shutil.which(PROGRAM) is None:
        raise ExtractError(f"this is a scan, and {PROGRAM} is not installed.", remedy=remedy, slug="no_ocr")
    there = [name for name in wanted if name in _installed()]
    if not there:
        what = f"this is a scan, and {PROGRAM} knows none of its languages ({', '.join(wanted)})."
        raise ExtractError(what, remedy=remedy, slug="no_ocr")
    return there


@lru_cache(maxsize=1)
def _installed() -> frozenset[str]:
    done = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return frozenset(done.stdout.split("\n")[1:])


Recognise = Callable[[bytes, Sequence[str]], list[dict[str, str]]]


def read(body: bytes, pages: Sequence[int], languages: Sequence[str], recognise: Recognise = tesseract) -> Seen:
    """Return some pages of a PDF, counted from 0, as read by OCR.

    Where several languages are possible the first page is tried with all of them, the others with the one it is in.
    """
    import pypdfium2

    pdf = pypdfium2.PdfDocument(body)
    sheets: dict[int, Sheet] = {}
    sure: list[float] = []
    asked = list(languages)
    try:
        for number in list(pages)[:MAX_PAGES]:
            picture, scale = _picture(pdf[number])
            found, certain = sheet(recognise(picture, asked), scale, pdf[number].get_size())
            sheets[number] = found
            sure += certain
            if len(asked) > 1 and len(certain) >= 20:
                said = identify(" ".join(r.text for r in found.runs))
                asked = [said] if said in asked else asked
    finally:
        pdf.close()
    return Seen(sheets, tuple(sure))


def _picture(page: Any) -> tuple[bytes, float]:
    """Return a page as a grey PNG, and how many points a pixel is."""
    wide, high = page.get_size()
    scale = min(DPI / 72, (MAX_PIXELS / max(wide * high, 1.0)) ** 0.5)
    out = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(out, "PNG")
    return out.getvalue(), 1 / scale


def sheet(rows: Sequence[dict[str, str]], scale: float, size: tuple[float, float]) -> tuple[Sheet, list[float]]:
    """Return a sheet made of the lines of a table of words, and the confidence of each word, in 0..1.

    The lines of one paragraph have one size of type: a line without tall letters is not set smaller. Words that stand
    on their side, as stamps in the margin do, are turned; specks read as letters are left out.
    """
    lines: dict[tuple[str, ...], list[_Word]] = {}
    for row in rows:
        if row.get("level") == "5" and (row.get("text") or "").strip() and float(row["conf"]) >= 0:
            lines.setdefault(tuple(row[k] for k in ("block_num", "par_num", "line_num")), []).append(_word(row, scale))
    words = [word for line in lines.values() for word in line]
    heights: dict[tuple[str, ...], list[float]] = {}
    for place, line in lines.items():
        level = [w.high for w in line if not w.turned]
        heights.setdefault(place[:2], []).extend([max(level)] if level else [])
    runs = [run for at, line in lines.items() for run in _runs(line, median(heights[at[:2]] or [line[0].wide]))]
    return Sheet(*size, tuple(_within(runs))), [word.sure for word in words]


def _within(runs: Sequence[Run]) -> list[Run]:
    """Return runs without the scraps beside the text: what a stamp or the scanner's edge looks like to OCR."""
    long = [r for r in runs if not r.turned and len(r.text) >= LONG]
    left, right = min((r.x0 for r in long), default=0.0), max((r.x1 for r in long), default=float("inf"))
    return [r for r in runs if r.turned or len(r.text) >= SCRAP or (r.x1 > left and r.x0 < right)]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    x: float
    y: float
    wide: float
    high: float
    sure: float

    @property
    def turned(self) -> bool:
        return len(self.text) >= 3 and self.high > 1.5 * self.wide

    @property
    def speck(self) -> bool:
        return self.sure < SPECK or (len(self.text) <= 3 and self.sure < 2 * SPECK)


def _word(row: dict[str, str], scale: float) -> _Word:
    x, y, wide, high = (float(row[k]) * scale for k in ("left", "top", "width", "height"))
    return _Word(row["text"].strip(), x, y, wide, high, float(row["conf"]) / 100)


def _runs(line: Sequence[_Word], points: float) -> list[Run]:
    """Return the words of a line as runs, parted at wide gaps."""
    out = [Run(w.text, w.x, w.y, w.x + w.wide, w.y + w.high, 90, w.wide) for w in line if w.turned and not w.speck]
    level = [w for w in line if not w.turned]
    if not level:
        return out
    top, bottom = min(w.y for w in level), max(w.y + w.high for w in level)
    joined: list[list[_Word]] = []
    for word in level:
        if joined and word.x - joined[-1][-1].x - joined[-1][-1].wide <= 0.9 * points:
            joined[-1].append(word)
        else:
            joined.append([word])
    for words in joined:
        if not all(w.speck for w in words):
            text = " ".join(w.text for w in words)
            out.append(Run(text, words[0].x, top, words[-1].x + words[-1].wide, bottom, points=points))
    return out
