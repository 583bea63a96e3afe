"""What it means: one report value, then its faces. Summarise purely, render late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discourse.report.value import ReportData, ReportInputs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReportData", "ReportInputs", "build", "render"]


def build(inputs: ReportInputs) -> ReportData:
    """Return the report of a week; pure, and the same for the same inputs."""
    from discourse.report.building import build as made

    return made(inputs)


def render(data: ReportData, lang: str, face: str) -> Mapping[str, bytes]:
    """Return the files of one face in one language, by name; raise ``UsageError`` for an unknown face or language."""
    from discourse import registry

    files: Mapping[str, bytes] = registry.find("faces", face)(data, lang)
    return files
