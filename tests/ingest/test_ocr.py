"""Scans: read by tesseract where the text layer is empty or garbage, and only there; its confidence goes along."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.errors import ExtractError
from discourse.ingest import open_door, read_source
from discourse.ingest.extract import ocr
from discourse.records import Document, Done, Failed, Outcome

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
PAGES = (
    "Procès-verbal du conseil municipal. Le maire ouvre la séance à vingt heures et constate que le quorum est atteint.",
    "Le conseil adopte à l'unanimité la subvention accordée aux familles hébergées dans l'ancienne école du village.",
)


def typeset(*pages: str) -> bytes:
    import typst

    source = '#set page(paper: "a5", numbering: none)\n#set text(size: 14pt)\n' + "\n#pagebreak()\n".join(pages)
    return typst.compile(source.encode(), format="pdf")


def scanned(*pages: str) -> bytes:
    """Return a PDF of pictures of pages, without a text layer."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(typeset(*pages))
    pictures = [page.render(scale=200 / 72).to_pil().convert("L") for page in pdf]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return out.getvalue()


def mixed(written: str, *pictures: str) -> bytes:
    """Return a PDF whose first page has text, and whose others are pictures."""
    import pypdfium2

    whole = pypdfium2.PdfDocument(typeset(written))
    whole.import_pages(pypdfium2.PdfDocument(scanned(*pictures)))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def read(folder: Path, body: bytes, language: str | None = "fr") -> Outcome[Document]:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "x.pdf").write_bytes(body)
    spec = config.SourceSpec(name="x", kind="folder", address="in", publisher="council", language=language)
    return next(iter(read_source(spec, open_door(config.defaults(folder), spec, now=NOW, known={}))))


def document(outcome: Outcome[Document]) -> Document:
    assert isinstance(outcome, Done), outcome
    return outcome.value


def words(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


@pytest.mark.component("tesseract")
def test_a_scan_is_read_with_its_pages_and_its_confidence(tmp_path: Path) -> None:
    got = document(read(tmp_path, scanned(*PAGES)))
    assert [words(got.text[p.start : p.end]) for p in got.parts] == list(PAGES)
    assert [p.page for p in got.parts] == [1, 2]
    assert got.provenance.extractor == "pdf+ocr"
    assert got.provenance.confidence is not None
    assert 0.85 < got.provenance.confidence <= 1
    assert dict(got.meta)["ocr_pages"] == "1,2"


@pytest.mark.component("tesseract")
def test_of_a_file_that_is_partly_scanned_only_the_scans_are_read_by_ocr(tmp_path: Path) -> None:
    got = document(read(tmp_path, mixed(*PAGES)))
    assert words(got.text) == words(" ".join(PAGES))
    assert dict(got.meta)["ocr_pages"] == "2"


@pytest.mark.component("tesseract")
def test_the_language_need_not_be_said_in_advance(tmp_path: Path) -> None:
    got = document(read(tmp_path, scanned(*PAGES), language=None))
    assert got.lang == "fr"
    assert "à vingt heures" in got.text


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_a_scan_fails_and_says_what_to_install(tmp_path: Path) -> None:
    got = read(tmp_path, scanned(PAGES[0]))
    assert isinstance(got, Failed)
    assert got.error.slug == "no_ocr"
    assert "tesseract-ocr-fra" in got.error.remedy


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_the_written_pages_are_kept_and_the_others_named(tmp_path: Path) -> None:
    got = document(read(tmp_path, mixed(*PAGES)))
    assert words(got.text) == PAGES[0]
    assert dict(got.meta) == {"unread_pages": "2", "unread_because": "no_ocr"}


def test_a_page_with_text_is_never_given_to_ocr(tmp_path: Path, no_tesseract: None) -> None:
    assert document(read(tmp_path, typeset(*PAGES))).meta == ()


def test_ocr_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "tesseract"
    slow.write_text('#!/bin/sh\n[ "$1" = --list-langs ] && { echo; echo fra; exit 0; }\nexec sleep 30\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ExtractError, match="took more than") as caught:
        ocr.tesseract(b"", ["fr"], seconds=0.1)
    assert caught.value.slug == "ocr_timeout"


def test_the_language_found_on_the_first_page_is_asked_for_on_the_others() -> None:
    asked: list[tuple[str, ...]] = []

    def recognise(picture: bytes, languages: Sequence[str]) -> list[dict[str, str]]:
        asked.append(tuple(languages))
        said = (PAGES[0] + " " + PAGES[1]).split()
        box = {"level": "5", "block_num": "1", "par_num": "1", "top": "10", "width": "40", "height": "20", "conf": "80"}
        return [{**box, "line_num": str(n // 6), "left": str(50 * (n % 6)), "text": w} for n, w in enumerate(said)]

    seen = ocr.read(scanned(*PAGES), [0, 1], ("fr", "en", "de"), recognise)
    assert asked == [("fr", "en", "de"), ("fr",)]
    assert seen.confidence == pytest.approx(0.8)
    assert sorted(seen.sheets) == [0, 1]


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        (PAGES[0], False),
        ("12 000 € 3 400 € 17,5 % 2025 2026 Total 45 000 € 12 % 13 %", False),
        ("Мэрія прийняла рішення про житло для родин біженців", False),
        ("", False),
        ("\uf041\uf042\uf043 \uf044\uf045\uf046\uf047 \uf048\uf049", True),
        ("\ufffd\ufffd\ufffd la \ufffd\ufffd\ufffd\ufffd de \ufffd\ufffd", True),
        ("#$%&'() *+,-. /0:;<= >?@[ \\]^_ aqsdf ghjkl mwxcv bn{|}~ #$%&'()*+,-./", True),
        ("l i l . I l i j l i , i l I l i l j i l l i I . i l l j i l I i", True),
        ("qsdfg wxcvb nhjkl mpzrt dfghj klmnp qrstv wxzbc dfghj", True),
    ],
)
def test_garbage_is_told_from_text(text: str, garbled: bool) -> None:
    assert ocr.garbled(text) is garbled


def test_few_words_on_a_page_are_a_scan_only_where_there_is_a_picture() -> None:
    assert not ocr.needed("Annexe 1", lambda: False)
    assert ocr.needed("Annexe 1", lambda: True)
    assert not ocr.needed(PAGES[0], lambda: True)


def row(text: str, line: int, left: float, width: float, height: float = 20, sure: int = 90) -> dict[str, str]:
    numbers = {"block_num": 1, "par_num": 1, "line_num": line, "left": left, "top": 40 * line, "width": width}
    return {k: str(v) for k, v in {**numbers, "level": 5, "height": height, "conf": sure, "text": text}.items()}


LINE = "Le conseil municipal vote la subvention des familles"


def test_scraps_in_the_margin_and_specks_are_left_out_and_stamps_turned() -> None:
    rows = [row(word, line, 100 + 90 * n, 80) for line in range(4) for n, word in enumerate(LINE.split())]
    rows += [row("E|", 1, 900, 10), row("~", 2, 850, 5, sure=12), row("Validación:", 3, 950, 12, height=200)]
    found, sure = ocr.sheet(rows, 1.0, (1000, 1000))
    assert [r.text for r in found.runs if not r.turned] == [LINE] * 4
    assert [(r.text, r.turned) for r in found.runs if r.turned] == [("Validación:", 90)]
    assert len(sure) == len(rows)


def test_pages_beyond_what_ocr_may_take_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_PAGES", 0)
    monkeypatch.setattr(ocr, "_names", lambda languages: ["fra"])
    got = document(read(tmp_path, mixed(*PAGES)))
    assert dict(got.meta)["unread_pages"] == "2"
    assert dict(got.meta)["unread_because"] == "too_many"
