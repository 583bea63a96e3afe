"""The cards there are: starter cards drawn from saved official responses, declared series, the city's own files."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from discourse.evidence.cards import EvidenceCard, flag_words

COUNTRIES = ("FR", "ES", "DE", "IT", "UK")


@dataclass(frozen=True, kw_only=True)
class Series:
    """A declared official series: where the number would come from, and whether its code was checked."""

    id: str
    country: str
    concern: str
    topic: str
    title: str
    provider: str
    code: str
    link: str
    query: str = ""
    level: str = "country"
    checked: str = ""
    reason: str = ""

    def as_card(self) -> EvidenceCard:
        """Return the empty card of this series, with the reason why it holds no number."""
        return EvidenceCard(
            id=self.id,
            concern=self.concern,
            topic=self.topic,
            label={"en": self.title},
            value=None,
            unit="",
            place=self.country,
            period="",
            source=self.provider,
            licence="",
            link=self.link,
            retrieved=None,
            dataset=self.code,
            reason=self.reason or "declared; no response has been fetched yet",
        )


def _toml(name: str) -> dict[str, Any]:
    file = resources.files("discourse.evidence").joinpath(name)
    return tomllib.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def questions() -> Mapping[str, Mapping[str, str]]:
    """Return the question behind each concern, and under ``gap`` what is said where nothing is known, by language."""
    return _toml("concerns.toml")


def country(place: str) -> str:
    """Return the country of a place code (``FR-42218``, ``uk``); France where none is given."""
    head = place.strip().upper().split("-", maxsplit=1)[0]
    head = {"GB": "UK"}.get(head, head)
    return head or "FR"


@lru_cache(maxsize=1)
def starter() -> tuple[EvidenceCard, ...]:
    """Return every starter card: one for each country, figure and concern it bears on."""
    kinds = _toml("cards/kinds.toml")
    text = resources.files("discourse.evidence").joinpath("cards/starter.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    return tuple(card for row in rows for card in _bearing_cards(row, kinds))


def _bearing_cards(row: Mapping[str, str], kinds: Mapping[str, Any]) -> list[EvidenceCard]:
    kind = kinds["kinds"][row["kind"]]
    source = kinds["sources"][kind["source"]]
    name = f"{row['country'].lower()}-{row['kind']}-{row['period']}"
    return [
        EvidenceCard(
            id=name if position == 0 else f"{name}-{concern}",
            concern=concern,
            topic=kind["topic"],
            label=kind["label"],
            question=questions()[concern],
            value=float(row["value"]) if row["value"] else None,
            unit=kind.get("unit", "persons"),
            place=row["country"],
            period=row["period"],
            source=source["name"],
            licence=source["licence"],
            link=source["link"].format(code=kind["dataset"]),
            retrieved=date.fromisoformat(row["retrieved"]),
            flags=flag_words(row["flags"]),
            caveat=kinds["caveats"][kind["caveat"]],
            bearing=bearing,
            trace=f"{row['file']} | {row['cell']} | sha256 {row['sha256']}",
            dataset=kind["dataset"],
        )
        for position, (concern, bearing) in enumerate(kind["bearing"].items())
    ]


@lru_cache(maxsize=1)
def series() -> tuple[Series, ...]:
    """Return every declared series; those of ``common.toml`` are declared once for each of the five countries."""
    shared = _toml("series/common.toml")["series"]
    found = [_common(row, land) for land in COUNTRIES for row in shared]
    for land in COUNTRIES:
        found += [Series(country=land, **row) for row in _toml(f"series/{land.lower()}.toml")["series"]]
    return tuple(found)


def _common(row: Mapping[str, str], land: str) -> Series:
    filled = {k: v.replace("{geo}", land).replace("{code}", row["code"]) for k, v in row.items()}
    return Series(country=land, **(filled | {"id": f"{land.lower()}-{row['id']}"}))
