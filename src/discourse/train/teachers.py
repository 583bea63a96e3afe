"""What earlier runs say of every text, for a later run to learn from beside the labels.

Hinton et al. 2015, from an ensemble of runs that were begun apart: their mistakes differ, so their mean is right more
often than either, and one network can learn much of it. Teachers also say something of texts that nobody labelled, and
of the tasks a labelled text says nothing of.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.classify import calibration, passages
from discourse.errors import UsageError
from discourse.train import base as bases
from discourse.train.corpora import Example

Array = NDArray[np.float32]
KEPT = "taught.npz"
SOURCE = "unlabelled"
"""The source of texts that only teachers speak of."""
RECAST = "recast"
"""What the ids of texts put together begin with."""
TRIES = 3
"""How often it is tried, for each text wanted, to put together one that is new."""
AT_ONCE = 4096
"""Texts between two savings of what a teacher said."""


def said(
    teachers: Sequence[tuple[str, str]], examples: Sequence[Example], *, say: Callable[[str], None] = print
) -> Array:
    """Return the mean of what teachers say of examples, as probabilities of shape (examples, columns).

    A teacher is a run folder and the folder of the base encoder it was begun from. What it said is kept in its own
    folder (``taught.npz``), so that nothing is asked twice. Raises ``UsageError`` where a run has no weights or its
    base is not the one it was begun from.
    """
    found = [_said(Path(run), Path(base), examples, say) for run, base in teachers]
    return np.asarray(np.mean([as_probabilities(scores) for scores in found], axis=0), np.float32)


def recast(examples: Sequence[Example], count: int, *, seed: int = 0) -> list[Example]:
    """Return texts that nobody labelled, put together from sentences of texts that somebody did: all new, none twice.

    A text is one or two sentences of one text or, as often, the same of each of two texts in one language. It has the
    first one's context, that of any other in its language, or none. On the texts they learnt from, teachers say hardly
    more than the labels; what makes one network like another are many inputs that neither has seen (Beyer et al. 2022,
    function matching).
    """
    if not examples:
        return []
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
                Example(id=f"{RECAST}-{len(out)}", text=text, lang=first.lang, known={}, context=context, source=SOURCE)
            )
    return out


def _some(text: str, chance: np.random.Generator) -> str:
    """Return one or two sentences of a text that follow one another."""
    ends = list(passages.sentences(text, 0, len(text)))
    first = int(chance.integers(len(ends)))
    return text[ends[first][0] : ends[min(first + int(chance.integers(2)), len(ends) - 1)][1]]


def as_probabilities(scores: Array) -> Array:
    """Return raw scores as probabilities: sentiment's three sum to one, every other column stands alone."""
    return calibration.identity(scores.shape[1]).probabilities(scores, ["*"] * len(scores))


def fingerprint(run: Path, base: Path) -> str:
    """Return a hash of all that decides what a teacher says: its weights, its pieces and how it reads a text.

    Raises ``UsageError`` where the run has no weights or the base is not there.
    """
    weights, pieces = run / "best.pt", base / "tokenizer.json"
    if not weights.is_file():
        raise UsageError(f"the teacher {run} has no weights.", remedy="Name runs that have ended.")
    if not pieces.is_file():
        raise UsageError(f"the base {base} of the teacher {run} is not there.", remedy="See `discourse train base`.")
    of = hashlib.sha256(weights.read_bytes())
    of.update(pieces.read_bytes())
    of.update(json.dumps(_reads(run), sort_keys=True).encode())
    return of.hexdigest()


def _reads(run: Path) -> dict[str, Any]:
    """Return how a run reads a text, as its own recipe says it."""
    own = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    return {name: own[name] for name in ("tokens", "with_context", "precision") if name in own}


def _said(run: Path, base: Path, examples: Sequence[Example], say: Callable[[str], None]) -> Array:
    of = fingerprint(run, base)
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

    recipe = finetune.Recipe(**_reads(run), threads=torch.get_num_threads())
    ready = finetune.Run(run, bases.load(base), recipe)
    try:
        net = ready.best()
    except RuntimeError as error:
        raise UsageError(
            f"the teacher {run} was not begun from {base}.", remedy="Name the base encoder that it was begun from."
        ) from error

    def ask(examples: Sequence[Example]) -> Array:
        with torch.autocast("cpu", torch.bfloat16, enabled=ready.half):
            return finetune.predict(net, ready.encoded(examples))

    return ask


def _key(example: Example) -> str:
    return hashlib.sha256(f"{example.text}\0{example.context or ''}".encode()).hexdigest()


def _kept(file: Path, of: str) -> dict[str, NDArray[np.float16]]:
    """Return what a teacher said before, by the text's hash; nothing when it would say something else now."""
    try:
        with np.load(file) as kept:
            if str(kept["of"]) == of:
                return dict(zip(kept["keys"].tolist(), kept["scores"], strict=True))
    except (OSError, ValueError, zipfile.BadZipFile):  # none is there, or it was cut short: it is asked anew
        pass
    return {}


def _keep(file: Path, of: str, known: dict[str, NDArray[np.float16]]) -> None:
    part = file.with_suffix(f".{os.getpid()}.part.npz")  # two runs may ask one teacher at a time
    np.savez(part, of=np.array(of), keys=np.array(list(known)), scores=np.array(list(known.values())))
    part.replace(file)
