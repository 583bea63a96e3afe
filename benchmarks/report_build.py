"""How long does the report of a week take from a store of a million passages? Seconds by part, memory, file sizes.

    python benchmarks/report_build.py                     1,000,000 passages in 260 weeks
    python benchmarks/report_build.py --passages 100000   fewer
    python benchmarks/report_build.py --keep FOLDER       the store stays there and is used again the next time
    python benchmarks/report_build.py --python PYTHON     with another interpreter, as that of `make report` in a fresh
                                                          clone: no torch there, which spaCy imports where it finds it

The store is made first, by bulk inserts, and not counted: eight outlets, five languages, texts of one to five
paragraphs, six in ten passages about migration, one text in ten a reprint. The full-text index is left empty; no report
reads it. Then a fresh process runs the report stage for the last week: HTML, JSON and CSV in French and English.
``wall`` is that process from its first line to its last, ``CPU`` all its processor time and that of the process that finds
names beside it, start and imports included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

LAST, WEEKS = "2026-W46", 260
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
OUTLETS = {"gazette": "press", "reveil": "press", "radio": "press", "infos": "press", "eco": "press", "post": "press",
           "council": "council", "letters": "civic"}  # fmt: skip
MIX = (0.30, 0.16, 0.13, 0.15, 0.08, 0.08, 0.07, 0.03)
LANGUAGES, SPOKEN = ("fr", "en", "es", "de", "it"), (0.6, 0.15, 0.1, 0.1, 0.05)
TITLES = {
    "fr": ("Le conseil vote {n} places d’accueil", "Une classe de plus à l’école du quartier {n}"),
    "en": ("The council votes {n} reception places", "One more class for newcomers in ward {n}"),
    "es": ("El pleno aprueba {n} plazas de acogida", "Una clase más en la escuela del barrio {n}"),
    "de": ("Der Rat beschließt {n} Plätze", "Eine Klasse mehr an der Schule im Viertel {n}"),
    "it": ("Il consiglio vota {n} posti di accoglienza", "Una classe in più nella scuola del quartiere {n}"),
}
SENTENCES = {
    "fr": (
        "Le centre d’accueil ouvrira {n} places en janvier, a annoncé la préfecture.",
        "« Nous attendons un logement depuis {n} mois », raconte une mère venue d’Érythrée.",
        "L’opposition juge la dépense excessive et demande un bilan chiffré de {n} pages.",
        "Les bénévoles donnent {n} heures de cours de français par semaine aux nouveaux arrivants.",
        "Claire Dubois, du collectif des habitants, craint une hausse des loyers dans {n} rues.",
    ),
    "en": (
        "The shelter will open {n} places in January, the district said on Monday.",
        "“We have been waiting for a flat for {n} months,” says a mother from Eritrea.",
        "The opposition calls the spending excessive and asks for a report of {n} pages.",
        "Volunteers give {n} hours of language lessons a week to people who have just arrived.",
    ),
    "es": (
        "El centro de acogida abrirá {n} plazas en enero, anunció la delegación.",
        "La oposición considera excesivo el gasto y pide un informe de {n} páginas.",
        "Los voluntarios dan {n} horas de clase por semana a los recién llegados.",
    ),
    "de": (
        "Das Heim öffnet im Januar {n} Plätze, teilte der Landkreis am Montag mit.",
        "Die Opposition hält die Ausgabe für zu hoch und verlangt einen Bericht von {n} Seiten.",
        "Freiwillige geben den Angekommenen {n} Stunden Unterricht in der Woche.",
    ),
    "it": (
        "Il centro di accoglienza aprirà {n} posti a gennaio, ha annunciato la prefettura.",
        "L’opposizione giudica eccessiva la spesa e chiede un rapporto di {n} pagine.",
        "I volontari danno {n} ore di lezione alla settimana ai nuovi arrivati.",
    ),
}
VOICES = ("authority", "politician", "civil_society", "migrant", "other_voice")
PROVENANCE = {
    "confidence": None, "extractor": "html", "extractor_version": "0.1.0", "licence": None, "opt_out": None,
    "removed": {}, "retrieved": "2026-11-16T06:00:00+00:00", "retrieved_from": "pages/outlet.example/page.html",
}  # fmt: skip


# -- the store --------------------------------------------------------------------------------------------------------


def week_starts() -> list[date]:
    """Return the Mondays of all weeks, the reported one last."""
    monday = date.fromisocalendar(int(LAST[:4]), int(LAST[6:]), 1)
    return [monday - timedelta(weeks=WEEKS - 1 - i) for i in range(WEEKS)]


def write_settings(root: Path) -> None:
    """Write the settings of the town: default faces, two languages."""
    blocks = ['[discourse]\ncity = "Valmorel"\n', '[report]\nlanguages = ["fr", "en"]\n']
    for name, kind in OUTLETS.items():
        where = "scdl" if kind == "council" else "feed"
        blocks.append(
            f'[[ingest.sources]]\nname = "{name}"\nkind = "{where}"\npublisher = "{kind}"\naddress = "{name}.xml"\n'
        )
    (root / "discourse.toml").write_text("\n".join(blocks), encoding="utf-8")


class Town:
    """Rows of documents, passages and tags, week by week, from one seed."""

    def __init__(self, passages: int, seed: int) -> None:
        from discourse import codebook
        from discourse.classify import load

        self.rng = np.random.default_rng(seed)
        self.a_week = -(-passages // WEEKS)
        self.left, self.number, self.seq = passages, 0, 0
        self.columns = codebook.load().columns()
        self.model = load("discourse-small").key
        book = codebook.load()["voice"].label_names
        self.voices = [v for v in VOICES if v in book] or list(book)

    def week(self, monday: date) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return the rows of one week: documents, passages, tags."""
        from discourse.records import iso_week

        documents: list[tuple[Any, ...]] = []
        passages: list[tuple[Any, ...]] = []
        tags: list[tuple[Any, ...]] = []
        wanted = min(self.a_week, self.left)
        scores = self._scores(wanted)
        week = iso_week(monday)
        while len(tags) < wanted:
            count = min(int(self.rng.integers(1, 6)), wanted - len(tags))
            before = documents[-1] if documents and self.rng.random() < 0.1 else None
            document, spans = self._document(monday, week, count, before)
            documents.append(document)
            for i, (start, end) in enumerate(spans):
                name = f"{document[1]}#{i}"
                row = scores[len(tags)]
                voices, terms = self._heard(end - start)
                passages.append((name, document[1], i, start, end, None, document[9], document[6]))
                model, book = self.model.rsplit("/", 1)
                tags.append((name, document[1], model, book, float(row[0]), row.tobytes(), voices, terms, None))
        self.left -= wanted
        return documents, passages, tags

    def _scores(self, n: int) -> np.ndarray:
        """Return probabilities as the store keeps them: relevance first, one row a passage."""
        out = self.rng.beta(0.5, 2.0, (n, len(self.columns))).astype("<f4")
        out[:, 0] = np.where(self.rng.random(n) < 0.6, self.rng.uniform(0.5, 1, n), self.rng.uniform(0, 0.5, n))
        side = [i for i, name in enumerate(self.columns) if name.startswith("sentiment.")]
        out[:, side] /= out[:, side].sum(axis=1, keepdims=True) + 1e-6
        return out

    def _document(self, monday: date, week: str, count: int, before: tuple[Any, ...] | None) -> Any:
        """Return the row of a document, and where its passages start and end; a reprint is another outlet's text."""
        self.seq += 1
        outlet = list(OUTLETS)[int(self.rng.choice(len(OUTLETS), p=MIX))]
        lang = before[9] if before else str(self.rng.choice(LANGUAGES, p=SPOKEN))
        self.number += 1
        title = TITLES[lang][self.number % 2].format(n=self.number)
        body, spans, at = [title], [], len(title) + 2
        for _ in range(count):
            picked = self.rng.permutation(len(SENTENCES[lang]))[: int(self.rng.integers(2, 5))]
            said = " ".join(SENTENCES[lang][int(i)].format(n=int(self.rng.integers(2, 99999))) for i in picked)
            body.append(said)
            spans.append((at, at + len(said)))
            at += len(said) + 2
        name = f"{outlet}:{self.seq:016x}"
        day = datetime.combine(monday + timedelta(days=int(self.rng.integers(0, 7))), datetime.min.time(), tzinfo=UTC)
        parts = [{"end": e, "kind": "paragraph", "start": s} for s, e in spans]
        url = f"https://{outlet}.example/{self.seq}.html"
        story = before[17] if before else name
        row = (self.seq, name, outlet, OUTLETS[outlet], url, url, title, day.isoformat(), week, lang, "\n\n".join(body),
               json.dumps(parts), "[]", json.dumps(PROVENANCE), f"{self.seq:064x}", 1, self.model, story)  # fmt: skip
        return row, spans

    def _heard(self, length: int) -> tuple[str, str]:
        """Return voices and contested terms as the store keeps them."""
        voices: list[dict[str, Any]] = []
        if self.rng.random() < 0.5:
            voice = self.voices[int(self.rng.integers(len(self.voices)))]
            voices.append({"cue": "dit", "end": length, "speaker": None, "start": 0, "voice": voice})
        terms = [{"end": 9, "neutral": "arrivée", "quoted": False, "start": 0, "term": "vague"}]
        return json.dumps(voices), json.dumps(terms if self.rng.random() < 0.005 else [])


DOCUMENTS = ("seq", "id", "source", "kind", "url", "native_key", "title", "published", "week", "lang", "text", "parts",
             "meta", "provenance", "content_hash", "version", "tagged_by", "story_id")  # fmt: skip


def build_store(root: Path, passages: int, seed: int) -> None:
    """Write a store of so many tagged passages into a folder."""
    import sqlite3

    from discourse.store import open_store

    open_store(f"sqlite:///{root / 'discourse.db'}").close()
    town = Town(passages, seed)
    with sqlite3.connect(root / "discourse.db") as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for monday in week_starts():
            documents, found, tags = town.week(monday)
            marks = ",".join("?" * len(DOCUMENTS))
            connection.executemany(f"INSERT INTO documents ({','.join(DOCUMENTS)}) VALUES ({marks})", documents)
            connection.executemany("INSERT INTO passages VALUES (?,?,?,?,?,?,?,?)", found)
            connection.executemany("INSERT INTO tags VALUES (?,?,?,?,?,?,?,?,?)", tags)
            connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    write_settings(root)


# -- the report, in a process of its own ------------------------------------------------------------------------------


class Clock:
    """Seconds by part; a part within another counts for itself alone."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}
        self._open: list[list[float]] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what is done inside as ``name``: wall and processor seconds."""
        start, inner = (time.perf_counter(), time.process_time()), [0.0, 0.0]
        self._open.append(inner)
        try:
            yield
        finally:
            self._open.pop()
            took = [time.perf_counter() - start[0], time.process_time() - start[1]]
            sums = self.spent.setdefault(name, [0.0, 0.0])
            for i in (0, 1):
                sums[i] += took[i] - inner[i]
                if self._open:
                    self._open[-1][i] += took[i]

    def watch(self, where: Any, attribute: str, name: str) -> None:
        """Count every call of a function or method as ``name``."""
        old: Callable[..., Any] = getattr(where, attribute)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return old(*args, **kwargs)

        setattr(where, attribute, timed)


def watch(clock: Clock) -> None:
    """Watch the parts of the report stage."""
    from discourse import classify, evidence, measure, pipeline, registry, report
    from discourse.report import building
    from discourse.store import Store, views

    clock.watch(views.PassageView, "polars", "reading the store")
    for method in ("document_table", "items", "labels", "decisions"):
        clock.watch(Store, method, "reading the store")
    clock.watch(pipeline, "coverage", "coverage")
    clock.watch(measure, "week_figures", "figures")
    clock.watch(classify, "load", "model and evidence")
    clock.watch(evidence, "for_concerns", "model and evidence")
    for function in ("both_sides", "_concerns", "terms", "_council"):
        clock.watch(building, function, "sides, quotes, terms")
    clock.watch(building, "fingerprint", "digest")
    clock.watch(report, "build", "other of the report value")
    find = registry.find

    def found(kind: str, name: str) -> Any:
        with clock.part(f"face {name}"):
            face = find(kind, name)

        class Timed:
            def __call__(self, *args: Any) -> Any:
                with clock.part(f"face {name}"):
                    return face(*args)

            def __getattr__(self, attribute: str) -> Any:
                return getattr(face, attribute)

        return Timed()

    registry.find = found


def child(root: Path) -> None:
    """Write the report and print, as JSON, what it took."""
    start, clock = time.perf_counter(), Clock()
    with clock.part("imports and the rest"):
        from discourse import config, pipeline

        watch(clock)
        with pipeline.job(config.load(root / "discourse.toml", root=root), "bench", now=NOW) as work:
            pipeline.report(work, [LAST])
    used, beside = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "parts": clock.spent,
                "wall": time.perf_counter() - start,
                "cpu": used.ru_utime + used.ru_stime + beside.ru_utime + beside.ru_stime,
                "peak": used.ru_maxrss / 1024,
                "beside": beside.ru_maxrss / 1024,
                "files": {p.name: p.stat().st_size for p in sorted(set(work.written))},
            }
        )
    )


def show(said: dict[str, Any]) -> None:
    """Print a table of the parts, the whole, and the files."""
    print("| part | wall s | CPU s |\n|---|---|---|")
    for name, (wall, cpu) in said["parts"].items():
        print(f"| {name} | {wall:.2f} | {cpu:.2f} |")
    print(f"| **whole process** | **{said['wall']:.2f}** | **{said['cpu']:.2f}** |")
    print(f"\npeak {said['peak']:.0f} MB, and {said['beside']:.0f} MB of the process that finds names")
    for name, size in said["files"].items():
        print(f"{name}: {size / 1e6:.2f} MB")


def main() -> None:
    """Make the store where there is none, then measure the report in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the store, used again when it holds one")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the report")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child)
        return
    with tempfile.TemporaryDirectory() as scratch:
        root = asked.keep or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        if not (root / "discourse.toml").is_file():
            start = time.perf_counter()
            build_store(root, asked.passages, asked.seed)
            print(f"store of {asked.passages:,} passages made in {time.perf_counter() - start:.0f} s", flush=True)
        command = [asked.python, __file__, "--child", str(root)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        show(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
