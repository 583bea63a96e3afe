"""Where a sentence reports speech: the speech, who is said to have said it, and the words that say so.

Five shapes are known: speaker, cue, speech; speech, cue, speaker; "according to"; a name and a colon; a quotation
whose sentence names a person. They are tried on words, not on parses, so that they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from discourse.classify.voices_lexicon import matches
from discourse.classify.voices_quotes import Range, word_count
from discourse.classify.voices_reader import MAX_SUBJECT, Cue, Reader
from discourse.classify.voices_speakers import has_office, has_role, is_person


@dataclass(frozen=True, slots=True)
class Found:
    """One possible voice; a higher ``rank`` wins where two overlap. ``near`` is what tells who the speaker is."""

    speech: Range
    speaker: Range | None
    cue: Range | None
    rank: int
    near: Range | None = None


def read(reader: Reader) -> Iterator[Found]:
    """Yield every possible voice of a sentence."""
    yield from _according(reader)
    for cue in reader.cues():
        found = _inverted(reader, cue) or _plain(reader, cue) or _verb_second(reader, cue)
        if found and _stands(reader, found):
            yield found
    yield from _colon(reader)
    yield from _bare_quotes(reader)


def _stands(r: Reader, found: Found) -> bool:
    """Return whether speech without marks and without a clause of its own comes from somebody whose office is named.

    What "he" or "a woman" asks for or fears is told as an act more often than as words (about one in ten was marked).
    """
    return found.rank > 3 or found.speaker is None or has_office(r.text, found.speaker, r.lex)


def _found(r: Reader, cue: Cue, subject: Range, speech: tuple[Range, int] | None) -> Found | None:
    return Found(speech[0], subject, r.span(cue.start, cue.end), speech[1], subject) if speech else None


# -- speaker, cue, speech ---------------------------------------------------------------------------------------------


def _plain(r: Reader, cue: Cue) -> Found | None:
    place = _subject_before(r, cue.start)
    if place is None:
        return None
    first, last = place
    subject = r.span(first, last)
    if subject is None:
        return None
    speech = _speech_before(r, first, cue) or _speech_after(r, cue, cue.end)
    if not is_person(r.text, subject, r.lex) and not (speech and speech[1] >= 4 and _some_one(r, first, last)):
        return None
    if (
        speech
        and speech[1] == 2
        and (last - first > 10 or r.one_of(r.lex.words["auxiliaries"], first, last) is not None)
    ):
        return None
    return _found(r, cue, subject, speech)


def _some_one(r: Reader, first: int, last: int) -> bool:
    """Return whether a short noun phrase stands where a speaker would ("un batelier"), whoever that is."""
    return last - first <= 6 and r.lex.has("determiners", r.words[first])


def _subject_before(r: Reader, at: int) -> tuple[int, int] | None:
    """Return the tokens before a cue that name who speaks; nothing when the writer does, or nobody is named."""
    last = at
    while last > 0 and (r.lex.has("skip", r.words[last - 1]) or r.lex.has("auxiliaries", r.words[last - 1])):
        last -= 1
    if last and (r.lex.has("writer", r.words[last - 1]) or r.lex.has("relatives", r.words[last - 1])):
        return None
    first = max(r.clause_start(last), last - MAX_SUBJECT)
    for k in range(first, last - 1):
        if r.lex.has("cuts", r.words[k]):
            first = k + 1
    first = _nominal_start(r, first, last)
    return (first, last) if first < last else None


def _nominal_start(r: Reader, first: int, last: int) -> int:
    """Return where the name of the speaker begins: after "Hier à Lyon," and the like."""
    for k in range(last - 2, first, -1):
        if r.words[k] == "," and r.opens_name(r.tokens[k + 1]):
            before, after = r.span(first, k), r.span(k + 1, last)
            if (
                after
                and is_person(r.text, after, r.lex)
                and not (before and has_role(r.text, before, r.lex, start=True))
            ):
                return k + 1
    return first


def _speech_before(r: Reader, first: int, cue: Cue) -> tuple[Range, int] | None:
    """Return the speech before a speaker and a cue, as in "Costs will double, the office says."."""
    comma = first > 0 and r.words[first - 1] == ","
    end = first - 1 if comma else first
    if end > 0 and r.tokens[end - 1].is_quote and (comma or _quote_ends_with_comma(r, end - 1)):
        return (r.quote_span(end - 1), 6)
    after = r.words[cue.end] if cue.end < len(r.words) else "."
    closes = after[0] in ".;,!?…" or (r.lex.lang == "en" and r.words[cue.start] in ("tells", "told", "wrote", "warns"))
    if not comma or not closes or cue.broad:
        return None
    span = r.span(_speech_start(r, end), end)
    return (span, 3) if span and word_count(r.text, span) >= 4 else None


def _quote_ends_with_comma(r: Reader, k: int) -> bool:
    return r.text[slice(*r.quote_span(k))].rstrip("”’\"'»“ ")[-1:] == ","


def _speech_start(r: Reader, end: int) -> int:
    at = end
    while at > 0 and r.words[at - 1] != ";":
        at -= 1
    return at


def _speech_after(r: Reader, cue: Cue, end: int) -> tuple[Range, int] | None:
    at = r.skip(end)
    if at >= len(r.words):
        return None
    colon = r.one_of(frozenset(":"), at, at + 9)
    quote = r.quote_from(at, 14)
    if colon is not None and (quote is None or quote > colon):
        return _after_colon(r, colon) if not cue.broad or r.quote_from(colon, 1) else None
    that = r.one_of(r.lex.words["that"], at, at + 7)
    if that is not None and not cue.broad and (quote is None or that < quote) and not _crosses(r, at, that):
        return _sized(r, that, r.clause_end(that), 4)
    if quote is not None:
        return _quoted(r, cue, at, quote)
    return None if cue.broad else _complement(r, at)


def _quoted(r: Reader, cue: Cue, at: int, quote: int) -> tuple[Range, int] | None:
    """Return a quotation after a cue, with the words that lead up to it when they are part of what is said."""
    if quote - at <= 2:
        return (r.quote_span(quote), 6) if r.long_enough(quote) or (quote == at and not cue.broad) else None
    if cue.broad:
        return (r.quote_span(quote), 6) if r.long_enough(quote) else None
    start = at + 1 if r.words[at] == "," else at
    span = r.span(start, max(quote + 1, r.clause_end(quote) if not r.long_enough(quote) else quote + 1))
    return (span, 4) if span else None


def _crosses(r: Reader, first: int, last: int) -> bool:
    return "," in r.words[first:last] and r.lex.lang != "de"


def _after_colon(r: Reader, colon: int) -> tuple[Range, int] | None:
    if colon + 1 >= len(r.words):
        return None
    if r.tokens[colon + 1].is_quote:
        return r.quote_span(colon + 1), 6
    return _sized(r, colon + 1, len(r.words), 4)


def _complement(r: Reader, at: int) -> tuple[Range, int] | None:
    """Return what is announced, asked for or denied, where no clause and no quotation says it."""
    if r.words[at] == ",":
        if r.lex.lang != "de":
            return None
        return _sized(r, at + 1, r.clause_end(at), 4)
    if at < len(r.words) and r.lex.has("and", r.words[at]):
        return None
    return _sized(r, at, _next_speaker(r, at), 2)


def _next_speaker(r: Reader, at: int) -> int:
    """Return where what is announced ends: with its clause, or where somebody else speaks ("..., the council asks")."""
    end = r.clause_end(at)
    for cue in r.cues():
        commas = [k for k in range(at + 1, min(cue.start, end)) if r.words[k] == ","]
        if at < cue.start < end and commas and _named_between(r, commas[-1] + 1, cue.start):
            return commas[-1]
    return end


def _named_between(r: Reader, first: int, last: int) -> bool:
    span = r.span(first, last)
    return span is not None and has_role(r.text, span, r.lex, start=True)


def _sized(r: Reader, first: int, last: int, rank: int) -> tuple[Range, int] | None:
    span = r.span(first, last)
    return (span, rank) if span and word_count(r.text, span) >= 2 else None


def _verb_second(r: Reader, cue: Cue) -> Found | None:
    """Return the voice of a German sentence whose speaker follows the verb ("Gestern kündigte die Stadt an, ...")."""
    if r.lex.lang != "de" or cue.start == 0 or r.words[cue.start - 1] in (";", ":"):
        return None
    end = r.name_end(cue.end)
    speaker = r.span(cue.end, end)
    if speaker is None or not is_person(r.text, speaker, r.lex):
        return None
    return _found(r, cue, speaker, _speech_after(r, cue, end))


# -- speech, cue, speaker ---------------------------------------------------------------------------------------------


def _inverted(r: Reader, cue: Cue) -> Found | None:
    before = _before_inversion(r, cue)
    if before is None:
        return None
    speaker, end = _speaker_after(r, cue.end)
    if speaker is None or (cue.broad and not (r.long_enough(before - 1) and is_person(r.text, speaker, r.lex))):
        return None
    return _found(r, cue, speaker, _speech_around(r, before, end))


def _before_inversion(r: Reader, cue: Cue) -> int | None:
    """Return the token after the last one of the speech that a cue follows at once."""
    at = cue.start
    while at > 0 and r.lex.has("skip", r.words[at - 1]):
        at -= 1
    comma = at > 0 and r.words[at - 1] in (",", "–", "—", "?", "!")
    end = at - 1 if comma else at
    if end <= 0:
        return None
    if r.tokens[end - 1].is_quote:
        return end
    if not comma or cue.broad or _subordinate(r, end):
        return None
    after = r.words[cue.end] if cue.end < len(r.words) else ""
    return end if after.startswith("-") or _names_after(r, cue.end) else None


def _subordinate(r: Reader, end: int) -> bool:
    """Return whether what stands before a German verb is a clause of time or condition, and no speech."""
    if r.lex.lang != "de":
        return False
    first = r.clause_start(end)
    return first < len(r.words) and r.lex.has("subordinators", r.words[first])


def _names_after(r: Reader, at: int) -> bool:
    """Return whether somebody is named right after a cue."""
    start = r.skip(at)
    if start >= len(r.tokens) or not (r.opens_name(r.tokens[start]) or r.lex.lang == "en"):
        return False
    speaker, _ = _speaker_after(r, at)
    return speaker is not None and is_person(r.text, speaker, r.lex)


def _speaker_after(r: Reader, at: int) -> tuple[Range | None, int]:
    """Return the speaker named after a cue, and the token after the name."""
    if at < len(r.words) and r.words[at].startswith("-"):
        token = r.tokens[at]
        return (token.start + r.words[at].rfind("-") + 1, token.end), at + 1
    at = r.skip(at) if at < len(r.words) and not r.lex.has("determiners", r.words[at]) else at
    end = r.name_end(at)
    return r.span(at, end), end


def _speech_around(r: Reader, before: int, after: int) -> tuple[Range, int] | None:
    """Return the longer of the speech before the cue and the speech after the speaker."""
    quoted = r.tokens[before - 1].is_quote
    first = r.quote_span(before - 1) if quoted else r.span(_speech_start(r, before), before)
    quote = r.quote_from(after, 2)
    second = r.quote_span(quote) if quote is not None else None
    if second is None and not quoted:
        second = r.span(after, r.clause_end(after + 1))
    if first is None:
        return (second, 6) if second else None
    if second and word_count(r.text, second) > word_count(r.text, first):
        return second, 6 if quoted or quote is not None else 3
    return first, 6 if quoted else 3


# -- according to -----------------------------------------------------------------------------------------------------


def _according(r: Reader) -> Iterator[Found]:
    for at in range(len(r.words)):
        length = matches(r.lex.prepositions, r.words, at)
        if not length:
            continue
        weak = tuple(r.words[at : at + length]) in r.lex.weak
        if weak and not _weak_stands(r, at):
            continue
        found = _after_preposition(r, at, at + length, weak=weak)
        if found:
            yield found


def _weak_stands(r: Reader, at: int) -> bool:
    """Return whether "pour", "for", "para", "per" opens its sentence, or German "so" follows a comma."""
    return at > 0 and r.words[at - 1] == "," if r.lex.lang == "de" else at == 0


def _after_preposition(r: Reader, at: int, after: int, *, weak: bool) -> Found | None:
    end = r.name_end(after)
    speaker = r.span(after, end)
    if speaker is None or not (has_role(r.text, speaker, r.lex) if weak else is_person(r.text, speaker, r.lex)):
        return None
    before, rest = r.span(r.clause_start(at), at), r.span(end, r.clause_end(end))
    if weak and r.lex.lang != "de" and (end >= len(r.words) or r.words[end] != ","):
        return None
    speech = rest if before is None or (rest and word_count(r.text, rest) > word_count(r.text, before)) else before
    quote = r.quote_from(end, 6)
    if quote is not None and r.long_enough(quote):
        speech = r.quote_span(quote)
    if speech is None or word_count(r.text, speech) < 3:
        return None
    return Found(speech, speaker, r.span(at, after), 2 if weak else 5, speaker)


# -- a name and a colon, a quotation and a person ---------------------------------------------------------------------


def _colon(r: Reader) -> Iterator[Found]:
    at = r.words.index(":") if ":" in r.words else -1
    if not 0 < at <= 9 or at + 1 >= len(r.words):
        return
    speaker = r.span(0, at)
    if speaker is None:
        return
    if r.tokens[at + 1].is_quote:
        if r.long_enough(at + 1) and has_role(r.text, speaker, r.lex):
            yield Found(r.quote_span(at + 1), speaker, None, 4, speaker)
    elif r.sentence.start == 0 and _is_label(r, at):
        yield Found((r.tokens[at + 1].start, len(r.text.rstrip())), speaker, None, 7, speaker)


def _is_label(r: Reader, at: int) -> bool:
    """Return whether a sentence opens with a speaker's name alone, as in the minutes of a debate."""
    words = [t for t in r.tokens[:at] if t.is_word and len(t.low) > 3]
    titled = r.lex.has("titles", r.words[0])
    person = has_role(r.text, (r.tokens[0].start, r.tokens[at - 1].end), r.lex) and len(words) == at > 1
    return (titled or person) and all(t.capital for t in words) and len(r.text.split()) > at + 8


def _bare_quotes(r: Reader) -> Iterator[Found]:
    """Yield the quotations that no cue claims; whoever the sentence names is taken to speak."""
    for k, token in enumerate(r.tokens):
        if not token.is_quote or word_count(r.text, r.quote_span(k)) < 5:
            continue
        before = r.span(max(0, k - MAX_SUBJECT), k)
        after = r.span(k + 1, min(len(r.tokens), k + 1 + MAX_SUBJECT))
        yield Found(r.quote_span(k), None, None, 1, before or after)
