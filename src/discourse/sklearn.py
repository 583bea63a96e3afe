"""scikit-learn estimators over a model folder: labels, probabilities and vectors inside anyone's pipeline.

>>> from discourse.sklearn import Tagger
>>> Tagger(task="concern").fit(None).predict(["Les loyers montent."])          # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from discourse import codebook
from discourse.classify import TagInput, load

Array = NDArray[np.float32]
Text = str | tuple[str, str | None]
"""A text, or a text with its context."""


def _inputs(texts: Iterable[Text]) -> list[TagInput]:
    pairs = [(t, None) if isinstance(t, str) else t for t in texts]
    return [TagInput(id=str(i), text=text or " ", context=context) for i, (text, context) in enumerate(pairs)]


class Tagger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The labels of one task as a ready classifier; ``fit`` loads the model and learns nothing.

    ``classes_`` are the label names. A one-of-several task predicts names, the others a 0/1 matrix of shape
    (texts, labels).
    """

    def __init__(self, task: str = "relevance", model: str = "default") -> None:
        self.task = task
        self.model = model

    def fit(self, X: Any = None, y: Any = None) -> Tagger:
        """Load the model and return self."""
        self.model_ = load(self.model)
        self.classes_ = np.array(codebook.load()[self.task].label_names)
        names = codebook.load().columns()
        wanted = ["relevance"] if self.task == "relevance" else [f"{self.task}.{c}" for c in self.classes_]
        self.columns_ = [names.index(name) for name in wanted]
        return self

    def predict_proba(self, X: Iterable[Text]) -> Array:
        """Return calibrated probabilities, shape (texts, labels); for relevance (texts, 2): no, yes."""
        p = self.model_.probabilities(_inputs(X))[:, self.columns_]
        return np.concatenate([1 - p, p], axis=1) if self.task == "relevance" else p

    def predict(self, X: Iterable[Text]) -> NDArray[Any]:
        """Return the decisions: booleans for relevance, names for sentiment, a 0/1 matrix for the rest."""
        p = self.predict_proba(X)
        if self.task == "relevance":
            return np.asarray(p[:, 1] >= 0.5)
        if codebook.load()[self.task].shape == "single":
            return np.asarray(self.classes_[p.argmax(1)])
        return (p >= 0.5).astype(np.int8)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")


class ScoreVectors(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Raw scores of every label as features, shape (texts, labels): a start for a city's own labels.

    >>> make_pipeline(ScoreVectors(), LogisticRegression()).fit(texts, own_labels)     # doctest: +SKIP
    """

    def __init__(self, model: str = "default") -> None:
        self.model = model

    def fit(self, X: Any = None, y: Any = None) -> ScoreVectors:
        """Load the model and return self."""
        self.model_ = load(self.model)
        return self

    def transform(self, X: Sequence[Text]) -> Array:
        """Return the raw scores of texts."""
        return self.model_.scores(_inputs(X))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the columns: ``relevance``, then ``task.label``."""
        return np.array(codebook.load().columns())

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")


class TextVectors(ScoreVectors):
    """Mean vectors of the encoder as features, shape (texts, width): for labels that the codebook does not have."""

    def transform(self, X: Sequence[Text]) -> Array:
        """Return the vectors of texts."""
        return self.model_.vectors(_inputs(X))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the columns: ``vector0`` and so on."""
        width = self.model_.folder.json("config.json")["hidden_size"]
        return np.array([f"vector{i}" for i in range(width)])
