"""SCDL deliberations: the PDF behind DELIB_URL, once an address; a real table of a metropolis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import stamina

from discourse.records import Done
from discourse.store import Address
from tests.ingest.council_reading import documents, look, part_texts, reasons, source
from tests.ingest.oparl_server import served
from tests.ingest.test_bad_input import pdf

REPORT = pdf()
HEAD = "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_OBJET,VOTE_POUR,VOTE_CONTRE,DELIB_URL\n"
ROWS = (
    ("D1", "Accueil de trois familles réfugiées", "/d1.pdf"),
    ("D2", "Subvention au club de lecture", "/list"),
    ("D3", "Budget primitif", "/list"),
    ("D4", "Tarifs de la cantine", "/both.pdf"),
    ("D5", "Horaires de la piscine", "/both.pdf"),
    ("D6", "Vente d'un terrain", "/gone.pdf"),
    ("D7", "Chemin rural", ""),
)


@dataclass
class Town:
    base: str = ""
    asked: list[str] = field(default_factory=list)
    more: str = ""

    def answer(self, path: str) -> tuple[int, str, bytes]:
        if path == "/delib.csv":
            lines = [f'Bourg,123,{k},2026-11-09,"{s}",20,3,{self.base + u if u else ""}\n' for k, s, u in ROWS]
            return 200, "text/csv", (HEAD + "".join(lines) + self.more).encode()
        if path in ("/d1.pdf", "/both.pdf"):
            return 200, "application/octet-stream", REPORT
        return (200, "text/html", b"<p>Toutes nos deliberations</p>") if path == "/list" else (404, "text/plain", b"-")


@pytest.fixture
def town() -> Iterator[Town]:
    held = Town()
    with stamina.set_testing(True, attempts=2), served(held):
        yield held


def test_a_pdf_of_one_row_is_its_text_and_a_shared_one_comes_once(town: Town, tmp_path: Path) -> None:
    out, _ = look(source("scdl", town.base + "/delib.csv"), tmp_path)
    found = documents(out, town.base)
    assert reasons(out) == {"done": 8, "failed:http_404": 1}
    assert set(found) == {*(f"123/D{n}" for n in range(1, 8)), "both.pdf"}
    assert Counter(town.asked) == Counter(["/delib.csv", "/d1.pdf", "/list", "/both.pdf", "/gone.pdf"])
    one = found["123/D1"]
    assert one.provenance.extractor == "scdl+pdf"
    assert one.title == "Accueil de trois familles réfugiées"
    assert part_texts(one, "vote") == ["pour 20, contre 3"]
    assert {p.page for p in one.parts} >= {None, 1}
    assert all(one.text[p.start : p.end].strip() for p in one.parts)
    assert "centre d’accueil" in one.text
    assert found["123/D2"].provenance.extractor == "scdl"
    assert "centre d’accueil" in found["both.pdf"].text


def test_what_is_known_is_not_read_again(town: Town, tmp_path: Path) -> None:
    spec = source("scdl", town.base + "/delib.csv")
    _, known = look(spec, tmp_path)
    town.more = f"Bourg,123,D8,2026-11-10,Un nouvel objet,1,2,{town.base}/list\n"
    out, _ = look(spec, tmp_path, known)
    assert "123/D8" in documents(out, town.base)
    assert "123/D1" not in documents(out, town.base)
    assert reasons(out)["unchanged"] == 2


def test_a_local_table_asks_for_no_file_unless_told(town: Town, tmp_path: Path) -> None:
    (tmp_path / "delib.csv").write_bytes(town.answer("/delib.csv")[2])
    out, _ = look(source("scdl", "delib.csv"), tmp_path)
    assert (reasons(out), town.asked) == ({"done": 7}, [])
    out, _ = look(source("scdl", "delib.csv", documents=True, limit=1), tmp_path)
    assert (reasons(out), town.asked) == ({"done": 7, "skipped:limit": 3}, ["/d1.pdf"])


def test_a_table_of_many_files_is_read_over_several_looks(town: Town, tmp_path: Path) -> None:
    spec, known, seen = source("scdl", town.base + "/delib.csv", limit=1), dict[str, Address](), list[list[str]]()
    for _ in range(3):
        town.asked.clear()
        out, known = look(spec, tmp_path, known)
        seen.append([p for p in town.asked if p != "/delib.csv"])
    assert seen == [["/d1.pdf"], ["/d1.pdf", "/list"], ["/d1.pdf", "/both.pdf"]]
    assert "both.pdf" in documents(out, town.base)


def test_one_number_for_two_deliberations_loses_none(tmp_path: Path) -> None:
    rows = (
        "D1,2026-11-09,Accueil de familles",
        "D1,2026-11-09,Vente d'un terrain",
        "D1,2026-11-09,Accueil de familles",
    )
    lines = [f"Bourg,123,{row},20,3,\n" for row in rows]
    (tmp_path / "delib.csv").write_text(HEAD + "".join(lines))
    found = [o.value for o in look(source("scdl", "delib.csv"), tmp_path)[0] if isinstance(o, Done)]
    assert len({d.id for d in found}) == 2
    assert found[0].native_key == "123/D1"
    assert dict(found[1].meta)["DELIB_ID"].startswith("D1")
    (tmp_path / "delib.csv").write_text(HEAD + "".join([*lines, "Bourg,123,D1,2026-11-10,Chemin rural,1,2,\n"]))
    again = [o.value for o in look(source("scdl", "delib.csv"), tmp_path)[0] if isinstance(o, Done)]
    assert [d.id for d in again[:3]] == [d.id for d in found]


def test_the_deliberations_of_a_real_metropolis_are_read(shared: Path) -> None:
    """Eighty rows whose addresses are all the same page; 61 numbers for 79 deliberations, one of them told twice."""
    folder = shared / "data" / "raw" / "council" / "fr_saint_etienne_metropole"
    if not folder.is_dir():
        pytest.skip("the real deliberations are not here")
    (table,) = folder.glob("*.csv")
    out, _ = look(source("scdl", table.name), folder)
    assert reasons(out) == {"done": 80}
    assert len({o.value.id for o in out if isinstance(o, Done)}) == 79
