"""What other people's sets teach: each row that ``external`` reads, as an example of our labels; nothing is copied.

Each set maps its labels to ours only where the mapping is honest; what a set does not say stays unknown.

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

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from discourse import bundled
from discourse.errors import CorpusError
from discourse.train.corpora import Example
from discourse.train.external import SETS, ExternalRow, jsonl
from discourse.train.teachers import SOURCE

THINNED = 10
"""Of a stream's texts, most of them plainly not about migration, one in so many is enough to learn from."""
_MIGRANTS = ("immigrants", "refugees")
_OTHERS = ("women", "gay", "special_needs", "left_wing_people")
_SIDES = {"pro": "positive", "neutral": "neutral", "anti": "negative"}
_NO_REASON = re.compile(r"keine Begründung|Ein-Themen-Partei|monothematisch|nur das Thema", re.IGNORECASE)
_PLAIN_FR = re.compile(
    r"\b(?:migrant|réfugié|demandeurs? d.asile|sans-papiers|immigration|immigré|clandestins?\b|exilés)", re.IGNORECASE
)
_MAYBE_FR = re.compile(
    r"migr|réfugi|asile|papiers|étranger|exil|calais|frontière|frontex|lampedusa|expuls|rom\b|roms\b|naturalis|"
    r"intégration|passeur|méditerranée|syri|afghan|sangatte|clandestin|diaspora|apatrid|déplacé|\bfui|naufrag|"
    r"nationalité|camp\b|jungle|rohingya|kurde|yézidi|ouïghour|tchétchène|érythré|lesbos|ceuta|melilla|aquarius",
    re.IGNORECASE,
)


def side(stance: str) -> dict[str, float]:
    """Return the sentiment columns of a stance toward migrants, ours or pro / anti / neutral."""
    name = _SIDES.get(stance, stance)
    return {f"sentiment.{x}": float(x == name) for x in ("negative", "neutral", "positive")}


def wahlomat(rows: Iterable[ExternalRow], *, most: int = 1000) -> list[Example]:
    """Return the parties' reasons on migration theses; those that only say that no reason is given are left out."""
    told = (r for r in rows if len(r.text.split()) >= 5 and not _NO_REASON.search(r.text))
    return _drawn((_example(r, side(r.labels["stance"]), "wahlomat", weight=0.6) for r in told), most)


def theses(data: Path) -> dict[str, str]:
    """Return the side of a yes to each Wahl-O-Mat thesis, as its set's reader gave it: ``positive`` or ``negative``."""
    out = {}
    for row in _rows(data, "wahlomat"):
        agrees, stance = row.labels["answer"], row.labels["stance"]
        if row.context and agrees in ("Stimme zu", "Stimme nicht zu") and stance in ("pro", "anti"):
            out[row.context.strip()] = "positive" if (stance == "pro") == (agrees == "Stimme zu") else "negative"
    return out


def manifestos(rows: Iterable[ExternalRow], *, every: int = 1) -> list[Example]:
    """Return manifesto sentences; of those no coder saw as immigration, one in ``every``.

    Sentences on which coders split between yes and no are left out.
    """
    out = []
    for i, row in enumerate(rows):
        share, scale = row.labels["share"], row.labels["scale"]
        if 0 < share < 0.5 or (share == 0 and i % every):
            continue
        known = {"relevance": float(share >= 0.5)}
        if share >= 0.5 and scale is not None:
            known |= side("anti" if scale > 0.3 else "pro" if scale < -0.3 else "neutral")
        out.append(replace(_example(row, known, "uk2010", weight=0.6), context=None))
    return out


def mlma(rows: Iterable[ExternalRow], *, most: int = 300) -> list[Example]:
    """Return tweets about migrants or refugees, and as many about groups that have nothing to do with migration."""
    sides: dict[bool, list[Example]] = {True: [], False: []}
    for row in rows:
        about = row.labels["group"] in _MIGRANTS
        if about or row.labels["group"] in _OTHERS:
            sides[about].append(_example(row, {"relevance": float(about)}, "mlma", weight=0.3))
    count = min(most, *(len(found) for found in sides.values()))
    return _drawn(sides[True], count) + _drawn(sides[False], count)


def titles(
    rows: Iterable[ExternalRow], *, yes: int = 100, no: int = 200, skip: tuple[int, int] = (0, 0)
) -> list[Example]:
    """Return newspaper titles with a plain migration word, and titles with none, not even a doubtful one.

    Only titles whose hash begins with 8 to f are taken: the other half is left for tests. ``skip`` leaves out as many
    of either as were drawn before, so that calibration sees others than training.
    """
    found: dict[bool, list[Example]] = {True: [], False: []}
    for row in rows:
        title = row.text.strip()
        if _digest(title)[0] in "01234567" or len(title.split()) < 4:
            continue
        plain = bool(_PLAIN_FR.search(title))
        if plain or not _MAYBE_FR.search(title):
            found[plain].append(_example(row, {"relevance": float(plain)}, "liberation", weight=0.5))
    return _drawn(found[True], yes + skip[0])[skip[0] :] + _drawn(found[False], no + skip[1])[skip[1] :]


def _example(row: ExternalRow, known: Mapping[str, float], source: str, *, weight: float) -> Example:
    return Example(
        id=row.id,
        text=row.text,
        lang=row.lang,
        known=known,
        context=row.context,
        scenario=row.group if source in ("wahlomat", "uk2010") else row.id,
        source=source,
        weight=weight,
    )


def _rows(data: Path, name: str) -> list[ExternalRow]:
    """Return the rows of a set that is found under a folder; none where it is not."""
    root = data.parent / "samples" / "oparl" / "karlsruhe" if name == "karlsruhe" else data
    try:
        return list(SETS[name](root))
    except FileNotFoundError:
        return []


def texts(data: Path) -> list[str]:
    """Return every text of the sets that a shipped weight may learn from: what its vocabulary is chosen by."""
    names = ("wahlomat", "manifesto", "mlma", "liberation", "acoriano", "karlsruhe", "pdf", "scdl")
    return [f"{row.text} {row.context or ''}" for name in names for row in _rows(data, name)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _drawn(examples: Iterable[Example], count: int) -> list[Example]:
    """Return some examples, drawn by the hash of their text: the same on every machine."""
    return sorted(examples, key=lambda e: _digest(e.text))[:count]


def stream(data: Path, *, calibrate: bool = False) -> list[Example]:
    """Return texts as a city's stream has them, most of them not about migration: relevance alone is known.

    Newspaper titles, and longer texts without even a doubtful word of migration: council minutes and papers, manifesto
    sentences. One in four of each is kept for calibration. What we have read ourselves is left out.
    """
    press = _rows(data, "liberation")
    if not press:
        return []
    ours = _read_already()
    short = titles(press, yes=60, no=1500, skip=(300, 4000)) if calibrate else titles(press, yes=300, no=4000)
    long = [e for e in _long(data, ours) if (_digest(e.id)[0] in "0123") == calibrate]
    return [e for e in short if _digest(e.text) not in ours] + long


def other_titles(data: Path) -> list[Example]:
    """Return the titles that ``stream`` leaves, all plainly about something else: the gate learns from them alone.

    They cost a linear model nothing, and with them it spares the encoder half as much again at the same recall.
    """
    ours = _read_already()
    found = titles(_rows(data, "liberation"), yes=0, no=100_000, skip=(0, 5500))
    return [e for e in found if _digest(e.text) not in ours]


UNLABELLED = (
    ("karlsruhe", 4500, 500),
    ("liberation", 2500, 2500),
    ("acoriano", 700, 1000),
    ("mlma", 250, 1500),
    ("manifesto", 80, 700),
)
"""Sets whose unlabelled texts teachers speak of: at most so many with a word of migration, and so many without."""
_ANY = re.compile(
    r"migra|immigr|réfugi|refugi|asyl|asile|exil|étranger|fremd|flücht|flucht|vertrieb|ausländ|auslaend|aussiedl|herkunft|"
    r"zuwander|einwander|integration|intégration|nationalit|extranj|foreign|border|abroad|visa|deport|ethni|minorit|"
    r"roma\b|sinti|jüdisch|jewish|muslim|islam|mosqu|kopftuch|interkult|sprachkurs|deutschkurs|türk|syr|ukrain|afgh",
    re.IGNORECASE,
)


def _long(data: Path, ours: frozenset[str]) -> list[Example]:
    sets = (
        ("karlsruhe", 1400),
        ("pdf", 400),
        ("manifesto", 1000),
        ("scdl", 60),
    )
    out: list[Example] = []
    for name, most in sets:
        found = [
            Example(
                id=row.id, text=row.text, lang=row.lang, known={"relevance": 0.0}, scenario=row.group, source=name,
                weight=0.5,
            )
            for row in _rows(data, name)
            if not _ANY.search(row.text) and _digest(row.text) not in ours and len(row.text.split()) > 7
        ]  # fmt: skip
        out += _drawn(found, most)
    return out


def unlabelled(data: Path) -> list[Example]:
    """Return texts that nobody has labelled, each once: only teachers speak of them.

    Paragraphs of council papers, newspaper titles, tweets, manifesto sentences, first those in which a word of
    migration stands. Left out are what ``stream`` learns or calibrates from, and of the titles of Libération the half
    that is left for tests.
    """
    stood = [*stream(data)[::THINNED], *stream(data, calibrate=True)]
    ours = {*_read_already(), *(_digest(e.text) for e in stood)}
    out: list[Example] = []
    for name, about, other in UNLABELLED:
        found: dict[bool, list[Example]] = {True: [], False: []}
        for row in _rows(data, name):
            tested = name == "liberation" and _digest(row.text.strip())[0] in "01234567"
            if len(row.text.split()) > 3 and not tested and not ours & {_digest(row.text), _digest(row.text.strip())}:
                ours.add(_digest(row.text))
                found[bool(_ANY.search(row.text))].append(
                    Example(id=row.id, text=row.text, lang=row.lang, known={}, scenario=row.group, source=SOURCE)
                )
        out += _drawn(found[True], about) + _drawn(found[False], other)
    return out


def _read_already() -> frozenset[str]:
    """Return the hashes of the texts that ``corpora/real-v1`` holds readings of: no rule speaks of them as well."""
    files = (bundled.folder("corpora/real-v1") / f"{split}.jsonl" for split in ("test", "learn"))
    return frozenset(row["sha256"] for file in files if file.is_file() for row in jsonl(file))


def to_learn_from(data: Path) -> list[Example]:
    """Return what the sets found under a folder say themselves, of texts that a shipped weight may learn from.

    What we have read ourselves is left out: our reading says more, and some of it is kept for calibration.
    """
    ours = _read_already()
    rows = {
        name: [r for r in _rows(data, name) if _digest(r.text) not in ours]
        for name in ("wahlomat", "manifesto", "mlma", "liberation")
    }
    return [
        *wahlomat(rows["wahlomat"]),
        *manifestos(rows["manifesto"], every=32),
        *(e for lang in ("fr", "en") for e in mlma([r for r in rows["mlma"] if r.lang == lang], most=30)),
        *titles(rows["liberation"]),
    ]


def read_by_us(data: Path, *, calibrate: bool = False) -> list[Example]:
    """Return the real texts that we read ourselves (``corpora/real-v1``, split ``learn``) and that are found there.

    One in five, by the hash of its id, is kept for calibration; the first reading counts. Parties' reasons are all
    learnt from: what is said on one thesis is too much alike.
    """
    from discourse.train.corpora import as_example
    from discourse.train.readings import real

    try:
        found = real("learn", data)
    except CorpusError:
        return []
    out = []
    for text in found:
        kept = _digest(text.id)[0] in "012" and not text.id.startswith("wahlomat")
        if text.readings and kept == calibrate:
            row = {**text.readings[0], "id": text.id, "text": text.text, "lang": text.lang, "context": text.context}
            row |= {"scenario": text.id, "split": "train", "kind": "press", "voices": []}
            out.append(as_example(row, source="real-v1"))
    return out
