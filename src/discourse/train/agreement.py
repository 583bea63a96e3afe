"""Bare answers: what "Yes, at last." says of migrants can be told from its question alone.

``corpora/agreement-v1`` holds questions on migration, each with the side that a *yes* to it takes, and ways to say
yes, no or neither. An example joins one of each; nobody would write so many pairs by hand, and no single one of them is
worth reading. A question and a way of answering are of one split, and a pair is made within its split. Models learn
from those of the train split; ``discourse.train.counterfactual`` measures by those of the test split.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from discourse.errors import CorpusError
from discourse.train import corpora, outside
from discourse.train.corpora import Example

NAME = "agreement-v1"
_OTHER = {"positive": "negative", "negative": "positive"}
_Row = TypeVar("_Row")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question or a demand; ``yes`` is the side toward migrants of whoever says yes to it."""

    id: str
    lang: str
    split: str
    text: str
    yes: Literal["positive", "negative"]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What texts of other corpora answer; ``yes`` is ``neutral`` where it takes no side, ``other`` off the subject."""

    id: str
    lang: str
    text: str
    yes: Literal["positive", "negative", "neutral", "other"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A way to answer, or a part of one: ``whole`` stands alone, a ``reason`` too, a ``tail`` only behind another."""

    lang: str
    split: str
    says: Literal["yes", "no", "open", "any"]
    part: Literal["whole", "reason", "tail"]
    text: str


def questions() -> list[Question]:
    """Return the questions in file order; raise ``CorpusError`` naming the line that is wrong."""
    return _read("questions", Question)


def contexts() -> list[Context]:
    """Return what texts of other corpora answer; raise ``CorpusError`` naming the line that is wrong."""
    return _read("contexts", Context)


def asked() -> dict[str, str]:
    """Return the side of a bare yes, by question or other context, none of them of a dev or test split."""
    known: dict[str, str] = {c.text: "neutral" if c.yes == "other" else c.yes for c in contexts()}
    return known | {q.text: q.yes for q in questions() if q.split == "train"}


def answers() -> list[Answer]:
    """Return the ways of answering in file order; raise ``CorpusError`` naming the line that is wrong."""
    return _read("answers", Answer)


def examples(split: str, *, each: int = 6) -> list[Example]:
    """Return ``each`` answers of yes and of no to every question of a split, and a third as many of neither.

    Drawn by the question's id: the same on every machine. Relevance and sentiment are known, nothing else.
    """
    return _joined([q for q in questions() if q.split == split], split, each)


def to_contexts(*, each: int = 1) -> list[Example]:
    """Return bare answers, as ``examples`` does, to those contexts of other corpora to which a yes takes a side."""
    sided = [
        Question(id=c.id, lang=c.lang, split="train", text=c.text, yes=c.yes)
        for c in contexts()
        if c.yes in ("positive", "negative")
    ]
    return _joined(sided, "train", each)


def _joined(asked_for: Sequence[Question], split: str, each: int) -> list[Example]:
    ways: dict[tuple[str, str, str], list[str]] = {}
    for a in answers():
        if a.split == split:
            ways.setdefault((a.lang, a.says, a.part), []).append(a.text)
    out = []
    for question in asked_for:
        draw = random.Random(question.id)
        for says, many in (("yes", each), ("no", each), ("open", max(each // 3, 1))):
            side = {"yes": question.yes, "no": _OTHER[question.yes]}.get(says, "neutral")
            for text in sorted({_said(ways, question.lang, says, draw) for _ in range(many)}):
                out.append(_example(question, text, side))
    return out


def _said(ways: dict[tuple[str, str, str], list[str]], lang: str, says: str, draw: random.Random) -> str:
    whole, reasons = ways[lang, says, "whole"], ways.get((lang, says, "reason"), [])
    shape = draw.random()
    if reasons and shape < 0.2:
        return draw.choice(reasons)
    second = reasons if reasons and shape < 0.6 else ways[lang, "any", "tail"] if shape > 0.75 else None
    return draw.choice(whole) + (" " + draw.choice(second) if second else "")


def _example(question: Question, text: str, side: str) -> Example:
    return Example(
        id=f"{question.id}:{text}",
        text=text,
        lang=question.lang,
        known={"relevance": 1.0} | outside.side(side),
        context=question.text,
        split=question.split,
        scenario=question.id,
        kind="interview",
        source=NAME,
        yes=question.yes,
    )


def _read(name: str, kind: type[_Row]) -> list[_Row]:
    file = corpora.folder(NAME) / f"{name}.jsonl"
    out = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            out.append(kind(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise CorpusError(f"{file.name}, line {number}: {error}.", remedy="Take a fresh copy.") from error
    return out
