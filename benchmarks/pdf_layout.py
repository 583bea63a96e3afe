"""How much of a PDF's text is read, and in which order: this project's layout beside pypdfium2 alone.

    python benchmarks/pdf_layout.py [FOLDER ...]     PDF folders; by default the council minutes beside the project
    python benchmarks/pdf_layout.py --ocr [FOLDER ...]    OCR of pages that have text, beside that text

Two measures. On real minutes, where nobody wrote down the right answer: the share of the word trigrams of poppler's
``pdftotext`` (whose order is its own) and of ``pdftotext -raw`` (the order in the file) that a reader gives. On made
pages, where the right answer is known: the share of the true trigrams that are given (recall) and the share of given
ones that are true (precision), columns, hyphens and running headers included; the headers are told apart by parts.
``words`` is the share of poppler's words, in any order: what is not read at all. With ``--ocr`` the first two pages of
each file are rendered and read by tesseract, and the body's words and trigrams are compared with the text layer's.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2

from discourse.ingest.extract.pdf import read_sheets
from discourse.ingest.extract.pdf_layout import compose
from discourse.records import Fetched, Part, SourceRef

SHARED = Path(__file__).resolve().parents[2] / "shared"
FOLDERS = (SHARED / "data/raw/council/es_la_zarza", SHARED / "data/raw/council/fr_couthenans", SHARED / "samples/pdf")
LANGUAGES = {"es_la_zarza": "es", "fr_couthenans": "fr", "pdf": "en"}
SYLLABLES = re.findall(
    r"\w+",
    """ac cueil lo ge ment mu ni ci pal dé li bé ra tion quar tier ré nion bud get trans port co
    mai rie or ga sa in té gra fa mil le hé ber sou tien pro gram me""",
)
Grams = Counter[tuple[str, ...]]


def trigrams(text: str) -> Grams:
    """Return a text's word trigrams with their counts."""
    words = re.findall(r"\w+", text.lower())
    return Counter(zip(words, words[1:], words[2:], strict=False))


def shared(reference: Grams, given: Grams) -> tuple[float, float]:
    """Return recall and precision of the given trigrams."""
    both = sum((reference & given).values())
    return both / max(1, sum(reference.values())), both / max(1, sum(given.values()))


def alone(body: bytes, lang: str) -> str:
    """Return what pypdfium2 gives by itself."""
    pdf = pypdfium2.PdfDocument(body)
    text = "\n".join(pdf[i].get_textpage().get_text_bounded() for i in range(len(pdf)))
    return re.sub("[\ufffe\x02]", "", text)


def layout(body: bytes, lang: str) -> str:
    """Return what this project gives, running headers and stamps included."""
    return compose(read_sheets(fetched(body)), lang)[0]


def body_only(body: bytes, lang: str) -> str:
    """Return what this project takes for the body of the text."""
    return kept(*compose(read_sheets(fetched(body)), lang))


def fetched(body: bytes) -> Fetched:
    """Return bytes as if they had been fetched."""
    return Fetched(ref=SourceRef(source="x", url="x"), body=body, retrieved=datetime.now(UTC), url="x")


def poppler(path: Path, *options: str) -> str:
    """Return what poppler's pdftotext gives."""
    done = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def made(columns: int, seed: int) -> tuple[bytes, str]:
    """Return a PDF of made-up words, hyphenated, with a running header and page numbers, and its true text."""
    import typst

    chance = random.Random(seed)
    word: Callable[[], str] = lambda: "".join(chance.choice(SYLLABLES) for _ in range(chance.choice((2, 2, 3, 4))))  # noqa: E731
    known = [word() for _ in range(400)]
    story = [
        " ".join(chance.choice(known) for _ in range(chance.randint(20, 90))).capitalize() + "." for _ in range(40)
    ]
    source = (
        f"#set page(paper: \"a4\", columns: {columns}, header: [Ville de Bourg, procès-verbal], numbering: \"1/1\")\n"
        "#set text(lang: \"fr\", hyphenate: true, size: 10pt)\n#set par(justify: true)\n" + "\n\n".join(story)
    )  # fmt: skip
    return typst.compile(source.encode(), format="pdf"), " ".join(story)


def real(folder: Path) -> None:
    """Print the shares of a folder's files."""
    for path in sorted(folder.glob("*.pdf")):
        body, lang = path.read_bytes(), LANGUAGES.get(folder.name, "")
        plain, raw = trigrams(poppler(path)), trigrams(poppler(path, "-raw"))
        said = Counter((w,) for w in re.findall(r"\w+", poppler(path).lower()))
        row = [f"{folder.name}/{path.name[:28]:28}"]
        for reader in (alone, layout):
            begun = time.process_time()
            text = reader(body, lang)
            spent = time.process_time() - begun
            grams, given = trigrams(text), Counter((w,) for w in re.findall(r"\w+", text.lower()))
            pages = len(pypdfium2.PdfDocument(body))
            row.append(
                f"{reader.__name__:6} plain {shared(plain, grams)[0]:.3f} raw {shared(raw, grams)[0]:.3f}"
                f" words {shared(said, given)[0]:.3f}"
                f" {1000 * spent / pages:5.1f} ms/page"
            )
        print("   ".join(row))


def scanned(folder: Path) -> None:
    """Print how OCR reads pages whose text is known."""
    from discourse.ingest.extract import ocr

    for path in sorted(folder.glob("*.pdf")):
        body, lang = path.read_bytes(), LANGUAGES.get(folder.name, "fr")
        sheets = read_sheets(fetched(body))[:2]
        begun = time.perf_counter()
        seen = ocr.read(body, range(len(sheets)), (lang,))
        spent = (time.perf_counter() - begun) / len(sheets)
        true, given = (kept(*compose(s, lang)) for s in (sheets, [seen.sheets[n] for n in range(len(sheets))]))
        words = [Counter((w,) for w in re.findall(r"\w+", text.lower())) for text in (true, given)]
        print(
            f"{folder.name}/{path.name[:28]:28}   words {shared(*words)[0]:.3f}"
            f" trigrams {shared(trigrams(true), trigrams(given))[0]:.3f} confidence {seen.confidence:.2f}"
            f" {spent:.1f} s/page"
        )


def kept(text: str, parts: Sequence[Part]) -> str:
    """Return the words of the body."""
    return " ".join(text[p.start : p.end] for p in parts if p.kind not in ("header", "footer"))


def main(folders: list[Path], *, by_ocr: bool = False) -> None:
    """Print the measures."""
    if by_ocr:
        for folder in folders:
            scanned(folder)
        return
    for folder in folders:
        if folder.is_dir():
            real(folder)
    for columns in (1, 2, 3):
        body, truth = made(columns, seed=11)
        true = trigrams(truth)
        said = [f"{r.__name__:9} {a:.3f} {b:.3f}" for r in (alone, body_only)
                for a, b in [shared(true, trigrams(r(body, "fr")))]]  # fmt: skip
        print(f"made, {columns} column(s), recall and precision:  " + "   ".join(said))


if __name__ == "__main__":
    given_folders = [Path(p) for p in sys.argv[1:] if p != "--ocr"]
    main(given_folders or list(FOLDERS), by_ocr="--ocr" in sys.argv)
