"""What earlier runs say of every text: a run that learns from the mean of several is steadier than any of them.

Hinton et al. 2015, from an ensemble of runs that were begun apart: their mistakes differ, so their mean is right more
often than either, and one network can learn most of it. Teachers also say something of texts that nobody labelled, and
of the tasks a labelled text says nothing of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from discourse.classify import passages
from discourse.errors import UsageError
from discourse.train import base as bases
from discourse.train.corpora import Example

Array = NDArray[np.float32]
KEPT = "taught.npz"
SOURCE = "unlabelled"
"""The source of texts that only teachers speak of."""
TRIES = 3
"""How often it is tried, for each text wanted, to put together one that is new."""
AT_ONCE = 4096
"""Texts between two savings of what a teacher said."""


def said(
    teachers: Sequence[tuple[str, str]], examples: Sequence[Example], *, say: Callable[[str], None] = print
) -> Array:
    """Return the mean of what teachers say of examples, as probabilities of shape (examples, columns).

    A teacher is a run folder and the folder of the base encoder it was begun from. What it said is kept in its own
    folder (``taught.npz``), so that nothing is asked twice. Raises ``UsageError`` where a run has no weights.
    """
    found = [_said(Path(run), Path(base), examples, say) for run, base in teachers]
    return np.asarray(np.mean([as_probabilities(scores) for scores in found], axis=0), np.float32)


def recast(examples: Sequence[Example], count: int, *, seed: int = 0) -> list[Example]:
    """Return texts that nobody labelled, put together from sentences of texts that somebody did; no two are alike.

    A text is one or two sentences of one text or, as often, of two in its language. It has that text's context, any
    other's or none. On the texts they learnt from, teachers say hardly more than the labels; what makes one network
    like another are many inputs that neither has seen (Beyer et al. 2022, function matching).
    """
    chance = np.random.default_rng(seed)
    pools: dict[str, list[Example]] = {}
    for e in examples:
        pools.setdefault(e.lang, []).append(e)
    seen = {(e.text, e.context) for e in examples}
    out: list[Example] = []
    for _ in range(count * TRIES):
        if len(out) == count:
            break
        first = examples[int(chance.integers(len(examples)))]
        second, third = (pools[first.lang][i] for i in chance.integers(len(pools[first.lang]), size=2))
        text = " ".join(_some(e.text, chance) for e in ((first, second) if chance.random() < 0.5 else (first,)))
        context = (first.context, first.context, third.context, None)[chance.integers(4)]
        if len(text.split()) >= 4 and (text, context) not in seen:
            seen.add((text, context))
            out.append(
                Example(id=f"recast-{len(out)}", text=text, lang=first.lang, known={}, context=context, source=SOURCE)
            )
    return out


def _some(text: str, chance: np.random.Generator) -> str:
    """Return one or two sentences of a text that follow one another."""
    ends = list(passages.sentences(text, 0, len(text)))
    first = int(chance.integers(len(ends)))
    return text[ends[first][0] : ends[min(first + int(chance.integers(2)), len(ends) - 1)][1]]


def as_probabilities(scores: Array) -> Array:
    """Return raw scores as probabilities: sentiment's three sum to one, every other column stands alone."""
    from discourse.train import targets

    out = np.asarray(1 / (1 + np.exp(-scores)), np.float32)
    where = targets.spans()["sentiment"]
    raised = np.exp(scores[:, where] - scores[:, where].max(1, keepdims=True))
    out[:, where] = raised / raised.sum(1, keepdims=True)
    return out


def weights_hash(run: Path) -> str:
    """Return the SHA-256 of a run's best weights; raise ``UsageError`` where it has none."""
    weights = run / "best.pt"
    if not weights.is_file():
        raise UsageError(f"the teacher {run} has no weights.", remedy="Name runs that have ended.")
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def _said(run: Path, base: Path, examples: Sequence[Example], say: Callable[[str], None]) -> Array:
    of = weights_hash(run)
    keys = [_key(e) for e in examples]
    known = _kept(run / KEPT, of)
    missing = list({key: i for i, key in enumerate(keys) if key not in known}.values())
    if missing:
        ask = _teacher(run, base)
        for at in range(0, len(missing), AT_ONCE):
            part = missing[at : at + AT_ONCE]
            scores = ask([examples[i] for i in part]).astype(np.float16)
            known.update(zip((keys[i] for i in part), scores, strict=True))
            _keep(run / KEPT, of, known)
            say(f"{run.name} was asked about {at + len(part):,} of {len(missing):,} texts")
    return np.array([known[key] for key in keys], np.float32)


def _teacher(run: Path, base: Path) -> Callable[[Sequence[Example]], Array]:
    import torch

    from discourse.train import finetune

    ready = finetune.Run(run, bases.load(base), finetune.Recipe())
    net = ready.best()

    def ask(examples: Sequence[Example]) -> Array:
        with torch.autocast("cpu", torch.bfloat16, enabled=ready.half):
            return finetune.predict(net, ready.encoded(examples))

    return ask


def _key(example: Example) -> str:
    return hashlib.sha256(f"{example.text}\0{example.context or ''}".encode()).hexdigest()


def _kept(file: Path, of: str) -> dict[str, NDArray[np.float16]]:
    """Return what a teacher said before, by the text's hash; nothing when its weights are others now."""
    if not file.is_file():
        return {}
    with np.load(file) as kept:
        if str(kept["of"]) != of:
            return {}
        return dict(zip(kept["keys"].tolist(), kept["scores"], strict=True))


def _keep(file: Path, of: str, known: dict[str, NDArray[np.float16]]) -> None:
    part = file.with_suffix(".part.npz")
    np.savez(part, of=np.array(of), keys=np.array(list(known)), scores=np.array(list(known.values())))
    part.replace(file)
