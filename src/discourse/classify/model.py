"""A loaded model: texts in, ``Tags`` out, whatever weights stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from discourse import codebook, language
from discourse.classify import calibration, folder
from discourse.classify.gate import Gate, looked_at, open_gate
from discourse.errors import ModelError
from discourse.records import LANGUAGES, Tags, Term, Voice

if TYPE_CHECKING:
    from discourse.classify.encoder import EncoderScorer

MAX_CHARACTERS = 4000
"""A passage is at most some hundred words; what a caller sends beyond this is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TagInput:
    """One text to tag; ``context`` is what it answers, and is never itself labelled."""

    id: str
    text: str
    lang: str | None = None
    context: str | None = None


class Scorer(Protocol):
    """Weights at work: raw scores, shape (texts, labels), in the order of ``Codebook.columns()``."""

    def __call__(self, texts: Sequence[str], contexts: Sequence[str | None]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Finders of voices and terms: ``(text, lang) -> spans``."""

    voices: Callable[[str, str], tuple[Voice, ...]]
    terms: Callable[[str, str], tuple[Term, ...]]


class Model:
    """A model folder at work. ``key`` names model and codebook, and marks what it has tagged in the store."""

    def __init__(
        self,
        where: folder.ModelFolder,
        scorer: Scorer,
        scale: calibration.Calibration,
        spans: Spans,
        *,
        gate: Gate | None = None,
    ) -> None:
        self.folder = where
        self._gate = gate
        self._scorer = scorer
        self.calibration = scale
        self._spans = spans
        self.name = where.full_name
        self.codebook = where.codebook
        self.key = f"{self.name}/{self.codebook}"

    def scores(self, rows: Sequence[TagInput], *, batch: int = 64) -> NDArray[np.float32]:
        """Return raw, uncalibrated scores, shape (rows, labels)."""
        columns = len(self.folder.columns)
        if not rows:
            return np.zeros((0, columns), np.float32)
        texts, contexts = _given(rows)
        order = sorted(range(len(rows)), key=lambda i: len(texts[i]))
        out = np.zeros((len(rows), columns), np.float32)
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            out[part] = self._scorer([texts[i] for i in part], [contexts[i] for i in part])
        return out

    @property
    def has_vectors(self) -> bool:
        """Say whether ``vectors`` can be asked for."""
        return self.folder.format == "encoder"

    def vectors(self, rows: Sequence[TagInput]) -> NDArray[np.float32]:
        """Return the mean vector of each text, shape (rows, width): what the head of an encoder reads.

        Raises ``ModelError`` for a model without vectors.
        """
        from discourse.classify.encoder import EncoderScorer

        if not isinstance(self._scorer, EncoderScorer):
            raise ModelError(f"{self.name} has no vectors.", remedy="Name a model whose format is encoder.")
        return self._scorer.read("vectors", *_given(rows))

    def probabilities(self, rows: Sequence[TagInput], *, batch: int = 64) -> NDArray[np.float32]:
        """Return calibrated probabilities, shape (rows, labels), in the order of ``Codebook.columns()``."""
        return self._calibrated(rows, self.scores(rows, batch=batch), [_language(r) for r in rows])

    def gated_probabilities(self, rows: Sequence[TagInput], *, batch: int = 64) -> NDArray[np.float32]:
        """Return ``probabilities`` with the gate's help: what it finds plainly not about migration is not read."""
        langs = [_language(r) for r in rows]
        scores, _ = self._gated(rows, langs, batch)
        return self._calibrated(rows, scores, langs)

    def doubts(self, tags: Tags) -> tuple[str, ...]:
        """Return the decisions of some tags that a person should look at: ``relevance``, ``sentiment``, ``task.label``.

        The abstention band is in ``calibration.json``, its accuracy within and without in the model card.
        """
        given = [tags.relevance, *(tags.scores[task][label] for task, label in _pairs())]
        found = self.calibration.doubted(np.array([given], np.float32))[0]
        names = ["relevance", *("sentiment" if t == "sentiment" else f"{t}.{label}" for t, label in _pairs())]
        return tuple(dict.fromkeys(name for name, yes in zip(names, found, strict=True) if yes))

    def _calibrated(
        self, rows: Sequence[TagInput], scores: NDArray[np.float32], langs: Sequence[str]
    ) -> NDArray[np.float32]:
        if not rows:
            return scores
        return self.calibration.probabilities(scores, langs)

    def tag(self, rows: Sequence[TagInput], *, batch: int = 64, gate: bool = False) -> list[Tags]:
        """Return the tags of some texts, in their order; every text gets every label.

        With ``gate``, texts that a cheap first look finds plainly not about migration are not read by the encoder:
        they get a low relevance, the other labels' usual probabilities, and no voices or terms. Meant for streams
        where most are such.
        """
        langs = [_language(r) for r in rows]
        scores, read = self._gated(rows, langs, batch) if gate else (self.scores(rows, batch=batch), [True] * len(rows))
        matrix = self._calibrated(rows, scores, langs)
        reach = self._reach(rows, read)
        return [
            self._tags(row, lang, values, spans=go, reach=seen)
            for row, lang, values, go, seen in zip(rows, langs, matrix, read, reach, strict=True)
        ]

    def _reach(self, rows: Sequence[TagInput], read: Sequence[bool]) -> list[int]:
        """Return how many characters of each text its labels rest on; ``read`` says which the scorer has read."""
        from discourse.classify.encoder import EncoderScorer

        out = [len(_cut(r.text)) if go else looked_at(_cut(r.text)) for r, go in zip(rows, read, strict=True)]
        if isinstance(self._scorer, EncoderScorer):
            at = [i for i, go in enumerate(read) if go]
            for i, seen in zip(at, _pieces_reach(self._scorer, [rows[i] for i in at]), strict=True):
                out[i] = seen
        return out

    def _gated(
        self, rows: Sequence[TagInput], langs: Sequence[str], batch: int
    ) -> tuple[NDArray[np.float32], Sequence[bool]]:
        """Return raw scores, and which of the texts the encoder read; a model without a gate reads them all."""
        if self._gate is None or not rows:
            return self.scores(rows, batch=batch), [True] * len(rows)
        passed = self._gate.passes(*_given(rows), langs)
        read = [i for i, go in enumerate(passed) if go]
        out = np.tile(self._gate.prior, (len(rows), 1))
        if read:
            out[read] = self.scores([rows[i] for i in read], batch=batch)
        return out, passed

    def _tags(self, row: TagInput, lang: str, values: NDArray[np.float32], *, spans: bool, reach: int) -> Tags:
        scores: dict[str, dict[str, float]] = {}
        for (task, label), value in zip(_pairs(), values[1:].tolist(), strict=True):
            scores.setdefault(task, {})[label] = round(value, 6)
        return Tags(
            id=row.id,
            lang=lang,
            relevance=round(float(values[0]), 6),
            scores=scores,
            model=self.name,
            codebook=self.codebook,
            voices=self._spans.voices(_cut(row.text), lang) if spans else (),
            terms=self._spans.terms(_cut(row.text), lang) if spans else (),
            warning=_warning(lang, row.text, reach, spans=spans),
        )


def _cut(text: str) -> str:
    """Return what of a text can be read: its beginning, halves of characters (lone surrogates) replaced."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _given(rows: Sequence[TagInput]) -> tuple[list[str], list[str | None]]:
    return [_cut(r.text) for r in rows], [_cut(r.context) if r.context else None for r in rows]


def _language(row: TagInput) -> str:
    return row.lang or language.identify(_cut(row.text), expected=LANGUAGES)


def _pieces_reach(scorer: EncoderScorer, rows: Sequence[TagInput]) -> list[int]:
    """Return how many characters of each text go into the encoder before its pieces are used up."""
    texts, contexts = _given(rows)
    given = [(scorer.prefix + t, c) if c else scorer.prefix + t for t, c in zip(texts, contexts, strict=True)]
    out = []
    for text, found in zip(texts, scorer.tokenizer.encode_batch(given), strict=True):
        ends = [end for (_, end), part in zip(found.offsets, found.sequence_ids, strict=True) if part == 0]
        out.append(max(0, max(ends, default=0) - len(scorer.prefix)) if found.overflowing else len(text))
    return out


def _warning(lang: str, text: str, reach: int, *, spans: bool) -> str | None:
    """Return what a reader of the labels should know, or ``None``: another language, a text not read to its end."""
    said = [] if lang in LANGUAGES else [f"language {lang!r} is not one of the five this model was tested on"]
    whole = len(text.rstrip())
    if reach < whole:
        said.append(f"labels rest on the first {reach} of {whole} characters")
    if spans and whole > MAX_CHARACTERS:
        said.append(f"voices and terms were sought in the first {MAX_CHARACTERS}")
    return "; ".join(said) or None


@lru_cache(maxsize=1)
def _pairs() -> tuple[tuple[str, str], ...]:
    return tuple((task, label) for task in codebook.TASKS[1:] for label in codebook.load()[task].label_names)


@lru_cache(maxsize=4)
def _opened(path: str, stamp: int, threads: int) -> Model:
    where = folder.read(Path(path))
    try:
        scale = calibration.from_json(where.json("calibration.json"))
        return Model(where, _scorer(where, threads), scale, _spans(), gate=open_gate(where))
    except (ModelError, ImportError, MemoryError):
        raise
    except Exception as error:  # a manifest may vouch for a file that is cut; each reader raises kinds of its own
        raise ModelError(f"{path} cannot be loaded ({error!r}).", remedy=folder.FRESH) from error


def _scorer(where: folder.ModelFolder, threads: int) -> Scorer:
    if where.format == "linear":
        from discourse.classify import linear

        return linear.open_scorer(where, threads=threads)
    if where.format == "encoder":
        from discourse.classify import encoder

        return encoder.open_scorer(where, threads=threads)
    raise ModelError(f"{where.path} has the unknown format {where.format!r}.", remedy="Known: linear, encoder.")


def _spans() -> Spans:
    from discourse.classify.terms import find_terms
    from discourse.classify.voices import find_voices

    return Spans(voices=find_voices, terms=find_terms)


def open_model(name: str, *, threads: int = 0) -> Model:
    """Return a loaded model; the same folder is loaded once a process."""
    path = folder.find(name)
    return _opened(str(path), (path / folder.MANIFEST).stat().st_mtime_ns, threads)
