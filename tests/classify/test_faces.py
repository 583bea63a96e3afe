"""The model inside other people's tools: scikit-learn estimators and a spaCy component."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import discourse
from discourse import codebook
from discourse.classify import folder
from discourse.sklearn import ScoreVectors, Tagger, TextVectors

MODELS = pytest.mark.parametrize("model", ["baseline", "default"])
TEXTS = ["Les réfugiés sont logés au gymnase.", "Le club gagne le derby.", "Les loyers montent, dit le maire."]


@MODELS
def test_a_tagger_is_a_classifier(model: str) -> None:
    sides = clone(Tagger(task="sentiment", model=model)).fit()
    p = sides.predict_proba(TEXTS)
    assert p.shape == (3, 3)
    assert np.allclose(p.sum(1), 1, atol=1e-4)
    assert set(sides.predict(TEXTS)) <= {"negative", "neutral", "positive"}
    concerns = Tagger(task="concern", model=model).fit()
    assert concerns.predict(TEXTS).shape == (3, len(codebook.load()["concern"].label_names))
    relevance = Tagger(model=model).fit()
    assert relevance.predict_proba([TEXTS[0], (TEXTS[1], "Titre")]).shape == (2, 2)


@MODELS
def test_scores_are_features_of_a_citys_own_labels(model: str) -> None:
    own = make_pipeline(ScoreVectors(model=model), LogisticRegression()).fit(TEXTS, [1, 0, 1])
    assert own.predict(TEXTS).tolist() == [1, 0, 1]
    assert own[0].get_feature_names_out()[0] == "relevance"


@MODELS
def test_the_spacy_component_tags_documents(model: str) -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("discourse", config={"model": model})
    docs = list(nlp.pipe([*TEXTS, ""]))
    assert [d.text for d in docs] == [*TEXTS, ""]
    assert set(docs[0]._.discourse) >= {"relevance", "sentiment", "concern", "model"}
    assert docs[0]._.discourse["model"] == folder.find(model).name
    assert docs[0].spans["voices"] is not None


def test_all_faces_say_the_same_and_take_the_default_model_unasked() -> None:
    rows = discourse.tag([{"text": t, "lang": "fr"} for t in TEXTS])
    nlp = spacy.blank("fr")
    nlp.add_pipe("discourse")
    docs = [doc._.discourse for doc in nlp.pipe(TEXTS)]
    tagger = Tagger().fit()
    assert {r["model"] for r in [*rows, *docs]} == {tagger.model_.name} == {folder.find("default").name}
    assert [d["concern"] for d in docs] == [r["concern"] for r in rows]
    relevance = [r["relevance"] for r in rows]
    assert np.allclose(tagger.predict_proba(TEXTS)[:, 1], relevance, atol=1e-3)
    assert relevance[0] > 0.5 > relevance[1]
    assert TextVectors().fit().transform(TEXTS).shape == (3, 384)
