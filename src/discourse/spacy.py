"""A spaCy component: ``nlp.add_pipe("discourse")`` puts the tags of a document into ``doc._.discourse``.

Voices and terms are also there as span groups, ``doc.spans["voices"]`` and ``doc.spans["terms"]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

if TYPE_CHECKING:
    from discourse.records import Tags

BATCH = 64
_LANGUAGE_OF_ALL = "xx"


class Discourse:
    """Tags documents; the language is that of the pipeline, ``xx`` means that it is identified."""

    def __init__(self, lang: str, model: str) -> None:
        from discourse.classify import load

        if not Doc.has_extension("discourse"):
            Doc.set_extension("discourse", default=None)
        self._lang = None if lang == _LANGUAGE_OF_ALL else lang
        self._model = load(model)

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = BATCH) -> Iterator[Doc]:
        """Yield documents with their tags, read in batches."""
        from discourse.classify import TagInput

        source = iter(stream)
        while docs := list(islice(source, batch_size)):
            rows = [TagInput(id=str(i), text=doc.text or " ", lang=self._lang) for i, doc in enumerate(docs)]
            for doc, tags in zip(docs, self._model.tag(rows), strict=True):
                _put(doc, tags)
                yield doc


def _put(doc: Any, tags: Tags) -> None:
    doc._.discourse = {
        "relevance": tags.relevance,
        **{task: dict(row) for task, row in tags.scores.items()},
        "model": tags.model,
        "codebook": tags.codebook,
    }
    for name, found in (("voices", tags.voices), ("terms", tags.terms)):
        spans = [_span(doc, s.start, s.end, getattr(s, "voice", "term")) for s in found]
        doc.spans[name] = [s for s in spans if s is not None]


def _span(doc: Any, start: int, end: int, label: str) -> Any:
    return doc.char_span(start, end, label=label, alignment_mode="expand")


@Language.factory("discourse", default_config={"model": "default"})  # type: ignore[untyped-decorator]
def make_component(nlp: Language, name: str, model: str) -> Discourse:
    """Return the component; ``model`` names a folder of ``models/``."""
    return Discourse(nlp.lang, model)
