"""Several readers at once take in what one takes in, ask no site twice as often, and lose nothing when one dies."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config, pipeline
from discourse.config import Settings, SourceSpec
from discourse.ingest import looks
from discourse.records import Done, Failed
from discourse.store import open_read_only

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


def die(text: str, lang: str) -> Iterable[tuple[int, int]]:
    """Find no names: end the process, as a full memory would."""
    os._exit(9)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        for i in range(70):
            text = f"Le conseil de quartier {name} {i} parle du centre d'accueil.\n\n" + "Les habitants demandent. " * 9
            (tmp_path / name / f"{i}.txt").write_text(text, encoding="utf-8")
    rows = "".join(f'2026-11-09,"Titre {i} sur les réfugiés de la ville"\n' for i in range(120))
    (tmp_path / "rows.csv").write_text("date,title\n" + rows, encoding="utf-8")
    blocks = [
        *(f'[[ingest.sources]]\nname = "{n}"\nkind = "folder"\naddress = "{n}"\nlanguage = "fr"\n' for n in "abc"),
        '[[ingest.sources]]\nname = "rows"\nkind = "table"\naddress = "rows.csv"\nlanguage = "fr"\n',
        '[[ingest.sources]]\nname = "gone"\nkind = "feed"\naddress = "gone.xml"\n',
    ]
    (tmp_path / "discourse.toml").write_text("\n".join(blocks), encoding="utf-8")
    return tmp_path


def settings(home: Path, workers: int) -> Settings:
    loaded = config.load(home / "discourse.toml", root=home)
    return loaded.model_copy(update={"ingest": loaded.ingest.model_copy(update={"workers": workers})})


def taken(home: Path, workers: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    with pipeline.job(settings(home, workers), "test", now=NOW) as work:
        pipeline.ingest(work)
        tally = dict(work.log.tally("ingest"))
    with open_read_only(f"sqlite:///{home / 'discourse.db'}") as store:
        found = sorted((d.id, d.text) for d in store.documents())
    (home / "discourse.db").unlink()
    return tally, found


def test_two_readers_take_in_what_one_takes_in(home: Path) -> None:
    one, two = taken(home, 1), taken(home, 3)
    assert one == two
    assert one[0]["new"] == 330
    assert one[0]["failed:no_file"] == 1


def test_a_reader_that_dies_is_one_failure_and_the_others_go_on(home: Path) -> None:
    (home / "letters").mkdir()
    (home / "letters" / "x.txt").write_text("Lettre de Jeanne Dupont au maire. " * 20, encoding="utf-8")
    given = settings(home, 2)
    letters = SourceSpec(name="letters", kind="folder", address="letters", publisher="council", language="fr")
    sources = (letters, *given.ingest.sources)
    given = given.model_copy(update={"ingest": given.ingest.model_copy(update={"sources": sources})})
    found = [o for look in looks.looks(given, now=NOW, known=lambda _: {}, names=die) for o in look.outcomes]
    failed = {o.ref.source: o.error.slug for o in found if isinstance(o, Failed)}
    assert failed == {"letters": "reader_died", "gone": "no_file"}
    assert sum(isinstance(o, Done) for o in found) == 330


def test_who_stops_listening_ends_the_readers(home: Path) -> None:
    import multiprocessing

    going = looks.looks(settings(home, 2), now=NOW, known=lambda _: {})
    next(going)
    assert multiprocessing.active_children()
    going.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_sources_of_one_site_have_one_reader() -> None:
    made = [
        SourceSpec(name=n, kind="feed", address=a)
        for n, a in (
            ("one", "https://www.a.example/rss"),
            ("two", "https://b.example/rss"),
            ("three", "https://feeds.a.example/x"),
            ("file", "x.xml"),
            ("other-file", "y.xml"),
        )
    ]
    assert [[s.name for s in g] for g in looks.groups(made)] == [["one", "three"], ["two"], ["file"], ["other-file"]]
