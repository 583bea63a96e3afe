"""Who is quoted or paraphrased in a passage: quotations, indirect speech and "according to", in five languages.

Rules over short word lists, after Pouliquen, Steinberger and Best (2007); what one word or two in quotation marks say
is no voice. Free indirect speech is left out. Accuracy is measured by ``voices_eval``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from discourse.classify.voices_lexicon import Lexicon, lexicon
from discourse.classify.voices_patterns import Found, read
from discourse.classify.voices_quotes import Range, quotations, sentences
from discourse.classify.voices_reader import Reader
from discourse.classify.voices_speakers import kind_of_speaker, named_kind
from discourse.records import LANGUAGES, Voice

Names = Callable[[str, str], Sequence[Range]]
"""What finds the persons named in a text of a language, such as ``discourse.classify.names.find_names``."""


def find_voices(text: str, lang: str, names: Names | None = None) -> tuple[Voice, ...]:
    """Return the stretches of reported speech of a passage, in order; none in a language other than the five.

    ``names`` helps to tell whom a pronoun stands for; without it a passage costs next to nothing.
    """
    if lang not in LANGUAGES or not text.strip():
        return ()
    lex = lexicon(lang)
    quotes = quotations(text, lang)
    found = [f for s in sentences(text, quotes) for f in read(Reader(text, s, lex))]
    people = names(text, lang) if names and found else ()
    return tuple(_voices(text, _chosen(found), lex, people))


def _chosen(found: list[Found]) -> list[Found]:
    """Return the best finds that do not overlap, in the order of the text."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (-f.rank, f.speech)):
        if not any(one.speech[0] < k.speech[1] and k.speech[0] < one.speech[1] for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.speech)


def _voices(text: str, found: list[Found], lex: Lexicon, people: Sequence[Range] = ()) -> list[Voice]:
    kinds = _kinds(text, found, lex, people)
    return [
        Voice(
            voice=kind,
            start=one.speech[0],
            end=one.speech[1],
            speaker=_words(text, one.speaker),
            cue=_words(text, one.cue),
        )
        for one, kind in zip(found, kinds, strict=True)
    ]


def _kinds(text: str, found: list[Found], lex: Lexicon, people: Sequence[Range]) -> list[str]:
    """Return the kinds of the speakers.

    A quotation that no cue claims goes on with whoever spoke before, or next; a pronoun goes on with who spoke before.
    """
    known = [kind_of_speaker(text, f.near, f.speech, lex, people) if f.speaker else None for f in found]
    out: list[str] = []
    for at, (one, kind) in enumerate(zip(found, known, strict=True)):
        before = next((k for k in reversed(known[:at]) if k), None)
        if kind is None:
            told = named_kind(text[slice(*one.near)], lex) if one.near else None
            after = next((k for k in known[at:] if k), None)
            kind = told or before or after or kind_of_speaker(text, one.near, one.speech, lex, people)
        elif before and lex.has("pronouns", (_words(text, one.speaker) or "").lower()):
            kind = known[at] = before
        out.append(kind)
    return out


def _words(text: str, span: Range | None) -> str | None:
    return text[span[0] : span[1]] if span else None
