"""Readings side by side: the written corpus and its blind second reading; real texts and the labels we gave them.

Real texts belong to others: the project keeps row id, hash and labels, and joins the text where the reader has the set.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discourse import codebook
from discourse.errors import CorpusError
from discourse.train import corpora
from discourse.train.external import SETS, ExternalRow

TASKS = ("relevance", "sentiment", *codebook.TASKS[2:])


@dataclass(frozen=True, kw_only=True)
class RealText:
    """A real text with our readings of it, each a mapping of task to label or labels."""

    id: str
    text: str
    lang: str
    context: str | None
    readings: tuple[Mapping[str, Any], ...]


def flags(reading: Mapping[str, Any]) -> dict[str, bool]:
    """Return a reading as yes or no for every label, ``task.label``; where it is not relevant only that is said."""
    out = {"relevance.relevant": bool(reading["relevance"])}
    if not reading["relevance"]:
        return out
    for task in TASKS[1:]:
        said = reading[task]
        given = {said} if isinstance(said, str) else set(said or ())
        out |= {f"{task}.{name}": name in given for name in codebook.load()[task].label_names}
    return out


def second_reading(name: str = "discourse-v1", reader: str = "B") -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return (row of the corpus, blind reading of it by ``reader``) for every passage that was read twice."""
    folder = corpora.folder(name)
    rows = {row["id"]: row for row in corpora.rows_of(folder)}
    file = folder / "readings" / f"{reader}.jsonl"
    return [(rows[r["id"]], r) for r in _jsonl(file) if r["id"] in rows]


def real_rows(split: str) -> list[dict[str, Any]]:
    """Return the rows of ``corpora/real-v1`` without text: ``test`` or ``learn``."""
    from discourse import bundled

    file = bundled.folder("corpora/real-v1") / f"{split}.jsonl"
    if not file.is_file():
        raise CorpusError(f"there is no split {split!r} of real-v1.", remedy="Known: test, learn.")
    return list(_jsonl(file))


def real(split: str, data: Path) -> list[RealText]:
    """Return the real texts of a split that are found below ``data``, joined by id and checked by hash.

    Raises ``CorpusError`` where none of them is there: the sets must be obtained from their publishers.
    """
    rows = real_rows(split)
    wanted = {row["id"]: row for row in rows}
    found = {}
    for name in sorted({row["id"].split(":")[0].split("-")[0] for row in rows} | {"cofe-proposal"}):
        for text in _texts(name, data):
            row = wanted.get(text.id)
            if row is not None and hashlib.sha256(text.text.encode()).hexdigest() == row["sha256"]:
                found[text.id] = text
    if not found:
        raise CorpusError(f"no real text was found below {data}.", remedy="Obtain the sets that the datasheet names.")
    return [
        RealText(
            id=row["id"],
            text=found[row["id"]].text,
            lang=row["lang"],
            context=found[row["id"]].context if row["context"] else None,
            readings=tuple(row["readings"]),
        )
        for row in rows
        if row["id"] in found
    ]


def _texts(name: str, data: Path) -> Iterator[ExternalRow]:
    root = data.parent / "samples" / "oparl" / "karlsruhe" if name == "karlsruhe" else data
    try:
        yield from SETS[name](root)
    except FileNotFoundError:
        return


def _jsonl(file: Path) -> Iterator[dict[str, Any]]:
    if not file.is_file():
        raise CorpusError(f"{file} is missing.", remedy="Take a fresh copy of the corpus.")
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def agreement_table() -> str:
    """Return ``agreement.toml`` of the codebook: alpha of every label between the readings of the written corpus."""
    from discourse import codebook
    from discourse.measure.agreement import per_label

    pairs = second_reading()
    found = {a.label: a for a in per_label([flags(a) for a, _ in pairs], [flags(b) for _, b in pairs], resamples=1)}
    lines = [
        f"# Krippendorff's alpha of each label between two blind readings of {len(pairs)} passages of discourse-v1.",
        "# Made by `python -m discourse.train.readings`; below 0.40 a label is indicative only.",
    ]
    for task, shape in codebook.load().tasks.items():
        names = [n for n in shape.label_names if found.get(f"{task}.{n}") and found[f"{task}.{n}"].alpha is not None]
        if names:
            lines += ["", f"[{task}]", *(f"{n} = {found[f'{task}.{n}'].alpha:.3f}" for n in names)]
    return "\n".join(lines) + "\n"


def sides(pairs: Iterable[tuple[str, str]]) -> str:
    """Return how far two readers agree on sentiment: the same side, one of them neutral, opposite sides."""
    found = list(pairs)
    same, neutral = sum(a == b for a, b in found), sum(a != b and "neutral" in (a, b) for a, b in found)
    return f"{len(found)}: {same} alike, {neutral} neutral to one of them, {len(found) - same - neutral} opposite"


def side_table(data: Path) -> str:
    """Return how far our readings agree on sentiment with the writers of opinions-v1 and the reader of Wahl-O-Mat."""
    from discourse.train.outside import side

    told = {
        reader: [(a["sentiment"], b["sentiment"]) for a, b in second_reading("opinions-v1", reader) if b["relevance"]]
        for reader in "BCE"
    }
    related = {r: [a["relevance"] == b["relevance"] for a, b in second_reading("opinions-v1", r)] for r in "CE"}
    known = {row.id: side(row.labels["stance"]) for row in SETS["wahlomat"](data)}
    read = {row["id"]: row["readings"][0] for row in real_rows("learn") if row["id"] in known}
    reasons = [
        (next(x for x, yes in known[name].items() if yes).removeprefix("sentiment."), said["sentiment"])
        for name, said in read.items()
        if said["relevance"]
    ]
    later = "".join(
        f"opinions-v1, reader {r} of later ones\t{sides(told[r])}; relevance {len(same)}: {sum(same)} alike\n"
        for r, same in related.items()
    )
    rounds = "".join(_later_round(name) for name in corpora.WRITTEN if name not in ("discourse-v1", "opinions-v1"))
    return (
        f"opinions-v1, the second reader\t{sides(told['B'])}\n{later}{rounds}"
        f"parties' reasons in real-v1\t{sides(reasons)}\n"
    )


def _later_round(name: str) -> str:
    """Return how far the blind reader of a corpus agrees with its writers: relevance, sides, F1 over labels by task."""
    pairs = second_reading(name)
    both = [(a, b) for a, b in pairs if a["relevance"] and b["relevance"]]
    same = sum(a["relevance"] == b["relevance"] for a, b in pairs)
    found = []
    for task in ("policy_frame", "immigration_frame", "narrative", "concern"):
        hit = sum(len({*a[task]} & {*b[task]}) for a, b in both)
        found.append(f"{task} {2 * hit / sum(len(a[task]) + len(b[task]) for a, b in both):.2f}")
    told = sides((a["sentiment"], b["sentiment"]) for a, b in both)
    return f"{name}, a blind reader\t{told}; relevance {len(pairs)}: {same} alike; F1 {', '.join(found)}\n"


if __name__ == "__main__":
    sys.stdout.write(side_table(Path(sys.argv[1])) if len(sys.argv) > 1 else agreement_table())
