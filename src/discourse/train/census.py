"""Measure a corpus: sizes, labels by side, lengths, openings, vocabulary, near-duplicates, leaks between splits.

``python -m discourse.train.census [CORPUS]`` prints it as Markdown; so that no task is too easy, a TF-IDF of words is
tried on it as well.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from discourse import codebook
from discourse.train import corpora, scores, targets
from discourse.train.corpora import Example

_WORD = re.compile(r"\w+")
SHINGLE = 3
NEAR = 0.8
EASY = 0.9
"""A task on which word n-grams alone reach more macro-F1 than this needs harder cases."""


def words(text: str) -> list[str]:
    """Return the lower-case words of a text."""
    return _WORD.findall(text.lower())


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the word 3-grams of a text; a shorter text is one shingle."""
    found = words(text)
    return frozenset(tuple(found[i : i + SHINGLE]) for i in range(max(1, len(found) - SHINGLE + 1)))


def near_duplicates(rows: Sequence[Example], *, least: float = NEAR) -> list[tuple[str, str, float]]:
    """Return the pairs of ids whose shingles overlap at least so much (Jaccard); contexts must be the same too."""
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sets = [shingles(e.text) for e in rows]
    found = []
    for i, own in enumerate(sets):
        shared = Counter(j for s in own for j in index[s])
        for j, count in shared.items():
            overlap = count / len(own | sets[j])
            if overlap >= least and rows[i].context == rows[j].context:
                found.append((rows[j].id, rows[i].id, round(overlap, 3)))
        for s in own:
            index[s].append(i)
    return found


def take(rows: Sequence[Example]) -> dict[str, Any]:
    """Return the measures of a corpus as plain values."""
    by_lang = {lang: [e for e in rows if e.lang == lang] for lang in sorted({e.lang for e in rows})}
    openings = Counter(" ".join(words(e.text)[:3]) for e in rows)
    return {
        "passages": len(rows),
        "splits": dict(Counter(e.split for e in rows)),
        "kinds": dict(Counter(e.kind for e in rows)),
        "scenarios": len({e.scenario for e in rows}),
        "contexts": len({e.context for e in rows if e.context}),
        "distinct_openings": round(len(openings) / len(rows), 4),
        "near_duplicates": near_duplicates(rows),
        "languages": {lang: _language(part) for lang, part in by_lang.items()},
        "labels": _labels(rows),
    }


def _language(rows: Sequence[Example]) -> dict[str, Any]:
    every = [w for e in rows for w in words(e.text)]
    lengths = sorted(len(e.text.split()) for e in rows)
    sample = every[:20_000]
    return {
        "passages": len(rows),
        "not_relevant": round(sum(e.known["relevance"] == 0 for e in rows) / len(rows), 4),
        "with_context": sum(e.context is not None for e in rows),
        "with_voices": sum(bool(e.voices) for e in rows),
        "words_median": lengths[len(lengths) // 2],
        "words_range": [lengths[0], lengths[-1]],
        "types_per_20000_words": len(set(sample)),
    }


def _labels(rows: Sequence[Example]) -> dict[str, dict[str, int]]:
    known = targets.of(rows)
    french = [e.lang == "fr" for e in rows]
    out = {}
    for column, name in enumerate(codebook.load().columns()):
        yes = known.values[:, column] > 0.5
        sides = (int((yes & (known.values[:, c] > 0.5)).sum()) for c in (3, 2, 1))
        out[name] = {
            "all": int(yes.sum()),
            "fr": int(yes[french].sum()),
            **dict(zip(("supportive", "neutral", "critical"), sides, strict=True)),
        }
    return out


def probe(rows: Sequence[Example]) -> dict[str, float]:
    """Return the macro-F1 by task that a TF-IDF of word 1- and 2-grams, learnt on train, reaches on dev."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    parts = {split: [e for e in rows if e.split == split] for split in ("train", "dev")}
    known = {split: targets.of(part) for split, part in parts.items()}
    read = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    features = {"train": read.fit_transform([e.text for e in parts["train"]])}
    features["dev"] = read.transform([e.text for e in parts["dev"]])
    names, found = codebook.load().columns(), defaultdict(list)
    for column, name in enumerate(names):
        at, true = known["train"].column(column)
        model = LogisticRegression(C=4.0, class_weight="balanced", solver="liblinear", random_state=13)
        model.fit(features["train"][at], true > 0.5)
        here, wanted = known["dev"].column(column)
        said = model.predict(features["dev"][here])
        score = scores.f1(said, wanted > 0.5)
        if name.startswith("relevance"):
            score = (score + scores.f1(~said, wanted <= 0.5)) / 2
        found[name.split(".")[0]].append(score)
    return {task: round(sum(values) / len(values), 3) for task, values in found.items()}


def markdown(found: dict[str, Any]) -> str:
    """Return the measures as two Markdown tables and a few lines."""
    lines = [
        f"{found['passages']} passages, {found['scenarios']} scenarios, {found['contexts']} different contexts; "
        + ", ".join(f"{k} {v}" for k, v in found["splits"].items())
        + f"; distinct openings (three words) {found['distinct_openings']:.3f}; "
        f"near-duplicates (Jaccard of word 3-grams from {NEAR}, same context): {len(found['near_duplicates'])}.",
        "",
        "| language | passages | not relevant | with context | with voices | words (median, range) "
        "| types in 20,000 words |",
        "|---|---|---|---|---|---|---|",
    ]
    for lang, row in found["languages"].items():
        low, high = row["words_range"]
        lines.append(
            f"| {lang} | {row['passages']} | {row['not_relevant']:.0%} | {row['with_context']} "
            f"| {row['with_voices']} | {row['words_median']}, {low}-{high} | {row['types_per_20000_words']} |"
        )
    lines += ["", "| label | all | fr | supportive | neutral | critical |", "|---|---|---|---|---|---|"]
    for name, row in found["labels"].items():
        lines.append(f"| {name} | " + " | ".join(str(v) for v in row.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    passages = corpora.read(sys.argv[1] if len(sys.argv) > 1 else "discourse-v1")
    sys.stdout.write(markdown(take(passages)) + "\n\n| task | macro-F1 of word n-grams on dev |\n|---|---|\n")
    sys.stdout.writelines(f"| {task} | {score:.3f} |\n" for task, score in probe(passages).items())
