"""Small files that unpack to gigabytes, or never end: refused with a name, in little memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.records import Document, Done, Failed, Outcome

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def read(folder: Path, name: str, body: bytes) -> Outcome[Document]:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / name).write_bytes(body)
    spec = config.SourceSpec(name="x", kind="folder", address="in", language="fr")
    return next(iter(read_source(spec, open_door(config.defaults(folder), spec, now=NOW, known={}))))


def slug(outcome: Outcome[Document]) -> str:
    assert isinstance(outcome, Failed), outcome
    assert outcome.error.remedy
    return outcome.error.slug


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return out.getvalue()


@pytest.mark.parametrize("name", ["x.docx", "x.odt"])
def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(name: str, tmp_path: Path) -> None:
    assert slug(read(tmp_path, name, packed(content_xml=bytes(201_000_000)))) == "too_large"


@pytest.mark.parametrize("name", ["x.docx", "x.odt"])
def test_an_archive_that_lies_about_its_size_fails(name: str, tmp_path: Path) -> None:
    body = bytearray(packed(word__document_xml=bytes(5_000_000), content_xml=bytes(5_000_000)))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = body.find(mark)
        while at >= 0:
            struct.pack_into("<I", body, at + offset, 10)
            at = body.find(mark, at + 4)
    assert isinstance(read(tmp_path, name, bytes(body)), Failed)


def test_entities_that_multiply_in_a_word_file_are_not_unfolded(tmp_path: Path) -> None:
    kinds = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    document = (
        f'<!DOCTYPE d [<!ENTITY l0 "rire ">{LAUGHS}]><w:document '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&l11;</w:t></w:r>'
        "</w:p></w:body></w:document>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("_rels/.rels", links)
        archive.writestr("word/document.xml", document)
    got = read(tmp_path, "x.docx", out.getvalue())
    assert isinstance(got, Failed) or (isinstance(got, Done) and len(got.value.text) < 1000)


def test_entities_that_multiply_in_an_open_document_are_not_unfolded(tmp_path: Path) -> None:
    content = (
        f'<!DOCTYPE d [<!ENTITY l0 "rire ">{LAUGHS}]><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>&l11;</text:p>'
        "</office:text></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    got = read(tmp_path, "x.odt", out.getvalue())
    assert isinstance(got, Failed) or (isinstance(got, Done) and len(got.value.text) < 1000)


def pdf(stream: bytes) -> bytes:
    """Return a PDF whose one page has a packed stream."""
    things = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"".join(b"%d 0 obj%s\nendobj\n" % (n, thing) for n, thing in enumerate(things, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Size 5/Root 1 0 R>>\n%%EOF"


def test_a_pdf_whose_stream_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    pack = zlib.compressobj(1)
    stream = b"".join(pack.compress(b" " * 1_000_000) for _ in range(70)) + pack.flush()
    assert slug(read(tmp_path, "x.pdf", pdf(stream))) == "too_large"


def test_a_pdf_with_more_text_than_a_years_minutes_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    from discourse.ingest.extract import pdf as reader

    monkeypatch.setattr(reader, "MAX_CHARACTERS", 100)
    body = typst.compile(("#set page(width: 9cm)\n" + "Le conseil vote la subvention. " * 20).encode(), format="pdf")
    assert slug(read(tmp_path, "x.pdf", body)) == "too_large"


def test_a_page_of_tags_within_tags_without_end_does_not_hang(tmp_path: Path) -> None:
    got = read(tmp_path, "x.html", b"<html><body>" + b"<div>" * 50_000 + b"mot " * 200)
    assert isinstance(got, (Done, Failed))
