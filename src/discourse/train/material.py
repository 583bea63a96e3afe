"""What a shipped weight learns from, is watched by and is calibrated on: one place, so that no run mixes them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from discourse.train import agreement, corpora, outside, swaps, teachers
from discourse.train.corpora import Example

LEARNT = (*corpora.WRITTEN, agreement.NAME)
"""The corpora that the shipped encoder learns from; the first one is what it is measured on."""
NOT_CALIBRATED_ON = ("opinions-v3", "opinions-v4")
"""Corpora that are learnt from and watched, and not calibrated on: they would outnumber all else, and nearly all of
them argue, where a city's texts report."""
ANSWERS = 3
"""Bare answers of each side that are learnt to a question: beside everything else, these are enough of them."""
RECAST = 40_000
"""Texts put together from sentences of written ones, for teachers to speak of."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Texts by their use; no text stands in two of ``learn``, ``watch`` and the test split."""

    learn: tuple[Example, ...]
    """What the network is fine-tuned on."""
    watch: tuple[Example, ...]
    """What decides, after every epoch, which weights are kept."""
    held: tuple[Example, ...]
    """What calibrates beside the dev split of the first corpus."""
    gate: tuple[Example, ...]
    """What the cheap gate learns from: the same, the whole stream, and more titles about something else."""


def gather(names: Sequence[str], data: Path | None) -> Material:
    """Return the material of some corpora and, where ``data`` is given, of the sets of other people found there.

    The bare answers of ``agreement-v1``, where it is named, are only learnt from: they say nothing of most tasks.
    """
    answers, asked = [], {}
    if agreement.NAME in names:
        answers = agreement.examples("train", each=ANSWERS) + agreement.to_contexts()
        asked = agreement.asked() | (outside.theses(data) if data else {})
    names = [name for name in names if name != agreement.NAME]
    written = [e for name in names for e in corpora.read(name, "train")]
    dev = [e for name in names for e in corpora.read(name, "dev")]
    beside = [e for e in dev if e.source not in (Path(names[0]).name, *NOT_CALIBRATED_ON)]
    learn, held, stream = [*written, *swaps.swapped(written), *answers], list(beside), []
    if data:
        real, kept = outside.read_by_us(data), outside.read_by_us(data, calibrate=True)
        stream = outside.stream(data)
        learn += real + outside.to_learn_from(data) + stream[:: outside.THINNED]
        stream += outside.other_titles(data)
        dev += kept
        held += kept + outside.stream(data, calibrate=True)[::3]
    learn = [replace(e, yes=asked.get((e.context or "").strip(), e.yes)) for e in learn]
    return Material(learn=tuple(learn), watch=tuple(dev), held=tuple(held), gate=(*learn, *stream))


def unlabelled(names: Sequence[str], data: Path | None) -> list[Example]:
    """Return what is learnt from too where a recipe names teachers: nobody but them says anything of it.

    Texts put together from sentences of the corpora's and, where ``data`` is given, real ones.
    """
    written = [e for name in names if name != agreement.NAME for e in corpora.read(name, "train")]
    return teachers.recast(written, RECAST) + (outside.unlabelled(data) if data else [])
