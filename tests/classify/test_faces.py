"""The model inside other people's tools: scikit-learn estimators and a spaCy component."""

from __future__ import annotations

import numpy as np
import spacy
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from discourse import codebook
from discourse.sklearn import ScoreVectors, Tagger

TEXTS = ["Les réfugiés sont logés au gymnase.", "Le club gagne le derby.", "Les loyers montent, dit le maire."]


def test_a_tagger_is_a_classifier() -> None:
    sides = clone(Tagger(task="sentiment", model="baseline")).fit()
    p = sides.predict_proba(TEXTS)
    assert p.shape == (3, 3)
    assert np.allclose(p.sum(1), 1, atol=1e-4)
    assert set(sides.predict(TEXTS)) <= {"negative", "neutral", "positive"}
    concerns = Tagger(task="concern", model="baseline").fit()
    assert concerns.predict(TEXTS).shape == (3, len(codebook.load()["concern"].label_names))
    relevance = Tagger(model="baseline").fit()
    assert relevance.predict_proba([TEXTS[0], (TEXTS[1], "Titre")]).shape == (2, 2)


def test_scores_are_features_of_a_citys_own_labels() -> None:
    own = make_pipeline(ScoreVectors(model="baseline"), LogisticRegression()).fit(TEXTS, [1, 0, 1])
    assert own.predict(TEXTS).tolist() == [1, 0, 1]
    assert own[0].get_feature_names_out()[0] == "relevance"


def test_the_spacy_component_tags_documents() -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("discourse", config={"model": "baseline"})
    docs = list(nlp.pipe([*TEXTS, ""]))
    assert [d.text for d in docs] == [*TEXTS, ""]
    assert set(docs[0]._.discourse) >= {"relevance", "sentiment", "concern", "model"}
    assert docs[0].spans["voices"] is not None
