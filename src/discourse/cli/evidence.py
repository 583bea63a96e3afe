"""Official figures: list the cards, check the city's own files, fetch series, name the gaps, answer a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discourse.cli.terminal import Config, Json, Root, clock, say
from discourse.cli.terminal import answer as give

if TYPE_CHECKING:
    from discourse.config import Settings
    from discourse.evidence.answer import Answer
    from discourse.evidence.council import Search
    from discourse.evidence.match import Nearest

app = typer.Typer(
    help="Official figures that bear on residents' concerns.", no_args_is_help=True, rich_markup_mode=None
)
Lang = Annotated[str, typer.Option("--lang", help="Language of the texts: fr, en, es, de, it.")]
Place = Annotated[str, typer.Option("--place", help="Place code, as FR-42218 or ES [default: the configured one].")]


def _settings(config: Path | None, root: Path | None) -> Settings:
    from discourse import config as configuration

    base = root or Path.cwd()
    if config is None and not (base / configuration.FILE_NAME).is_file():
        return configuration.defaults(base)
    return configuration.load(config, root=root)


@app.command("list")
def show(config: Config = None, lang: Lang = "en", root: Root = None, json: Json = False) -> None:
    """List the cards that hold a figure, by concern, each with its source.

    \b
    discourse evidence list --lang fr
    """
    from discourse import evidence

    briefs = evidence.for_concerns(_settings(config, root), now=clock())
    rows = [card.as_row(lang) for brief in briefs.values() for card in brief.cards]
    if json:
        give(rows)
        return
    for row in rows:
        typer.echo(f"{row['concern']}: {_line(row)}")


@app.command("check")
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Card files [default: those of the configuration].")
    ] = None,
    config: Config = None,
    root: Root = None,
) -> None:
    """Check the city's own card files; every fault names file, field and remedy.

    \b
    discourse evidence check cards.yaml
    """
    from discourse.evidence import files as card_files

    if not files:
        settings = _settings(config, root)
        files = [settings.path(name) for name in settings.evidence.cards]
    found = [card_files.check(path) for path in files]
    for _, faults in found:
        for fault in faults:
            typer.echo(fault)
    wrong = sum(len(faults) for _, faults in found)
    say(f"{sum(len(cards) for cards, _ in found)} cards can be used, {wrong} faults, {len(files)} files")
    if wrong:
        raise typer.Exit(3)


@app.command("gaps")
def gaps(config: Config = None, lang: Lang = "en", root: Root = None, json: Json = False) -> None:
    """Name the concerns without any figure and the declared series that would fill them.

    \b
    discourse evidence gaps
    """
    from discourse import evidence

    briefs = evidence.for_concerns(_settings(config, root), now=clock())
    rows: list[dict[str, Any]] = [
        {"concern": b.concern, "cards": len(b.cards), "gap": b.gap, "series": [c.as_row(lang) for c in b.empty]}
        for b in briefs.values()
    ]
    if json:
        give(rows)
        return
    for row in rows:
        typer.echo(f"{row['concern']}: {row['gap'] or str(row['cards']) + ' cards'}")
        for series in row["series"]:
            typer.echo(f"  {series['label']} ({series['source']}, {series['dataset']}): {series['reason']}")


@app.command("update")
def update(config: Config = None, root: Root = None, json: Json = False) -> None:
    """Fetch the declared series that have an address and fill their cards; keep revisions, say how old a stand-in is.

    \b
    discourse evidence update
    """
    from discourse.evidence import update as updating
    from discourse.ingest.fetch_http import HttpFetcher

    settings, now = _settings(config, root), clock()
    fetcher = HttpFetcher(settings=settings.ingest, now=now, known={})
    try:
        rows = list(updating.update(settings, fetch=updating.body_of(fetcher), now=now))
    finally:
        fetcher.close()
    if json:
        give(rows)
    for row in rows if not json else ():
        typer.echo(f"{row['series']}: {row['state']}" + (f" ({row['note']})" if row["note"] else ""))
        for figure in row["figures"]:
            told = ", ".join(filter(None, [*figure["flags"], figure["note"]]))
            typer.echo(f"  {figure['kind']} {figure['period']}: {figure['value']:,.10g} {figure['unit']} ({told})")
    failed = sum(row["state"] == "failed" for row in rows)
    say(f"{len(rows)} series asked, {failed} failed")
    if failed:
        raise typer.Exit(3 if failed < len(rows) else 75)


@app.command("form")
def form(
    concern: Annotated[str, typer.Argument(help="A concern of the codebook, as housing.")],
    kind: Annotated[str, typer.Option("--format", help="yaml or csv.")] = "yaml",
) -> None:
    """Print an empty form for the city's own figures on a concern; fill it and run `evidence check`.

    \b
    discourse evidence form housing > cards.yaml
    """
    from discourse.evidence import forms

    typer.echo(forms.form(concern, kind), nl=False)


def answer(
    question: Annotated[str, typer.Argument(help="The question, as a resident asks it.")],
    config: Config = None,
    place: Place = "",
    lang: Lang = "en",
    read: Annotated[
        bool,
        typer.Option("--read/--words", help="Let the model read the question too; an answer needs both to agree."),
    ] = True,
    root: Root = None,
    json: Json = False,
) -> None:
    """Give a sourced brief: figures for and against, what the council decided, what is not known. Never a guess.

    \b
    discourse answer "Les migrants prennent-ils nos logements ?" --lang fr
    discourse answer "How many asylum claims are refused?" --place UK
    """
    from discourse.evidence.answer import answer as find

    settings = _settings(config, root)
    with _council(settings) as search:
        found = find(
            question,
            settings,
            now=clock(),
            place=place,
            lang=lang,
            nearest=_nearest(settings) if read else None,
            search=search,
        )
    if json:
        give(found.as_row(lang))
    else:
        _brief(found, lang)


@contextmanager
def _council(settings: Settings) -> Iterator[Search | None]:
    """Give a search through the council's documents, or nothing where there is no store yet."""
    from discourse.errors import StoreError
    from discourse.store import open_read_only

    try:
        store = open_read_only(settings.store_url())
    except StoreError:
        yield None
        return
    with store:
        yield lambda words: store.search(words, limit=5, kind="council")


def _nearest(settings: Settings) -> Nearest:
    """Return the reading of a question by the examples: by letters, and by the model's vectors where it has them."""
    from discourse import classify
    from discourse.classify import TagInput, nearest
    from discourse.config import FILE_NAME
    from discourse.evidence.match import examples

    model = classify.load(settings.classify.model)
    cache = settings.path(settings.evidence.cache)
    kept = cache if cache.is_dir() or (cache.parent / FILE_NAME).is_file() else None

    def vectors(texts: Sequence[str]) -> nearest.Vectors:
        return model.vectors([TagInput(id=str(i), text=text) for i, text in enumerate(texts)])

    @lru_cache(maxsize=1)
    def known() -> nearest.Nearest:
        reader = vectors if model.has_vectors else None
        return nearest.Nearest(*examples(), reader=reader, model=model.key, folder=kept)

    def read(question: str) -> Sequence[str]:
        return known()(question)

    return read


def _brief(found: Answer, lang: str) -> None:
    from discourse.evidence.answer import word

    row = found.as_row(lang)
    topic, place = word("topic", lang), word("place", lang)
    typer.echo(f"{found.question}")
    typer.echo(f"  {topic}: {row['topic'] or word('none', lang)} ({row['reason']}); {place}: {row['place']}")
    if found.gap:
        typer.echo(f"  {found.gap}")
    for group in ("supports", "against", "context", "related"):
        for card in row[group]:
            typer.echo(f"  {word(group, lang)}: {_line(card)}")
            if card["warning"]:
                typer.echo(f"    ! {card['warning']}")
    if row["note"]:
        typer.echo(f"  {row['note']}")
    _papers(row, lang)
    for card in row["unknown"]:
        typer.echo(
            f"  {word('unknown', lang)}: {card['label']} ({card['source']}, {card['dataset']}): {card['reason']}"
        )


def _papers(row: dict[str, Any], lang: str) -> None:
    from discourse.evidence.answer import word

    if row["concern"] is None:
        return
    if not row["council"]:
        typer.echo(f"  {word('no_store' if row['council'] is None else 'no_council', lang)}")
    for paper in row["council"] or ():
        typer.echo(
            f"  {word('council', lang)}: {paper['day'] or '----------'}  {paper['title'][:120]}  {paper['link']}"
        )


def _line(row: dict[str, Any]) -> str:
    flags = f" [{', '.join(row['flags'])}]" if row["flags"] else ""
    head = f"{row['label']}: {row['value_text']} {row['unit']}, {row['place']}, {row['period']}{flags}"
    note = f" ({row['note']})" if row["note"] else ""
    return f"{head}{note}. {row['caveat']} {row['source']}, {row['dataset']} ({row['licence']}), {row['link']}"
