"""A plausible town for reports: figures of 26 weeks, passages with texts, a ledger, evidence, a method; all invented."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from discourse import codebook
from discourse.config import Settings
from discourse.records import Figure, LedgerRow, iso_week
from discourse.report import ReportData, ReportInputs, build

WEEK = "2026-W46"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SOURCES = (
    ("gazette", "La Gazette de Valmorel", "feed", "press"),
    ("reveil", "Le Réveil de la Loire", "feed", "press"),
    ("radio", "Radio Loire", "feed", "press"),
    ("post", "The Valmorel Post", "feed", "press"),
    ("deliberations", "Délibérations du conseil", "scdl", "council"),
    ("minutes", "Procès-verbaux", "folder", "council"),
    ("letters", "Courrier des habitants", "folder", "civic"),
)
TEXTS = {
    "supportive": (
        "« Ils ont repeint la salle des fêtes avec nous, et maintenant on se salue dans la rue », raconte Josiane Perrin, habitante du quartier des Tanneries. Le collectif compte quarante bénévoles.",
        "Les familles arrivées en septembre suivent des cours de français le soir. « Sans elles, notre club de couture aurait fermé », dit la présidente de l’association, qui demande une salle plus grande.",
        "The bakery could not find an apprentice for two years. Then Samir Haddad, 24, walked in. “He is the best baker I ever trained,” says his employer, and customers agree.",
    ),
    "critical": (
        "« On attend un logement depuis quatre ans et ce sont toujours les nouveaux arrivés qui passent devant », affirme M. Bertrand Coulon, retraité, à la sortie de la réunion publique.",
        "Le collectif des riverains reproche à la mairie d’avoir ouvert le centre sans consulter personne. « Nos rues ne sont plus tranquilles depuis l’été », résume sa porte-parole.",
        "Several readers complain that the town spends more on newcomers than on its own pensioners. “Nobody asked us, and nobody listens,” one of them writes to this newspaper.",
    ),
    "neutral": (
        "Le conseil municipal a voté vingt-deux mille euros pour les cours de français. Le marché sera publié en janvier, a précisé l’adjointe aux finances.",
        "La préfecture confirme l’ouverture d’un centre d’accueil de soixante places dans l’ancienne clinique. Les travaux doivent commencer au printemps.",
    ),
}


@dataclass(frozen=True)
class Card:
    """An official figure as evidence hands it over: a value that gives its row."""

    row: Mapping[str, Any]

    def as_row(self, lang: str) -> Mapping[str, Any]:
        return self.row


@dataclass(frozen=True)
class Brief:
    concern: str
    question: Mapping[str, str]
    cards: tuple[Card, ...] = ()
    gap: str | None = None


@dataclass
class Town:
    """What a report of the town is made from; change a part, then ``data()``."""

    settings: Settings
    figures: list[Figure]
    ledger: list[LedgerRow]
    passages: pl.DataFrame
    documents: pl.DataFrame
    week: str = WEEK
    now: datetime = NOW
    evidence: dict[str, Brief] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)
    decisions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def inputs(self) -> ReportInputs:
        names = (
            "settings",
            "week",
            "now",
            "figures",
            "ledger",
            "passages",
            "documents",
            "evidence",
            "method",
            "decisions",
        )
        return ReportInputs(**{name: getattr(self, name) for name in names})

    def data(self) -> ReportData:
        return build(self.inputs())


def weeks(count: int, last: str = WEEK) -> list[str]:
    """Return ``count`` ISO weeks that end with ``last``."""
    end = date.fromisocalendar(int(last[:4]), int(last[6:]), 1)
    return [iso_week(end - timedelta(weeks=n)) for n in reversed(range(count))]


def settings(**report: Any) -> Settings:
    rows = [{"name": n, "title": t, "kind": k, "publisher": p, "address": f"feeds/{n}.xml"} for n, t, k, p in SOURCES]
    return Settings(
        **{
            "discourse": {"city": "Valmorel-sur-Loire"},
            "ingest": {"sources": rows},
            "report": {"languages": ("fr", "en"), **report},
            "root": Path(),
        }
    )


def figure(task: str, label: str, **more: Any) -> Figure:
    """Return a figure of the week with a share of a quarter of forty stories."""
    said: dict[str, Any] = {
        "period": WEEK, "group": "all", "unit": "story", "denominator": "stories about migration", "n": 40, "count": 10.0,
        "share": 0.25, "low": 0.14, "high": 0.4, "method": "probabilistic count", "enough": True, "base_share": 0.24,
        "base_low": 0.12, "base_high": 0.37, "base_weeks": 8, "change": "none", "q": 0.8,
    }  # fmt: skip
    return Figure(**{"task": task, "label": label, **said, **more})


def figures(count: int = 26, *, moved: Mapping[tuple[str, str], float] | None = None, seed: int = 1) -> list[Figure]:
    """Return figures of ``count`` weeks, quiet but for ``moved``: (task, label) -> share of the last week."""
    chance, out = random.Random(seed), []
    shares = {
        (task, label): chance.uniform(0.04, 0.45)
        for task in ("policy_frame", "immigration_frame", "concern", "narrative", "voice")
        for label in codebook.load()[task].label_names
    }
    groups = {"all": 40, "press": 28, "council": 8, "civic": 4, "source:gazette": 12, "concern:housing": 22}
    for week in weeks(count):
        for group, size in groups.items():
            n = size + chance.randint(-3, 3)
            out += _attention(week, group, n)
            last = week == WEEK
            for (task, label), usual in shares.items():
                if group.startswith("concern:"):
                    continue
                share = min(0.97, max(0.01, usual + chance.gauss(0, 0.03)))
                if last and moved and (task, label) in moved and group == "all":
                    share = moved[task, label]
                out.append(_share(week, task, label, group, n, share, usual, last))
            tone = [0.3 + chance.gauss(0, 0.02), 0.28 + chance.gauss(0, 0.02)]
            for label, share in zip(("negative", "positive", "neutral"), (*tone, 1 - sum(tone)), strict=True):
                out.append(_share(week, "sentiment", label, group, n, share, {"neutral": 0.42}.get(label, 0.29), last))
    return out


def _attention(week: str, group: str, n: int) -> list[Figure]:
    stories = figure("attention", "stories", period=week, group=group, n=n, count=float(n), share=None, low=n * 0.7, high=n * 1.3,
                     base_low=n * 0.6, base_high=n * 1.35, method="count")  # fmt: skip
    seen = n * 3
    share = figure("attention", "share", period=week, group=group, n=seen, count=float(n), share=n / seen, low=0.26, high=0.42,
                   base_low=0.25, base_high=0.43, denominator="all stories seen", method="wilson")  # fmt: skip
    return [f if week == WEEK else _past(f) for f in (stories, share)]


def _share(week: str, task: str, label: str, group: str, n: int, share: float, usual: float, last: bool) -> Figure:
    low, high = max(0.0, usual - 0.13), min(1.0, usual + 0.13)
    change = "higher" if share > high else "lower" if share < low else "none"
    enough = n >= 20
    made = figure(task, label, period=week, group=group, n=n, count=share * n, share=share, low=max(0.0, share - 0.14),
                  high=min(1.0, share + 0.15), base_share=usual, base_low=low, base_high=high, enough=enough,
                  change=change if enough else "too_few", q=0.001 if change != "none" else 0.7)  # fmt: skip
    return made if last else _past(made)


def _past(figure: Figure) -> Figure:
    return replace(figure, base_share=None, base_low=None, base_high=None, base_weeks=0, change="no_baseline", q=None)


def ledger() -> list[LedgerRow]:
    out = []
    for name, title, _, kind in SOURCES:
        silent = name == "radio"
        out.append(
            LedgerRow(
                source=name, title=title, kind=kind, period=WEEK, expected=8.0, got=0 if silent else 9,  # type: ignore[arg-type]
                relevant=0 if silent else 6, reprints=0 if silent else 1, skipped={} if silent else {"paywall": 2},
                failed={"timeout": 1} if name == "post" else {}, state="silent" if silent else "ok",
                last_seen=date(2026, 10, 17) if silent else date(2026, 11, 14),
            )
        )  # fmt: skip
    return out


def passage(number: int, text: str, *, source: str = "gazette", **more: Any) -> dict[str, Any]:
    """Return one row of the passage view: relevant, with low probabilities but for those that are given."""
    kind = next((k for n, _, _, k in SOURCES if n == source), "press")
    columns = codebook.load().columns()
    row: dict[str, Any] = {
        "passage_id": f"{source}:{number}#0", "document_id": f"{source}:{number}", "story_id": f"{source}:{number}",
        "source": source, "kind": kind, "lang": "fr", "published": "2026-11-10T09:00:00+00:00", "week": WEEK, "idx": 0,
        "page": None, "model": "m@1", "codebook": "1", "voices": [], "terms": [], "voice_spans": "[]", "term_spans": "[]",
        "text": text, "context": None, "title": f"Titre {number}", "url": f"https://{source}.example/{number}",
        **dict.fromkeys(columns, 0.1), "relevance": 0.95,
    }  # fmt: skip
    return {**row, **more}


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return passage rows as the view gives them; without rows, an empty view."""
    columns = codebook.load().columns()
    types: dict[str, Any] = dict.fromkeys(passage(0, ""), pl.String) | dict.fromkeys(columns, pl.Float32)
    types |= {"idx": pl.Int64, "page": pl.Int64, "voices": pl.List(pl.String), "terms": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=types, strict=False)


def sided(
    number: int, side: str, *, source: str = "gazette", text: str | None = None, p: float = 0.8, **more: Any
) -> dict[str, Any]:
    """Return a passage of a side, on housing."""
    label = {"supportive": "positive", "critical": "negative", "neutral": "neutral"}[side]
    shown = text or TEXTS[side][number % len(TEXTS[side])]
    lang = "en" if shown.isascii() or "“" in shown else "fr"
    return passage(
        number, shown, source=source, **{"lang": lang, f"sentiment.{label}": p, "concern.housing": 0.8, **more}
    )


def passages(count: int = 36) -> pl.DataFrame:
    outlets = ("gazette", "reveil", "post", "letters", "minutes", "deliberations")
    rows = []
    for i in range(count):
        side = ("supportive", "critical", "neutral")[i % 3]
        row = sided(i, side, source=outlets[i % len(outlets)], p=0.55 + (i * 7 % 40) / 100)
        if i % 5 == 0:
            row["text"] = f"Selon lui, l’afflux de clandestins continue. {row['text']}"
            row["term_spans"] = json.dumps([
                {"term": "clandestin", "start": 23, "end": 34, "neutral": "personne en situation irrégulière", "quoted": False}
            ])  # fmt: skip
        rows.append(row)
    return frame(rows)


def documents(count: int = 26) -> pl.DataFrame:
    chance = random.Random(3)
    rows = [
        {"id": f"{name}:{week}:{i}", "source": name, "kind": kind, "lang": "fr", "week": week, "story_id": None,
         "published": None, "title": "", "url": "", "version": 1}
        for week in weeks(count) for name, _, _, kind in SOURCES
        if not (name == "radio" and week > "2026-W42")
        for i in range(chance.randint(3, 12))
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def evidence() -> dict[str, Brief]:
    question = {
        "fr": "Les personnes migrantes prennent-elles les logements sociaux ?",
        "en": "Do migrants take the social housing?",
        "es": "¿Se quedan las personas migrantes con la vivienda social?",
        "de": "Nehmen Migrantinnen und Migranten die Sozialwohnungen?",
        "it": "Le persone migranti prendono le case popolari?",
    }
    cards = (
        Card({"value": 12.4, "unit": "%", "title": "Part des ménages immigrés dans le parc social", "place": "Valmorel-sur-Loire",
              "period": "2024", "source": "Institut fictif", "licence": "CC0", "link": "https://stat.example/parc",
              "retrieved": "2026-11-01", "status": ["provisional"], "bearing": "qualifies",
              "caveat": "Ne dit rien de la durée d’attente."}),
        Card({"value": 1432, "unit": "demandes", "title": "Demandes de logement en attente", "place": "Valmorel-sur-Loire",
              "period": "2025", "source": "Ville", "link": "https://ville.example/demandes", "retrieved": "2026-11-02",
              "bearing": "supports", "caveat": "Toutes origines confondues."}),
    )  # fmt: skip
    return {"housing": Brief("housing", question, cards)}


def method() -> dict[str, Any]:
    labels = {c: {"precision": 0.6, "recall": 0.6, "f1": 0.6, "positives": 90} for c in codebook.load().columns()}
    labels["concern.public_space"] = {"precision": 0.3, "recall": 0.3, "f1": 0.3, "positives": 20}
    tasks = {t: {"macro_f1": 0.61, "macro_f1_interval": [0.57, 0.66], "n": 500} for t in codebook.TASKS}
    by_language = {lang: {t: {"macro_f1": 0.6} for t in codebook.TASKS} for lang in ("de", "en", "es", "fr", "it")}
    return {
        "model": "discourse-small@9", "codebook": "1", "format": "encoder",
        "metrics": {"test": {"n": 900, "tasks": tasks, "labels": labels, "by_language": by_language}},
        "recipe": {"corpus": "discourse-v1", "corpus_sha256": "a78be597efa9badb8fa2", "seed": 13},
    }  # fmt: skip


@lru_cache(maxsize=8)
def _figures(count: int, moved: tuple[tuple[tuple[str, str], float], ...]) -> tuple[Figure, ...]:
    return tuple(figures(count, moved=dict(moved)))


def town(*, history: int = 26, moved: Mapping[tuple[str, str], float] | None = None, **report: Any) -> Town:
    """Return the town in a week when housing is heard more than ever, unless something else is said to have moved."""
    changed = {("concern", "housing"): 0.72} if moved is None else dict(moved)
    return Town(
        settings=settings(**report),
        figures=list(_figures(history, tuple(sorted(changed.items())))),
        ledger=ledger(),
        passages=passages(),
        documents=documents(history),
        evidence=evidence(),
        method=method(),
    )
