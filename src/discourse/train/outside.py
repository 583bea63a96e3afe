"""Readers for sets of other people, by path, as a user who has obtained them would call them; nothing is copied here.

Each maps its labels to ours only where the mapping is honest; what a set does not say stays unknown.

==================  ===================================================  =========================================
set                 what is taken                                        what it becomes
==================  ===================================================  =========================================
Wahl-O-Mat          a party's reason, with the thesis as context         sentiment: pro, neutral, anti
UK manifestos 2010  a sentence; coders who saw immigration; their scale  relevance; sentiment from the mean scale
MLMA (fr, en)       a tweet; the group it is about                       relevance only (its hostility is unreliable)
Libération titles   a title with or without a plain migration word       relevance only, at low weight
==================  ===================================================  =========================================
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from discourse import bundled
from discourse.errors import CorpusError
from discourse.train import external
from discourse.train.corpora import Example

THINNED = 10
"""Of a stream's texts, most of them plainly not about migration, one in so many is enough to learn from."""
_SIDES = {"pro": "positive", "neutral": "neutral", "anti": "negative"}
_NO_REASON = re.compile(r"keine Begründung|Ein-Themen-Partei|monothematisch|nur das Thema", re.IGNORECASE)
_PLAIN_FR = re.compile(
    r"\b(?:migrant|réfugié|demandeurs? d.asile|sans-papiers|immigration|immigré|clandestins?\b|exilés)", re.IGNORECASE
)
_MAYBE_FR = re.compile(
    r"migr|réfugi|asile|papiers|étranger|exil|calais|frontière|frontex|lampedusa|expuls|rom\b|roms\b|naturalis|"
    r"intégration|passeur|méditerranée|syri|afghan|sangatte|clandestin|diaspora|apatrid|déplacé|\bfui|naufrag|"
    r"nationalité|camp\b|jungle",
    re.IGNORECASE,
)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file; raise ``CorpusError`` naming the line that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read ({error}).", remedy="Name the file you have obtained.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}, line {number}: not JSON.", remedy="Take a fresh copy.") from error


def side(stance: str) -> dict[str, float]:
    """Return the sentiment columns of a stance toward migrants, ours or pro / anti / neutral."""
    name = _SIDES.get(stance, stance)
    return {f"sentiment.{x}": float(x == name) for x in ("negative", "neutral", "positive")}


def wahlomat(path: Path, *, most: int = 1000) -> list[Example]:
    """Return the parties' reasons on migration theses; those that only say that no reason is given are left out."""
    found = [
        Example(
            id=f"wahlomat-{i}",
            text=row["comment"],
            context=row["thesis"],
            lang="de",
            known=side(row["stance_toward_migrants"]),
            scenario=row["thesis_id"],
            source="wahlomat",
            weight=0.6,
        )
        for i, row in enumerate(rows(path))
        if len(row["comment"].split()) >= 5 and not _NO_REASON.search(row["comment"])
    ]
    return _drawn(found, most)


def manifestos(path: Path, *, every: int = 1) -> list[Example]:
    """Return manifesto sentences; of those no coder saw as immigration, one in ``every``.

    Sentences on which coders split between yes and no are left out.
    """
    out = []
    for i, row in enumerate(rows(path)):
        share = row["n_immigration"] / row["n_coders"]
        if 0 < share < 0.5 or (share == 0 and i % every):
            continue
        known = {"relevance": float(share >= 0.5)}
        if share >= 0.5 and row["scale_mean"] is not None:
            scale = row["scale_mean"]
            known |= side("anti" if scale > 0.3 else "pro" if scale < -0.3 else "neutral")
        out.append(
            Example(
                id=f"uk2010-{row['sentenceid']}",
                text=row["text"],
                lang="en",
                known=known,
                scenario=row["manifestoid"],
                source="uk2010",
                weight=0.6,
            )
        )
    return out


def mlma(path: Path, lang: str, *, most: int = 300) -> list[Example]:
    """Return tweets about migrants or refugees, and as many about groups that have nothing to do with migration."""
    yes: list[Example] = []
    no: list[Example] = []
    for i, row in enumerate(rows(path)):
        about = row["group"] in ("immigrants", "refugees")
        if about or row["group"] in ("women", "gay", "special_needs", "left_wing_people"):
            (yes if about else no).append(
                Example(
                    id=f"mlma-{lang}-{i}",
                    text=row["tweet"],
                    lang=lang,
                    known={"relevance": float(about)},
                    scenario=f"mlma-{lang}-{i}",
                    source="mlma",
                    weight=0.3,
                )
            )
    count = min(most, len(yes), len(no))
    return _drawn(yes, count) + _drawn(no, count)


def titles(path: Path, *, yes: int = 100, no: int = 200, skip: tuple[int, int] = (0, 0)) -> list[Example]:
    """Return newspaper titles with a plain migration word, and titles with none, not even a doubtful one.

    Only titles whose hash begins with 8 to f are taken: the other half is left for tests. ``skip`` leaves out as many
    of either as were drawn before, so that calibration sees others than training.
    """
    found: dict[bool, list[Example]] = {True: [], False: []}
    with path.open(encoding="utf-8", newline="") as file:
        for i, row in enumerate(csv.DictReader(file)):
            title = row["title"].strip()
            if _digest(title)[0] in "01234567" or len(title.split()) < 4:
                continue
            plain = bool(_PLAIN_FR.search(title))
            if plain or not _MAYBE_FR.search(title):
                found[plain].append(
                    Example(
                        id=f"liberation-{i}",
                        text=title,
                        lang="fr",
                        known={"relevance": float(plain)},
                        scenario=f"liberation-{i}",
                        source="liberation",
                        weight=0.5,
                    )
                )
    return _drawn(found[True], yes + skip[0])[skip[0] :] + _drawn(found[False], no + skip[1])[skip[1] :]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _drawn(examples: Iterable[Example], count: int) -> list[Example]:
    """Return some examples, drawn by the hash of their text: the same on every machine."""
    return sorted(examples, key=lambda e: _digest(e.text))[:count]


def stream(data: Path, *, calibrate: bool = False) -> list[Example]:
    """Return texts as a city's stream has them, most of them not about migration: relevance alone is known.

    Newspaper titles, and longer texts without even a doubtful word of migration: council minutes and papers, manifesto
    sentences. One in four of each is kept for calibration. What stands in the real-text test is left out.
    """
    file = data / "raw/headlines/fr_liberation_titles_2014-2018.csv"
    if not file.is_file():
        return []
    short = titles(file, yes=60, no=1500, skip=(300, 4000)) if calibrate else titles(file, yes=300, no=4000)
    return short + [e for e in _long(data) if (_digest(e.id)[0] in "0123") == calibrate]


_ANY = re.compile(
    r"migra|immigr|réfugi|refugi|asyl|asile|exil|étranger|fremd|flücht|flucht|vertrieb|ausländ|auslaend|aussiedl|herkunft|"
    r"zuwander|einwander|integration|intégration|nationalit|extranj|foreign|border|abroad|visa|deport|ethni|minorit|"
    r"roma\b|sinti|jüdisch|jewish|muslim|islam|mosqu|kopftuch|interkult|sprachkurs|deutschkurs|türk|syr|ukrain|afgh",
    re.IGNORECASE,
)


def _long(data: Path) -> list[Example]:
    reserved = _reserved()
    sets = (
        ("karlsruhe", data.parent / "samples" / "oparl" / "karlsruhe", 1400),
        ("pdf", data, 400),
        ("manifesto", data, 1000),
        ("scdl", data, 60),
    )
    out: list[Example] = []
    for name, root, most in sets:
        found = [
            Example(
                id=row.id, text=row.text, lang=row.lang, known={"relevance": 0.0}, scenario=row.group, source=name,
                weight=0.5,
            )
            for row in external.SETS[name](root)
            if not _ANY.search(row.text) and _digest(row.text) not in reserved and len(row.text.split()) > 7
        ]  # fmt: skip
        out += _drawn(found, most)
    return out


def _reserved() -> frozenset[str]:
    """Return the hashes of the texts that the real-text test holds."""
    file = bundled.folder("corpora/real-v1") / "test.jsonl"
    return frozenset(row["sha256"] for row in rows(file)) if file.is_file() else frozenset()


def to_learn_from(data: Path) -> list[Example]:
    """Return every example a shipped weight may learn from, of the sets found under a folder."""
    readers = (
        ("stance/wahlomat_migration_de.jsonl", wahlomat),
        ("relevance/uk2010_manifestos_en.jsonl", lambda p: manifestos(p, every=32)),
        ("hate/mlma_fr.jsonl", lambda p: mlma(p, "fr", most=30)),
        ("hate/mlma_en.jsonl", lambda p: mlma(p, "en", most=30)),
        ("raw/headlines/fr_liberation_titles_2014-2018.csv", titles),
    )
    return [example for name, read in readers if (data / name).is_file() for example in read(data / name)]


def read_by_us(data: Path, *, calibrate: bool = False) -> list[Example]:
    """Return the real texts that we read ourselves (``corpora/real-v1``, split ``learn``) and that are found there.

    One in five, by the hash of its id, is kept for calibration; the first reading counts.
    """
    from discourse.train.corpora import as_example
    from discourse.train.readings import real

    try:
        texts = real("learn", data)
    except CorpusError:
        return []
    out = []
    for text in texts:
        if text.readings and (_digest(text.id)[0] in "012") == calibrate:
            row = {**text.readings[0], "id": text.id, "text": text.text, "lang": text.lang, "context": text.context}
            row |= {"scenario": text.id, "split": "train", "kind": "press", "voices": []}
            out.append(as_example(row, source="real-v1"))
    return out
