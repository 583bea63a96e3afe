"""The headline: at most five sentences, each a figure with its interval and its change; chosen by rule from numbers.

Order: how much is said; then the (at most two) surest changes of the week; then the leading concern, the tone and
how often migrants are heard, as far as five sentences reach. Where nothing left its usual range one
sentence says just that. No sentence names a cause, and none compares outlets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from discourse.records import Figure
from discourse.report.value import Sentence

MOST = 5
TASKS = ("concern", "policy_frame", "sentiment", "immigration_frame", "voice", "narrative")


class Figures(Protocol):
    """What the rule asks of a report: one figure, and the figures of a task."""

    def one(self, task: str, label: str) -> Figure | None:
        """Return one figure of the week."""

    def of(self, task: str) -> list[Figure]:
        """Return the week's figures of a task."""


def headline(week: Figures) -> tuple[Sentence, ...]:
    """Return the sentences of a week."""
    stories = week.one("attention", "stories")
    if stories is None or stories.count == 0:
        return (Sentence(key="nothing"),)
    moved = changes(week)[:2]
    out = [_attention(week, stories)]
    out += [Sentence(key="moved", figures=(f,)) for f in moved]
    out += _still(week, stories) if not moved else []
    out += _standing(week, moved)
    return tuple(out[:MOST])


def _attention(week: Figures, stories: Figure) -> Sentence:
    share = week.one("attention", "share")
    return Sentence(key="attention", figures=(stories, share) if share and share.share is not None else (stories,))


def changes(week: Figures) -> list[Figure]:
    """Return what detectably moved this week among all texts, the surest first; of sentiment only one label."""
    found = [f for task in TASKS for f in week.of(task) if f.change in ("higher", "lower")]
    found.sort(key=lambda f: (f.q if f.q is not None else 1.0, TASKS.index(f.task), f.label))
    sentiment = [f for f in found if f.task == "sentiment"][1:]
    return [f for f in found if f not in sentiment]


def _still(week: Figures, stories: Figure) -> list[Sentence]:
    """Return the sentence for a week in which no share moved, or could be seen to move."""
    judged = [f for task in TASKS for f in week.of(task)]
    compared = sum(f.change == "none" for f in judged)
    if compared:
        return [Sentence(key="still", values={"n": compared})]
    if any(f.change == "too_few" or not f.enough for f in judged):
        return [Sentence(key="few", figures=tuple(judged[:1]))]
    if any(f.change == "break" for f in judged):
        return [Sentence(key="break")]
    return [Sentence(key="no_baseline", values={"n": stories.base_weeks})]


def _standing(week: Figures, said: Sequence[Figure]) -> list[Sentence]:
    """Return the leading concern, the tone, and how often migrants are heard, where there is enough to say so."""
    out = []
    concerns = [f for f in week.of("concern") if f.enough and f.share is not None]
    if concerns:
        top = max(concerns, key=lambda f: (f.share or 0.0, f.label))
        out += [Sentence(key="concern", figures=(top,))] if top not in said else []
    tone = [week.one("sentiment", side) for side in ("positive", "negative")]
    both = tuple(f for f in tone if f is not None and f.enough and f.share is not None)
    if len(both) == 2 and not set(both) & set(said):
        out.append(Sentence(key="tone", figures=both))
    heard = week.one("voice", "migrant")
    if heard is not None and heard.enough and heard.share is not None and heard not in said:
        out.append(Sentence(key="heard", figures=(heard,)))
    return out
