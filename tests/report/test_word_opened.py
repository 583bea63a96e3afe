"""The Word face opened by LibreOffice: what it shows is what the report says, in every language."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from discourse.records import LANGUAGES
from discourse.report import ReportData, render
from discourse.report.composing import PARTS
from discourse.report.wording import Words
from tests.report import hostile
from tests.report.make import town

pytestmark = [pytest.mark.component("libreoffice"), pytest.mark.component("poppler")]


def opened(data: ReportData, lang: str, folder: Path) -> str:
    """Return the text of the pages that LibreOffice makes of a Word report, without line breaks."""
    (folder / "report.docx").write_bytes(render(data, lang, "docx")[f"report.{lang}.docx"])
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "report.docx"],
        cwd=folder, capture_output=True, check=True, timeout=180,
    )  # fmt: skip
    said = subprocess.run(["pdftotext", "-layout", "report.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return re.sub(r"\s+", " ", said.stdout.decode())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_opens_with_every_part_in_order(lang: str, tmp_path: Path) -> None:
    said = opened(town().data(), lang, tmp_path)
    places = [said.find(f"{i + 1}. {Words(lang)(f'part.{key}')}") for i, key in enumerate(PARTS)]
    assert -1 not in places
    assert places == sorted(places)
    heads = [Words(lang)(f"col.{key}") for key in ("expected", "reprints", "usual", "source")]
    assert not [head for head in heads if head not in said], "a word of a table's head is broken in two"


def test_an_attacked_report_opens_and_shows_the_attacks_as_text(tmp_path: Path) -> None:
    said = opened(hostile.town().data(), "fr", tmp_path)
    assert "<script>alert(1)</script>" in said
    assert "{{ 7*7 }} {% raw %}" in said
