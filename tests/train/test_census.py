"""The census finds what is planted: near-duplicates, sides, openings."""

from __future__ import annotations

from discourse.train import census, corpora
from discourse.train.corpora import Example

TEXT = "le maire ouvre le gymnase aux familles venues de Syrie pour tout un hiver"


def example(name: str, text: str, context: str | None = None) -> Example:
    return Example(id=name, text=text, lang="fr", known={"relevance": 1.0}, context=context, scenario=name)


def test_near_duplicates_are_found_and_answers_to_other_questions_are_none() -> None:
    rows = [
        example("a", TEXT),
        example("b", TEXT + " encore"),
        example("c", "rien à voir avec cela"),
        example("d", TEXT, "Oui ?"),
    ]
    found = census.near_duplicates(rows)
    assert [(a, b) for a, b, _ in found] == [("a", "b")]
    assert found[0][2] > 0.9


def test_the_written_corpus_is_diverse_and_even_handed() -> None:
    found = census.take(corpora.read("discourse-v1"))
    assert found["near_duplicates"] == []
    assert found["distinct_openings"] > 0.9
    assert found["contexts"] >= 60
    sides = [found["labels"][f"sentiment.{s}"]["all"] for s in ("negative", "neutral", "positive")]
    assert max(sides) < 1.1 * min(sides)
    for name, row in found["labels"].items():
        if name.startswith(("concern.", "policy_frame.")):
            rarest, *_, commonest = sorted(row[side] for side in ("supportive", "neutral", "critical"))
            assert rarest > 0.6 * commonest, name
    assert sum(e.known["relevance"] == 0 for e in corpora.read("discourse-v1")) > 0.25 * found["passages"]
    assert "| fr |" in census.markdown(found)


def test_no_task_is_so_easy_that_word_counts_solve_it() -> None:
    found = census.probe(corpora.read("discourse-v1"))
    assert set(found) == {"relevance", "sentiment", *corpora.MULTI}
    assert max(found.values()) < census.EASY
    assert min(found.values()) > 0.05, "the probe learns something of every task"
