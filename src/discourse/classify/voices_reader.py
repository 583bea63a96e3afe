"""One sentence under the eye of one language's lexicon: its cues, its clauses, its quotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from discourse.classify.voices_lexicon import Lexicon, matches
from discourse.classify.voices_quotes import Range, Sentence, Token, word_count

MAX_SUBJECT = 16
MIN_QUOTE = 3
_STOPS = frozenset(",;:.–—-()!?…")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words ``tokens[start:end]`` that announce speech; ``broad`` ones need more proof."""

    start: int
    end: int
    broad: bool


class Reader:
    """A sentence as tokens, with the questions that the shapes of reported speech put to it."""

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
            return Cue(at, at + 1, word in self.lex.broad and not self._particle(at))
        if word in self.lex.participles:
            first = self._auxiliary(at)
            if first is not None:
                return Cue(first, at + 1, word in self.lex.broad)
        return None

    def _is_verb(self, at: int) -> bool:
        before = self.words[at - 1] if at else ""
        if self.lex.lang == "de":
            return not self.tokens[at].capital and not self._is_infinitive(at)
        if self.lex.has("nominal", before) or (self.lex.lang == "en" and self._is_noun(at, before)):
            return False
        return not self.lex.has("passive", before)

    def _is_infinitive(self, at: int) -> bool:
        """Return whether a German form in -en is governed by a modal verb, or asks the reader ("raten Sie")."""
        if not self.words[at].endswith("en"):
            return False
        polite = at + 1 < len(self.words) and self.words[at + 1] == "sie" and self.tokens[at + 1].capital
        return polite or any(self.lex.has("modals", w) for w in self.words)

    def _is_noun(self, at: int, before: str) -> bool:
        """Return whether an English cue is a bare passive ("Schools told to plan") or follows an adjective."""
        after = self.words[at + 1] if at + 1 < len(self.words) else ""
        return (self.words[at] == "told" and after in ("to", "off")) or (self.words[at] == "called" and after == "off")

    def _particle(self, at: int) -> bool:
        """Return whether the particle of a separable verb closes its clause ("kündigt ... an")."""
        wanted = self.lex.separable.get(self.words[at])
        if not wanted:
            return False
        for k in range(at + 1, len(self.words)):
            if self.words[k] in wanted:
                return True
            if self.words[k] in (";", ":"):
                return False
        return False

    def _auxiliary(self, at: int) -> int | None:
        """Return where the auxiliary of a participle stands; in German, where the participle itself does."""
        if self.lex.lang == "de":
            return at if any(self.lex.has("auxiliaries", w) for w in self.words[: at + 2]) else None
        for back in range(at - 1, max(-1, at - 5), -1):
            word = self.words[back]
            if self.lex.has("auxiliaries", word):
                return back
            if self.lex.has("be", word) and back and self.lex.has("reflexive", self.words[back - 1]):
                return back
            if not self.lex.has("skip", word):
                return None
        return None

    # -- places ------------------------------------------------------------------------------------------------------

    def span(self, first: int, last: int) -> Range | None:
        """Return the characters of ``tokens[first:last]`` without signs at either end, or nothing."""
        last = min(last, len(self.words))
        while first < last and self.words[first] in _STOPS:
            first += 1
        while last > first and (self.words[last - 1] in _STOPS or self.words[last - 1][0] in ".!?…"):
            last -= 1
        return (self.tokens[first].start, self.tokens[last - 1].end) if first < last else None

    def quote_span(self, k: int) -> Range:
        """Return the characters of a quotation, marks included."""
        return (self.tokens[k].start, self.tokens[k].end)

    def clause_start(self, at: int) -> int:
        """Return where the clause that holds a token begins."""
        while at > 0 and not self._parts(at - 1) and self.words[at - 1] not in (":", "("):
            if self.tokens[at - 1].is_quote:
                break
            at -= 1
        return at

    def clause_end(self, at: int) -> int:
        """Return where the speech that begins at a token ends: at a semicolon or a dash, or with the sentence."""
        while at < len(self.words) and not self._parts(at):
            at += 1
        return at

    def _parts(self, k: int) -> bool:
        """Return whether a token parts clauses: a semicolon, or a dash between blanks."""
        dash = self.words[k] in ("–", "—") and self.text[self.tokens[k].start - 1 : self.tokens[k].start].isspace()
        return dash or self.words[k] == ";"

    def quote_from(self, at: int, reach: int) -> int | None:
        """Return the next quotation at most ``reach`` tokens away, in the same clause."""
        for k in range(at, min(len(self.tokens), at + reach + 1)):
            if self.tokens[k].is_quote:
                return k
            if self.words[k] == ";":
                return None
        return None

    def long_enough(self, k: int) -> bool:
        """Return whether a quotation is more than a word or two held at arm's length."""
        return word_count(self.text, self.quote_span(k)) >= MIN_QUOTE

    def skip(self, at: int) -> int:
        """Return the first token from ``at`` on that is no pronoun, adverb or day."""
        while at < len(self.words) and self.lex.has("skip", self.words[at]) and not self.tokens[at].is_quote:
            at += 1
        return at

    def opens_name(self, token: Token) -> bool:
        """Return whether a token can begin the name of a speaker."""
        return token.capital or any(self.lex.has(g, token.low) for g in ("determiners", "pronouns", "titles"))

    def ends_name(self, k: int) -> bool:
        """Return whether the name of a speaker cannot go on at a token."""
        word = self.words[k]
        if word == "." and k and self.lex.has("titles", self.words[k - 1]):
            return False
        return (
            self.tokens[k].is_quote
            or word in _STOPS
            or word[0] in ".!?…"
            or self.lex.has("that", word)
            or self.lex.has("breaks", word)
        )

    def name_end(self, at: int) -> int:
        """Return where the name that begins at a token ends."""
        end = at
        while end < len(self.words) and end - at < MAX_SUBJECT and not self.ends_name(end):
            german = self.lex.lang == "de" and end > at and self.tokens[end - 1].capital
            if german and not self.tokens[end].capital and self.words[end] not in _GERMAN_LINKS:
                break
            end += 1
        return end

    def one_of(self, words: frozenset[str], first: int, last: int) -> int | None:
        """Return the first token of a stretch that is one of some words."""
        return next((k for k in range(first, min(len(self.words), last)) if self.words[k] in words), None)


_GERMAN_LINKS = frozenset(
    ["für", "von", "vom", "der", "des", "und", "zur", "zu", "in", "im", "aus", "am", "an", "bei", "den"],
)
