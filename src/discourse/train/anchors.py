"""Other people's labelled sets, to be measured on and never learnt from: each through our own labels.

=================  =====================================================  ======================================
set                question                                               answered by
=================  =====================================================  ======================================
x-stance           a candidate for or against migrants (question: its     positive against negative sentiment,
                   context); Immigration rows of the valid split          macro-F1 of pro and anti
StereoImmigrants   victims or threat, of the passages that are either     victim frames and treatment, against
                                                                          threat frames, crime and borders
REMINDER           the article is of economy, labour, security, welfare   the matching frames and concerns
UsVsThem           critical of migrants or not                            sentiment, average precision
=================  =====================================================  ======================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.train import scores
from discourse.train.evaluate import interval
from discourse.train.external import jsonl

Array = NDArray[np.float32]
Ask = Callable[[Sequence[tuple[str, str, str | None]]], Array]
"""``[(text, language, context)] -> probabilities`` of shape (texts, columns)."""

VICTIM = (
    "immigration_frame.victim_humanitarian",
    "immigration_frame.victim_war",
    "immigration_frame.victim_discrimination",
    "immigration_frame.victim_global_economy",
    "concern.treatment_of_migrants",
)
THREAT = (
    "immigration_frame.threat_public_order",
    "immigration_frame.threat_jobs",
    "immigration_frame.threat_fiscal",
    "immigration_frame.threat_national_cohesion",
    "policy_frame.crime_and_punishment",
    "policy_frame.security_and_defense",
    "concern.arrivals_and_borders",
)
REMINDER: Mapping[str, tuple[str, ...]] = {
    "economy": ("policy_frame.economic", "immigration_frame.threat_fiscal"),
    "labour": ("concern.jobs_and_wages", "immigration_frame.hero_worker", "immigration_frame.threat_jobs"),
    "security": (
        "policy_frame.security_and_defense",
        "policy_frame.crime_and_punishment",
        "concern.arrivals_and_borders",
        "concern.crime_and_safety",
    ),
    "welfare": ("concern.welfare_and_public_cost", "concern.public_services", "concern.health_care", "concern.housing"),
}
_COUNTRIES = {"Spain": "es", "UK": "en", "Germany": "de"}
DRAWS = 300


def columns(names: Sequence[str]) -> list[int]:
    """Return where some labels stand in the score vector."""
    known = codebook.load().columns()
    return [known.index(name) for name in names]


def _drawn(measure: Callable[[NDArray[np.int64]], float], groups: Sequence[Any]) -> list[float]:
    """Return the interval of a measure over redrawn groups (speeches, questions)."""
    _, index = np.unique(np.array([str(g) for g in groups]), return_inverse=True)
    members = [np.flatnonzero(index == g) for g in range(index.max() + 1)]
    chance = np.random.default_rng(7)
    found = []
    for _ in range(DRAWS):
        part = chance.integers(0, len(members), len(members))
        found.append(measure(np.concatenate([members[g] for g in part])))
    return interval(np.array(found, np.float32))


def _two_sides(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> Callable[[NDArray[np.int64]], float]:
    return lambda at: (scores.f1(said[at], true[at]) + scores.f1(~said[at], ~true[at])) / 2


def xstance(path: Path, ask: Ask) -> dict[str, Any]:
    """Return macro-F1 of pro and anti by language; what is neither clearly is put on its likelier side."""
    data = [r for r in jsonl(path) if r["topic"] == "Immigration"]
    p = ask([(r["comment"], r["language"], r["question"]) for r in data])
    negative, positive = columns(["sentiment.negative", "sentiment.positive"])
    said = p[:, positive] >= p[:, negative]
    true = np.array([r["stance_toward_migrants"] == "pro" for r in data])
    out = {}
    for lang in ("fr", "de"):
        part = np.array([r["language"] == lang for r in data])
        if not part.any():
            continue
        measure = _two_sides(said[part], true[part])
        groups = [r["question_id"] for r in data if r["language"] == lang]
        every = np.arange(int(part.sum()))
        out[lang] = {"n": len(every), "macro_f1": round(measure(every), 4), "interval": _drawn(measure, groups)}
    return out


def stereoimmigrants(path: Path, ask: Ask) -> dict[str, Any]:
    """Return how often victims and threats are told apart: the larger sum of probabilities decides."""
    kinds = {
        "suffering_victims": True,
        "victims_of_xenophobia": True,
        "collective_threat": False,
        "personal_threat": False,
    }
    data = [r for r in jsonl(path) if r["frame"] in kinds]
    p = ask([(r["text"], "es", None) for r in data])
    weight = p[:, columns(VICTIM)].mean(1) - p[:, columns(THREAT)].mean(1)
    true = np.array([kinds[r["frame"]] for r in data])
    said = weight >= 0
    every = np.arange(len(data))

    def accuracy(at: NDArray[np.int64]) -> float:
        return float((said[at] == true[at]).mean())

    return {
        "n": len(data),
        "accuracy": round(accuracy(every), 4),
        "interval": _drawn(accuracy, [r["speech"] for r in data]),
        "ap": round(scores.average_precision(weight, true.astype(np.float32)), 4),
    }


def reminder(path: Path, ask: Ask) -> dict[str, Any]:
    """Return F1 and average precision of each topic over headlines in our languages (labels are of whole articles)."""
    data = [r for r in jsonl(path) if r["country"] in _COUNTRIES]
    p = ask([(r["headline"], _COUNTRIES[r["country"]], None) for r in data])
    out: dict[str, Any] = {"n": len(data)}
    for name, ours in REMINDER.items():
        score = p[:, columns(ours)].max(1)
        true = np.array([r[name] == 1 for r in data])
        measure = _two_sides(score >= 0.5, true)
        out[name] = {
            "positives": int(true.sum()),
            "f1": round(scores.f1(score >= 0.5, true), 4),
            "macro_f1": round(measure(np.arange(len(data))), 4),
            "interval": _drawn(measure, [r["id"] for r in data]),
            "ap": round(scores.average_precision(score, true.astype(np.float32)), 4),
        }
    return out


def usvsthem(path: Path, ask: Ask) -> dict[str, Any]:
    """Return how well negative sentiment finds comments that are critical or discriminatory."""
    data = list(jsonl(path))
    p = ask([(r["text"], "en", None) for r in data])
    negative, positive = columns(["sentiment.negative", "sentiment.positive"])
    score = p[:, negative] - p[:, positive]
    true = np.array([bool(r["critical_or_discriminatory"]) for r in data])

    def precision(at: NDArray[np.int64]) -> float:
        return scores.average_precision(score[at], true[at].astype(np.float32))

    return {
        "n": len(data),
        "critical": int(true.sum()),
        "ap": round(precision(np.arange(len(data))), 4),
        "interval": _drawn(precision, [r["id"] for r in data]),
        "correlation": round(float(np.corrcoef(score, [r["scale"] for r in data])[0, 1]), 4),
    }


SETS: Mapping[str, tuple[str, Callable[[Path, Ask], dict[str, Any]]]] = {
    "xstance": ("stance/xstance_valid.jsonl", xstance),
    "stereoimmigrants": ("frames/stereoimmigrants_es.jsonl", stereoimmigrants),
    "reminder": ("frames/reminder_headlines.jsonl", reminder),
    "usvsthem": ("stance/usvsthem_valid_en.jsonl", usvsthem),
}


def measure(data: Path, ask: Ask) -> dict[str, Any]:
    """Return the measures of every set that is found under a folder."""
    return {name: read(data / file, ask) for name, (file, read) in SETS.items() if (data / file).is_file()}
