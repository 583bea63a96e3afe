"""Contested terms of a passage, from a lexicon."""

from __future__ import annotations

from discourse.records import Term


def find_terms(text: str, lang: str) -> tuple[Term, ...]:
    """Return the contested terms of a passage, in order."""
    return ()
