"""Texts past their retention are gone for good, source by source; what was counted of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from discourse import config, pipeline
from discourse.config import Settings
from discourse.pipeline import Job

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
LETTERS = (
    "1,2026-11-09,{0},Le maire Jean Dupont a dit : « Les réfugiés seront logés à la clinique {0} dès le printemps. »\n"
)


def town(folder: Path, *, general: int | None = None, letters: int | None = None) -> Settings:
    """Write a town with two sources of one text each, of last week, and return its settings."""
    blocks = ["[classify]", 'model = "baseline"', "[ingest]", f"retention_days = {general}" if general else ""]
    for name, days in (("letters", letters), ("press", None)):
        (folder / f"{name}.csv").write_text("id,date,title,text\n" + LETTERS.format(name), encoding="utf-8")
        blocks += ["[[ingest.sources]]", f'name = "{name}"', 'kind = "table"', f'address = "{name}.csv"']
        blocks += ['language = "fr"', f"retention_days = {days}" if days else ""]
    (folder / "discourse.toml").write_text("\n".join(blocks), encoding="utf-8")
    return config.load(folder / "discourse.toml")


@contextmanager
def week(settings: Settings, weeks_later: int = 0) -> Iterator[Job]:
    """Take in and tag what there is, some weeks later."""
    with pipeline.job(settings, "run", now=NOW + timedelta(weeks=weeks_later)) as work:
        pipeline.ingest(work)
        pipeline.classify(work)
        yield work


def texts(work: Job) -> dict[str, bool]:
    return {d.source: bool(d.text) for d in work.store.documents()}


def test_each_source_keeps_its_texts_as_long_as_it_may(tmp_path: Path) -> None:
    settings = town(tmp_path, general=365, letters=21)
    with week(settings) as work:
        assert texts(work) == {"letters": True, "press": True}
    with week(settings, 4) as work:
        assert texts(work) == {"letters": False, "press": True}
        assert work.log.tally("retention")["dropped"] == 1
    with week(settings, 60) as work:
        assert texts(work) == {"letters": False, "press": False}


def test_without_a_retention_nothing_is_dropped(tmp_path: Path) -> None:
    settings = town(tmp_path)
    with week(settings):
        pass
    with week(settings, 500) as work:
        assert texts(work) == {"letters": True, "press": True}


def test_what_was_counted_stays_also_when_another_model_reads_on(tmp_path: Path) -> None:
    settings = town(tmp_path, letters=21)
    with week(settings) as work:
        before = work.store.passages().polars().drop("voices").sort("passage_id")
        stories = dict(work.store.document_table().select("id", "story_id").iter_rows())
    with week(settings, 4) as work:
        assert work.store.passages().polars().drop("voices").sort("passage_id").equals(before)
        assert dict(work.store.document_table().select("id", "story_id").iter_rows()) == stories
        left = [d.source for found in work.store.untagged("another model") for d in found]
        assert left == ["press"]
        assert work.store.count_untagged("another model") == 1


def test_no_word_of_a_dropped_text_is_left_in_the_store(tmp_path: Path) -> None:
    settings = town(tmp_path, letters=21)
    with week(settings):
        pass
    mended = LETTERS.format("letters").replace("printemps", "lendemain")
    (tmp_path / "letters.csv").write_text("id,date,title,text\n" + mended, encoding="utf-8")
    with week(settings, 1):
        pass
    with week(settings, 5) as work:
        mine = [d for d in work.store.documents() if d.source == "letters"]
        assert [(d.title, d.text, d.parts) for d in mine] == [("", "", ())]
        assert work.store.search("lendemain") == []
        shown = work.store.passages(source="letters", text=True).polars()
        assert set(shown["text"]) == {""}
        assert set(shown["context"]) <= {None}
        assert "Dupont" not in "".join(shown["voice_spans"])
        versions = work.store.rows(_versions())
        assert [tuple(v) for v in versions] == [("", "")]


def _versions() -> object:
    from sqlalchemy import select

    from discourse.store.schema import versions

    return select(versions.c.title, versions.c.text)


def test_an_old_text_is_read_by_the_model_before_it_is_dropped(tmp_path: Path) -> None:
    settings = town(tmp_path, letters=1)
    with pipeline.job(settings, "ingest", now=NOW) as work:
        pipeline.ingest(work)
        assert texts(work)["letters"]
    with week(settings) as work:
        assert not texts(work)["letters"]
        assert work.store.passages(source="letters").polars().height >= 1


def test_dropped_texts_that_come_again_are_known(tmp_path: Path) -> None:
    settings = town(tmp_path, letters=21)
    with week(settings):
        pass
    with week(settings, 4):
        pass
    (tmp_path / "letters.csv").write_text(
        (tmp_path / "letters.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8"
    )
    with week(settings, 5) as work:
        assert "changed" not in work.log.tally("ingest")
        assert texts(work)["letters"] is False


def test_the_file_itself_holds_no_sentence_of_a_dropped_text(tmp_path: Path) -> None:
    settings = town(tmp_path, letters=21)
    with week(settings):
        pass
    assert b"seront log" in (tmp_path / "discourse.db").read_bytes()
    (tmp_path / "press.csv").write_text(
        "id,date,title,text\n1,2026-11-09,Autre,La foire de printemps ouvre ses portes.\n"
    )
    settings = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"retention_days": 21})})
    with week(settings, 4):
        pass
    left = b"".join(p.read_bytes() for p in tmp_path.glob("discourse.db*"))
    assert b"seront log" not in left
    assert b"Dupont" not in left
