"""The store keeps everything or nothing, finds words whatever their accents, and can be read while it is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from discourse import codebook
from discourse.errors import StoreError, UsageError
from discourse.runlog import RunLog
from discourse.store import Address, Item, Kept, Store, open_read_only, open_store

from .make import WHEN, document, tagged


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real server on a socket of its own, with a fresh cluster."""
    binaries = Path(shutil.which("pg_ctl") or max(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))).parent
    home = Path(tempfile.mkdtemp(prefix="pg"))
    home.chmod(0o755)
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(home, "postgres")
    subprocess.run(
        [*user, str(binaries / "initdb"), "-D", str(home / "data"), "-U", "test", "-A", "trust"],
        check=True,
        capture_output=True,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
    start = [*user, str(binaries / "pg_ctl"), "-D", str(home / "data"), "-o", options, "-l", str(home / "log"), "-w"]
    subprocess.run([*start, "start"], check=True, capture_output=True)
    try:
        yield f"postgresql+psycopg://test@/postgres?host={home}"
    finally:
        subprocess.run([*start, "-m", "immediate", "stop"], check=True, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.component("postgres"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'discourse.db'}"
    else:
        import sqlalchemy

        url = request.getfixturevalue("postgres")
        with sqlalchemy.create_engine(url).begin() as connection:
            connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    with open_store(url) as opened:
        yield opened


def keep(store: Store, *texts: str, **more: object) -> None:
    store.keep([Kept(document=document(i, t, **more), content_hash=f"h{i}") for i, t in enumerate(texts)])


def test_a_document_comes_back_as_it_went_in(store: Store) -> None:
    given = document(1, "Les réfugiés arrivent à Lyon.")
    store.keep([Kept(document=given, content_hash="h")])
    assert list(store.documents()) == [given]
    assert store.known([given.id])[given.id].content_hash == "h"


@pytest.mark.parametrize("words", ["refugie", "réfugiés", "REFUGIEES lyon", '"arrivent a lyon"'])
def test_search_folds_accents_and_inflection(store: Store, words: str) -> None:
    keep(store, "Des réfugiées arrivent à Lyon ce matin.", "Le marché de Noël ouvre samedi.")
    assert [h.document_id for h in store.search(words)] == ["gazette:0"]


def test_search_marks_what_it_found_and_filters(store: Store) -> None:
    keep(store, "Des réfugiées arrivent à Lyon ce matin.")
    hit = store.search("réfugiés", kind="press", since="2026-11-01")[0]
    assert "**réfugiées**" in hit.snippet
    assert store.search("réfugiés", kind="council") == []
    with pytest.raises(UsageError, match="nothing to search"):
        store.search("?!")


def test_a_changed_version_replaces_the_old_one_and_keeps_it(store: Store) -> None:
    keep(store, "Première version du texte.")
    store.write_tags("m", [tagged("gazette:0", 5)])
    changed = document(0, "Seconde version, corrigée.")
    store.keep([Kept(document=changed, content_hash="new", changed=True)])
    counts = store.counts()
    assert (counts["documents"], counts["versions"], counts["passages"], counts["tags"]) == (1, 1, 0, 0)
    assert store.search("première") == []
    assert [h.document_id for h in store.search("corrigée")] == ["gazette:0"]
    assert [d.id for batch in store.untagged("m") for d in batch] == ["gazette:0"]


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    same = document(1, "Un texte.")
    with pytest.raises(StoreError):
        store.keep([Kept(document=same, content_hash="a"), Kept(document=same, content_hash="b")])
    assert store.counts()["documents"] == 0
    assert store.search("texte") == []


def test_views_give_one_column_a_label(store: Store) -> None:
    keep(store, "Les réfugiés arrivent.", "Autre chose encore.")
    store.write_tags("m", [tagged("gazette:0", 12), tagged("gazette:1", 5, relevance=0.1)])
    frame = store.passages(text=True).polars()
    assert frame.height == 2
    assert set(codebook.load().columns()) <= set(frame.columns)
    assert frame["text"].to_list() == ["Les réfugiés", "Autre"]
    assert frame["voices"].to_list() == [["migrant"], ["migrant"]]
    assert frame["relevance"].to_list() == pytest.approx([0.9, 0.1])
    assert store.passages(until="2026-W01").polars().height == 0
    assert store.passages().arrow().num_rows == 2
    brief = store.passages(brief=True).polars()
    assert brief.equals(store.passages().polars().drop("lang", "published", "idx", "page", "terms"))


def test_a_view_of_an_empty_store_has_the_same_columns(store: Store) -> None:
    assert set(codebook.load().columns()) <= set(store.passages(text=True).polars().columns)
    assert store.document_table().height == 0


def test_items_are_replaced_when_seen_again_and_go_when_kept(store: Store) -> None:
    item = Item(source="gazette", key="https://gazette.example/0", week="2026-W46", outcome="failed", reason="timeout")
    store.keep([], [item])
    store.keep([], [Item(**{**_slots(item), "reason": "http_500"})])
    assert [i.reason for i in store.items()] == ["http_500"]
    keep(store, "Le texte est enfin là.")
    assert store.items() == []


def _slots(value: object) -> dict[str, str]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def test_addresses_labels_decisions_and_runs_come_back(store: Store) -> None:
    address = Address(source="gazette", url="u", checked=WHEN, etag='"1"')
    store.keep([], [], [address])
    assert store.addresses("gazette") == {"u": address}
    row = {"passage_id": "p", "task": "concern", "annotator": "a", "value": ["housing"], "sample": "s"}
    store.write_labels([{**row, "probability": 0.1, "codebook": "1", "made": WHEN}])
    assert store.labels(sample="s")[0]["value"] == ["housing"]
    store.decide("signature", "2026-W46", {"digest": "d"}, by="A. Martin", made=WHEN)
    assert store.decisions("signature")["2026-W46"]["by"] == "A. Martin"
    log = RunLog(command="run", started=WHEN)
    log.add("ingest", "failed:timeout", 2)
    log.exit_code = log.code()
    store.write_run(log)
    assert store.runs()[0]["counts"] == {"ingest": {"failed:timeout": 2}}
    assert store.runs()[0]["exit_code"] == 3


def test_texts_past_their_retention_are_dropped_and_their_rows_stay(store: Store) -> None:
    keep(store, "Un vieux texte sur la clinique.")
    assert store.forget_before("2026-11-11") == 1
    assert store.search("clinique") == []
    assert store.counts()["documents"] == 1
    assert store.forget_before("2026-11-11") == 0


def test_a_reader_works_beside_a_writer(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'discourse.db'}") as writer:
        keep(writer, "Un texte.")
        with open_read_only(tmp_path) as reader, writer._write() as connection:
            connection.exec_driver_sql("DELETE FROM documents")
            assert reader.counts()["documents"] == 1
            with pytest.raises(StoreError, match="for reading"):
                keep(reader, "Autre.")


@pytest.mark.parametrize(
    ("url", "says"),
    [("sqlite://", "in-memory"), ("nonsense", "not an address"), ("sqlite:////nowhere/at/all.db", "cannot be written")],
)
def test_an_address_that_cannot_be_opened_says_so(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        open_store(url)


def test_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all, but long enough to be read" * 50)
    with pytest.raises(StoreError, match="not a store"):
        open_store(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(StoreError, match="no store"):
        open_read_only(tmp_path / "missing.db")


def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with open_store(url) as store, store._write() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '999'")
    with pytest.raises(StoreError, match="newer release"):
        open_store(url)
