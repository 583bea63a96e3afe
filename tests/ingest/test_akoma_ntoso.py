"""Akoma Ntoso: debates with speakers and votes, bills with articles; entities and network stay shut."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discourse import config, registry
from discourse.ingest import Door
from discourse.records import Done, Failed, Fetched, SourceRef
from tests.ingest.council_reading import FIXTURES, NOW, documents, look, part_texts, reasons, source
from tests.ingest.test_bad_input import damaged, html

FILES = FIXTURES / "akoma_ntoso"


def placed(folder: Path, name: str) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / name).write_bytes((FILES / name).read_bytes())
    return folder


@pytest.mark.parametrize(
    ("kind", "address"), [("akoma_ntoso", "in/debate.xml"), ("folder", "in"), ("akoma_ntoso", "in")]
)
def test_a_debate_keeps_items_speakers_and_votes(tmp_path: Path, kind: str, address: str) -> None:
    out, _ = look(source(kind, address), placed(tmp_path, "debate.xml"))
    (debate,) = documents(out).values()
    assert debate.title == "Brackwell Council, sitting of 10 November 2026"
    assert debate.published == datetime(2026, 11, 10, 11, tzinfo=UTC)
    assert debate.lang == "en"
    assert debate.provenance.extractor == "akoma_ntoso"
    assert part_texts(debate, "agenda_item") == ["1. Asylum dispersal in the borough", "Any other business"]
    assert [p.number for p in debate.parts if p.kind == "agenda_item"] == ["1.", "s2"]
    turns = [(p.speaker, p.role) for p in debate.parts if p.kind == "speech"]
    assert turns == [("Iris Hale", "Mayor"), (None, "Guest")]
    assert part_texts(debate, "speech")[0] == (
        "The Mayor (Cllr Hale): Families who flee war deserve a home.\nI move the plan."
    )
    assert part_texts(debate, "vote") == ["(The plan was carried by 31 to 14)", "ayes 3, noes 40 (lost)"]
    assert "There was none." in part_texts(debate, "paragraph")


def test_the_name_of_a_private_person_is_not_kept(tmp_path: Path) -> None:
    (debate,) = documents(look(source("akoma_ntoso", "in"), placed(tmp_path, "debate.xml"))[0]).values()
    assert "Dunn" not in debate.text
    assert "I worry about the traffic" in debate.text


def test_a_bill_keeps_its_articles(tmp_path: Path) -> None:
    (bill,) = documents(look(source("akoma_ntoso", "in"), placed(tmp_path, "bill.xml"))[0]).values()
    assert part_texts(bill, "heading") == ["Art. 1. (Finalità della legge)"]
    assert part_texts(bill, "paragraph") == [
        "1. I comuni accolgono le famiglie dei rifugiati.",
        "2. Lo Stato sostiene le spese.",
    ]
    assert part_texts(bill, "table") == ["Anno | Posti", "2026 | 60"]
    assert (bill.lang, dict(bill.meta)["uri"]) == ("it", "/akn/it/bill/2026-10-01/7")


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY a "aaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<akomaNtoso><doc><p>Some words &secret; &c;</p></doc></akomaNtoso>"""


@pytest.mark.parametrize("kind", ["akoma_ntoso", "tei", "folder"])
def test_a_file_with_entities_of_its_own_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.xml").write_bytes(ENTITY)
    assert reasons(look(source(kind, "in"), tmp_path)[0]) == {"failed:xml_entities": 1}


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.xml").write_bytes(b"<akomaNtoso>" + b"<doc>" * 5000 + b"</doc>" * 5000 + b"</akomaNtoso>")
    assert reasons(look(source("folder", "in"), tmp_path)[0]) == {"failed:bad_xml": 1}


def test_a_web_page_served_as_xml_is_read_as_a_page(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    body = b"<?xml version='1.0'?><!DOCTYPE html>" + html().replace(b"</article>", b"<br></article>")
    (tmp_path / "in" / "x.xml").write_bytes(body.replace(b"<!doctype html><html", b"<html"))
    (page,) = documents(look(source("folder", "in"), tmp_path)[0]).values()
    assert page.provenance.extractor == "html"


def test_another_vocabulary_is_left_out_of_a_folder_and_named_as_a_source(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.xml").write_bytes(b"<recipes><recipe>Eggs and butter</recipe></recipes>")
    assert reasons(look(source("folder", "in"), tmp_path)[0]) == {"skipped:unknown_type": 1}
    assert reasons(look(source("akoma_ntoso", "in"), tmp_path)[0]) == {"failed:not_akoma_ntoso": 1}
    assert reasons(look(source("tei", "in/x.xml"), tmp_path)[0]) == {"failed:not_tei": 1}
    assert reasons(look(source("tei", "in/none.xml"), tmp_path)[0]) == {"failed:no_file": 1}
    (tmp_path / "in" / "x.xml").unlink()
    assert reasons(look(source("tei", "in"), tmp_path)[0]) == {"failed:empty": 1}


@pytest.mark.parametrize("name", ["debate.xml", "bill.xml"])
def test_a_damaged_file_is_one_failure(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    for what, body in damaged((FILES / name).read_bytes()):
        (tmp_path / "in" / "x.xml").write_bytes(body)
        for kind in ("akoma_ntoso", "folder"):
            out, _ = look(source(kind, "in"), tmp_path)
            assert len(out) == 1, what
            if what != "holes":
                assert out[0].outcome == "failed", what


def test_the_published_examples_are_read(shared: Path, tmp_path: Path) -> None:
    """Five examples of the standard's own repository: two debates and three bills or proposals."""
    folder = shared / "samples" / "akomantoso"
    if not folder.is_dir():
        pytest.skip("the samples of Akoma Ntoso are not here")
    out, _ = look(source("akoma_ntoso", ".", publisher="press"), folder)
    found = {key.partition("_")[0]: d for key, d in documents(out).items()}
    assert reasons(out) == {"done": 5}
    kinds = {key: Counter(p.kind for p in d.parts) for key, d in found.items()}
    assert (kinds["cl"]["speech"], kinds["ke"]["speech"]) == (35, 11)
    assert {key: d.lang for key, d in found.items()} == {"cl": "es", "eu": "en", "it": "it", "ke": "en", "uy": "es"}
    assert len(found["eu"].text) > 70_000
    assert "(Question carried by 72 to 56 votes)" in part_texts(found["ke"], "vote")


NAMES = {
    "akoma_ntoso": "akomaNtoso debate bill meta TLCPerson voting count debateSection num heading speech from p i summary "
    "quantity authorialNote table tr td toc FRBRWork FRBRdate docTitle longTitle question",
    "tei": "teiCorpus TEI teiHeader text body div head u seg note event desc measure w pc person persName title date row "
    "cell listEvent licence meeting titleStmt",
}
ATTRIBUTES = {
    "eId": "a", "href": "#a", "by": "#a", "as": "#guest", "refersTo": "#a", "value": "3", "showAs": "Ada", "date": "2026-13-40",
    "type": "voting", "who": "#a", "ana": "#chair", "when": "0000", "corresp": "#a", "join": "right",
}  # fmt: skip


def trees(kind: str) -> st.SearchStrategy[str]:
    names = NAMES[kind].split()
    words = st.sampled_from(["", " ", "Un mot", "&amp;", "\u00a0", "Two words. Here"])
    attributes = st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), st.none(), max_size=3)

    def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds(
            lambda name, keys, lead, inside, tail: (
                f"<{name}{''.join(f' {k}={chr(34)}{ATTRIBUTES[k]}{chr(34)}' for k in keys)}>{lead}{''.join(inside)}</{name}>{tail}"
            ),
            st.sampled_from(names),
            attributes,
            words,
            st.lists(inner, max_size=4),
            words,
        )

    return st.recursive(element(st.just("")), element, max_leaves=25)


@pytest.mark.parametrize("kind", ["akoma_ntoso", "tei"])
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_tree_of_known_elements_gives_values(kind: str, data: st.DataObject) -> None:
    root = {"akoma_ntoso": "akomaNtoso", "tei": "TEI"}[kind]
    inside = data.draw(trees(kind))
    body = f"<{root}>{inside}</{root}>".encode()
    fetched = Fetched(ref=SourceRef(source="x", url="x.xml"), body=body, retrieved=NOW, url="x.xml")
    door = Door(settings=config.defaults(Path()), spec=source(kind, "x.xml"), now=NOW, fetch=lambda ref: Done(fetched))
    (outcome,) = registry.find("sources", kind)(door.spec, door)
    if isinstance(outcome, Failed):
        assert outcome.error.slug == "empty", outcome.error
    elif isinstance(outcome, Done):
        document = outcome.value
        assert all(0 <= p.start < p.end <= len(document.text) for p in document.parts)
