"""Where a sentence reports speech: the speech, who is said to have said it, and the words that say so.

Five shapes are known: speaker, cue, speech; speech, cue, speaker; "according to"; a name and a colon; a quotation
whose sentence names a person. They are tried on words, not on parses, so that they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from discourse.classify.voices_lexicon import Lexicon, matches
from discourse.classify.voices_quotes import Range, Sentence, Token, word_count
from discourse.classify.voices_speakers import is_person

MAX_SUBJECT = 16
MIN_QUOTE = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One possible voice; a higher ``rank`` wins where two overlap. ``near`` is what tells who the speaker is."""

    speech: Range
    speaker: Range | None
    cue: Range | None
    rank: int
    near: Range | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """Words ``tokens[start:end]`` that announce speech; ``broad`` ones need more proof."""

    start: int
    end: int
    broad: bool


class Reader:
    """One sentence under the eye of one language's lexicon."""

    def __init__(self, text: str, sentence: Sentence, lexicon: Lexicon) -> None:
        self.text = text
        self.sentence = sentence
        self.tokens = sentence.tokens
        self.words = [t.low for t in sentence.tokens]
        self.lex = lexicon

    # -- the words that announce speech ------------------------------------------------------------------------------

    def cues(self) -> Iterator[Cue]:
        """Yield the cues of the sentence, longest first at each place."""
        at = 0
        while at < len(self.words):
            cue = self._cue(at)
            if cue is None:
                at += 1
                continue
            yield cue
            at = cue.end

    def _cue(self, at: int) -> Cue | None:
        length = matches(self.lex.phrases, self.words, at)
        if length:
            return Cue(at, at + length, False)
        word = self.words[at]
        if word in self.lex.verbs and self._is_verb(at):
            return Cue(at, at + 1, word in self.lex.broad)
        if word in self.lex.participles:
            first = self._auxiliary(at)
            if first is not None:
                return Cue(first, at + 1, word in self.lex.broad)
        return None

    def _is_verb(self, at: int) -> bool:
        before = self.words[at - 1] if at else ""
        if self.lex.lang == "de":
            return not self.tokens[at].capital
        if self.lex.has("nominal", before):
            return False
        if self.lex.has("passive", before) or (at > 1 and self.lex.has("passive", self.words[at - 2])):
            return not (before == "not" or self.lex.has("passive", before) or before.endswith("ly"))
        return True

    def _auxiliary(self, at: int) -> int | None:
        """Return where the auxiliary of a participle stands."""
        reach = at if self.lex.lang == "de" else 4
        for back in range(at - 1, max(-1, at - 1 - reach), -1):
            if self.lex.has("auxiliaries", self.words[back]):
                return at if self.lex.lang == "de" else back
            if self.lex.lang != "de" and not self.lex.has("skip", self.words[back]):
                return None
        after = self.words[at + 1] if at + 1 < len(self.words) else ""
        return at if self.lex.lang == "de" and self.lex.has("auxiliaries", after) else None

    # -- places ------------------------------------------------------------------------------------------------------

    def span(self, first: int, last: int) -> Range | None:
        """Return the characters of ``tokens[first:last]`` without signs at either end, or nothing."""
        while first < last and self.words[first] in ",;:.–—-()":
            first += 1
        while last > first and self.words[last - 1] in ",;:.–—-()!?…":
            last -= 1
        return (self.tokens[first].start, self.tokens[last - 1].end) if first < last else None

    def clause_start(self, at: int) -> int:
        """Return where the clause that holds a token begins."""
        while at > 0 and self.words[at - 1] not in (";", ":", "–", "—", "(") and not self.tokens[at - 1].is_quote:
            at -= 1
        return at

    def clause_end(self, at: int) -> int:
        """Return where the speech that begins at a token ends: at a semicolon, or with the sentence."""
        while at < len(self.words) and self.words[at] not in (";", "–", "—"):
            at += 1
        return at

    def quote_from(self, at: int, reach: int) -> int | None:
        """Return the next quotation at most ``reach`` tokens away."""
        for k in range(at, min(len(self.tokens), at + reach + 1)):
            if self.tokens[k].is_quote:
                return k
            if self.words[k] in (";",):
                return None
        return None

    def long_enough(self, k: int) -> bool:
        """Return whether a quotation is more than a word or two held at arm's length."""
        return word_count(self.text, (self.tokens[k].start, self.tokens[k].end)) >= MIN_QUOTE

    def skip(self, at: int) -> int:
        """Return the first token from ``at`` on that is no pronoun, adverb or day."""
        while at < len(self.words) and (self.lex.has("skip", self.words[at]) and not self.tokens[at].is_quote):
            at += 1
        return at


def read(reader: Reader) -> Iterator[Found]:
    """Yield every possible voice of a sentence."""
    yield from _according(reader)
    for cue in reader.cues():
        found = _inverted(reader, cue) or _plain(reader, cue)
        if found:
            yield found
    yield from _colon(reader)
    yield from _bare_quotes(reader)


# -- speaker, cue, speech ---------------------------------------------------------------------------------------------


def _plain(r: Reader, cue: Cue) -> Found | None:
    subject = _subject_before(r, cue.start)
    if subject is None:
        return None
    speech = _speech_after(r, cue)
    if speech is None:
        return None
    (start, end), rank = speech
    return Found((start, end), subject, r.span(cue.start, cue.end), rank, subject)


def _subject_before(r: Reader, at: int) -> Range | None:
    """Return the words before a cue that name who speaks; nothing when the writer does, or nobody is named."""
    last = at
    while last > 0 and (r.lex.has("skip", r.words[last - 1]) or r.lex.has("auxiliaries", r.words[last - 1])):
        last -= 1
    if last and r.lex.has("writer", r.words[last - 1]):
        return None
    first = r.clause_start(last)
    if last - first == 0:
        return None
    if last - first > MAX_SUBJECT:
        first = last - MAX_SUBJECT
    return r.span(_nominal_start(r, first, last), last)


def _nominal_start(r: Reader, first: int, last: int) -> int:
    """Return where the name of the speaker begins: after "Hier à Lyon," and the like."""
    commas = [k for k in range(first, last - 1) if r.words[k] == ","]
    for k in commas:
        head = r.tokens[k + 1]
        if _opens_name(r, head) and not _opens_name(r, r.tokens[first]):
            return k + 1
    return first


def _opens_name(r: Reader, token: Token) -> bool:
    return token.capital or any(r.lex.has(g, token.low) for g in ("determiners", "pronouns", "titles"))


def _speech_after(r: Reader, cue: Cue) -> tuple[Range, int] | None:
    at = r.skip(cue.end)
    if at >= len(r.words):
        return None
    colon = next((k for k in range(at, min(len(r.words), at + 9)) if r.words[k] == ":"), None)
    quote = r.quote_from(at, 12)
    if colon is not None and (quote is None or quote > colon):
        return _after_colon(r, colon)
    that = next((k for k in range(at, min(len(r.words), at + 7)) if r.lex.has("that", r.words[k])), None)
    if that is not None and (quote is None or that < quote) and not _crosses(r, at, that):
        return _sized(r, that, r.clause_end(that), 4)
    if quote is not None and r.long_enough(quote):
        return (r.tokens[quote].start, r.tokens[quote].end), 6
    if cue.broad:
        return None
    return _complement(r, at)


def _crosses(r: Reader, first: int, last: int) -> bool:
    comma = "," in r.words[first:last]
    return comma and r.lex.lang != "de"


def _after_colon(r: Reader, colon: int) -> tuple[Range, int] | None:
    if colon + 1 >= len(r.words):
        return None
    if r.tokens[colon + 1].is_quote:
        return (r.tokens[colon + 1].start, r.tokens[colon + 1].end), 6
    return _sized(r, colon + 1, len(r.words), 4)


def _complement(r: Reader, at: int) -> tuple[Range, int] | None:
    """Return what is announced, asked for or denied, where no clause and no quotation says it."""
    if r.words[at] == ",":
        if r.lex.lang != "de":
            return None
        at += 1
    return _sized(r, at, r.clause_end(at), 2)


def _sized(r: Reader, first: int, last: int, rank: int) -> tuple[Range, int] | None:
    span = r.span(first, last)
    return (span, rank) if span and word_count(r.text, span) >= 2 else None


# -- speech, cue, speaker ---------------------------------------------------------------------------------------------


def _inverted(r: Reader, cue: Cue) -> Found | None:
    before = _before_inversion(r, cue)
    if before is None:
        return None
    speaker, end = _speaker_after(r, cue.end)
    if speaker is None:
        return None
    speech, rank = _speech_around(r, before, end)
    if speech is None:
        return None
    return Found(speech, speaker, r.span(cue.start, cue.end), rank, speaker)


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
    after = r.words[cue.end] if cue.end < len(r.words) else ""
    return end if comma and (after.startswith("-") or _names_after(r, cue.end)) else None


def _names_after(r: Reader, at: int) -> bool:
    """Return whether a name opens right after a cue and the sentence has said enough before it."""
    at = r.skip(at)
    if at >= len(r.tokens) or r.tokens[at].is_quote:
        return False
    token = r.tokens[at]
    if not _opens_name(r, token):
        return False
    speaker, _ = _speaker_after(r, at)
    return speaker is not None and is_person(r.text, speaker, r.lex)


def _speaker_after(r: Reader, at: int) -> tuple[Range | None, int]:
    """Return the speaker named after a cue, and the token after the name."""
    if at < len(r.words) and r.words[at].startswith("-"):
        token = r.tokens[at]
        return (token.start + 1, token.end), at + 1
    at = r.skip(at) if at < len(r.words) and not r.lex.has("determiners", r.words[at]) else at
    end = at
    while end < len(r.words) and end - at < MAX_SUBJECT and not _ends_name(r, end):
        end += 1
    return r.span(at, end), end


def _ends_name(r: Reader, k: int) -> bool:
    word = r.words[k]
    return (
        r.tokens[k].is_quote
        or word in (",", ";", ":", ".", "–", "—", "(", "?", "!", "…")
        or r.lex.has("that", word)
        or r.lex.has("breaks", word)
    )


def _speech_around(r: Reader, before: int, after: int) -> tuple[Range | None, int]:
    """Return the longer of the speech before the cue and the speech after the speaker."""
    first = _speech_ending(r, before)
    quote = r.quote_from(after, 2)
    second = (r.tokens[quote].start, r.tokens[quote].end) if quote is not None else None
    if first is None:
        return second, 6
    quoted = r.tokens[before - 1].is_quote
    if second and word_count(r.text, second) > word_count(r.text, first):
        return second, 6
    return first, 6 if quoted else 3


def _speech_ending(r: Reader, before: int) -> Range | None:
    if r.tokens[before - 1].is_quote:
        token = r.tokens[before - 1]
        return (token.start, token.end) if r.long_enough(before - 1) else None
    first = before
    while first > 0 and r.words[first - 1] not in (";",):
        first -= 1
    return r.span(first, before)


# -- according to -----------------------------------------------------------------------------------------------------


def _according(r: Reader) -> Iterator[Found]:
    for at in range(len(r.words)):
        length = matches(r.lex.prepositions, r.words, at)
        if not length:
            continue
        weak = tuple(r.words[at : at + length]) in r.lex.weak
        if weak and (at > 0 or not r.tokens[at].capital):
            continue
        found = _after_preposition(r, at, at + length, weak=weak)
        if found:
            yield found


def _after_preposition(r: Reader, at: int, after: int, *, weak: bool) -> Found | None:
    end = _source_end(r, after)
    speaker = r.span(after, end)
    if speaker is None or not is_person(r.text, speaker, r.lex):
        return None
    first = r.clause_start(at)
    before = r.span(first, at)
    rest = r.span(end, r.clause_end(end))
    speech = rest if before is None or (rest and word_count(r.text, rest) > word_count(r.text, before)) else before
    if speech is None or word_count(r.text, speech) < 3:
        return None
    quote = r.quote_from(end, 6)
    if quote is not None and r.long_enough(quote):
        speech = (r.tokens[quote].start, r.tokens[quote].end)
    return Found(speech, speaker, r.span(at, after), 2 if weak else 5, speaker)


def _source_end(r: Reader, at: int) -> int:
    """Return where the name after "according to" ends."""
    end = at
    while end < len(r.words) and end - at < MAX_SUBJECT and not _ends_name(r, end):
        german = r.lex.lang == "de" and end > at and r.tokens[end - 1].capital
        if german and not (r.tokens[end].capital or r.words[end] in _GERMAN_LINKS):
            break
        end += 1
    return end


_GERMAN_LINKS = frozenset(
    ["für", "von", "vom", "der", "des", "und", "zur", "zu", "in", "im", "aus", "am", "an", "bei", "den"]
)


# -- a name and a colon, a quotation and a person ---------------------------------------------------------------------


def _colon(r: Reader) -> Iterator[Found]:
    at = r.words.index(":") if ":" in r.words else -1
    if not 0 < at <= 9 or at + 1 >= len(r.words):
        return
    speaker = r.span(0, at)
    if speaker is None or not is_person(r.text, speaker, r.lex):
        return
    quoted = r.tokens[at + 1].is_quote
    if quoted:
        if r.long_enough(at + 1):
            yield Found((r.tokens[at + 1].start, r.tokens[at + 1].end), speaker, None, 4, speaker)
        return
    titled = r.lex.has("titles", r.words[0]) or r.words[0] == "abg"
    if titled and r.sentence.start == 0:
        yield Found((r.tokens[at + 1].start, len(r.text.rstrip())), speaker, None, 7, speaker)


def _bare_quotes(r: Reader) -> Iterator[Found]:
    """Yield the quotations that no cue claims; whoever the sentence names is taken to speak."""
    for k, token in enumerate(r.tokens):
        if not token.is_quote or word_count(r.text, (token.start, token.end)) < 5:
            continue
        before = r.span(max(0, k - MAX_SUBJECT), k)
        after = r.span(k + 1, min(len(r.tokens), k + 1 + MAX_SUBJECT))
        yield Found((token.start, token.end), None, None, 1, before or after)
