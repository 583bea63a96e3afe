"""Who is quoted or paraphrased in a passage: quotations, indirect speech and "according to", in five languages.

Rules over short word lists, after Pouliquen, Steinberger and Best (2007); what one word or two in quotation marks say
is no voice. Free indirect speech is left out. Accuracy is measured by ``voices_eval``.
"""

from __future__ import annotations

from discourse.classify.voices_lexicon import Lexicon, lexicon
from discourse.classify.voices_patterns import Found, read
from discourse.classify.voices_quotes import Range, quotations, sentences
from discourse.classify.voices_reader import Reader
from discourse.classify.voices_speakers import kind_of_speaker
from discourse.records import LANGUAGES, Voice


def find_voices(text: str, lang: str) -> tuple[Voice, ...]:
    """Return the stretches of reported speech of a passage, in order; none in a language other than the five."""
    if lang not in LANGUAGES or not text.strip():
        return ()
    lex = lexicon(lang)
    quotes = quotations(text, lang)
    found = [f for s in sentences(text, quotes) for f in read(Reader(text, s, lex))]
    return tuple(_voices(text, _chosen(found), lex))


def _chosen(found: list[Found]) -> list[Found]:
    """Return the best finds that do not overlap, in the order of the text."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (-f.rank, f.speech)):
        if not any(one.speech[0] < k.speech[1] and k.speech[0] < one.speech[1] for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.speech)


def _voices(text: str, found: list[Found], lex: Lexicon) -> list[Voice]:
    out = []
    for one in found:
        out.append(
            Voice(
                voice=kind_of_speaker(text, one.near, one.speech, lex),
                start=one.speech[0],
                end=one.speech[1],
                speaker=_words(text, one.speaker),
                cue=_words(text, one.cue),
            )
        )
    return out


def _words(text: str, span: Range | None) -> str | None:
    return text[span[0] : span[1]] if span else None
