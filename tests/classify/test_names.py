"""Names of persons: found here and in a process aside, which may die."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from discourse.classify import names

TEXT = "La maire a félicité Claire Dubois et Ousmane Keïta devant le théâtre de Valmorel."


def found(spans: list[tuple[int, int]]) -> list[str]:
    return [TEXT[start:end] for start, end in spans]


def test_names_found_aside_are_those_found_here() -> None:
    here = names.find_names(TEXT, "fr")
    assert "Claire Dubois" in found(here)
    with names.aside(("fr", "de")) as find:
        assert find(TEXT, "fr") == here
        assert find("Ohne Modell wird nichts gefunden.", "de") == []


def test_a_process_that_died_is_done_without() -> None:
    with names.aside(()) as find:
        assert find._process is not None
        find._process.kill()
        find._process.wait()
        assert found(find(TEXT, "fr")) == found(names.find_names(TEXT, "fr"))
        assert find._process is None


def test_a_process_that_cannot_be_had_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with names.aside(("fr",)) as find:
        assert "Claire Dubois" in found(find(TEXT, "fr"))
