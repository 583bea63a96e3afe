"""The cards there are: starter cards drawn from saved official responses, declared series, the city's own files."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from discourse.evidence.cards import EvidenceCard, flag_words

if TYPE_CHECKING:
    from discourse.config import Settings

COUNTRIES = ("FR", "ES", "DE", "IT", "UK")


@dataclass(frozen=True, kw_only=True)
class Series:
    """A declared official series: where the number would come from, and whether its code was checked.

    ``where`` are the dimension codes that hold for the whole series, ``figures`` name the kind of card that each code
    of the dimension ``vary`` gives. Without figures nobody has said yet which cell answers the question.
    """

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
    checked_in: str = ""
    reason: str = ""
    format: str = "jsonstat"
    where: Mapping[str, str] = field(default_factory=dict)
    vary: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)

    def address(self) -> str:
        """Return the address to ask, with the codes of the declared cells; an empty text where none is known."""
        if not self.query or self.format != "jsonstat":
            return self.query
        asked = [*self.where.items(), *((self.vary, code) for code in self.figures)]
        return self.query + "".join(f"&{quote(k)}={quote(v)}" for k, v in asked)

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
            note=f"code {'checked: ' + self.checked if self.checked else 'not checked'}",
            reason=self.reason or "declared; no response has been fetched yet",
        )


@lru_cache(maxsize=32)
def table(name: str) -> dict[str, Any]:
    """Return a table of this package."""
    file = resources.files("discourse.evidence").joinpath(name)
    return tomllib.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def questions() -> Mapping[str, Mapping[str, str]]:
    """Return the question behind each concern, and under ``gap`` what is said where nothing is known, by language."""
    return table("concerns.toml")


def country(place: str) -> str:
    """Return the country of a place code (``FR-42218``, ``uk``); France where none is given."""
    head = place.strip().upper().split("-", maxsplit=1)[0]
    head = {"GB": "UK"}.get(head, head)
    return head or "FR"


def lands(settings: Settings) -> set[str]:
    """Return the countries whose figures a city uses: the configured ones, by default that of its place."""
    return {country(s) for s in settings.evidence.series} or {country(settings.discourse.place)}


def covers(place: str, land: str) -> bool:
    """Return whether a figure for a place may stand for a country: its own, or the Union's for a member."""
    return country(place) == land or (place == "EU" and land != "UK")


@lru_cache(maxsize=1)
def starter() -> tuple[EvidenceCard, ...]:
    """Return every starter card: figures of saved responses and of publishers' own pages, by country and concern."""
    return tuple(card for row in _rows("cards/starter.csv") + _rows("cards/published.csv") for card in cards_for(row))


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("discourse.evidence").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@lru_cache(maxsize=1)
def kinds() -> dict[str, Any]:
    """Return what each kind of figure is (label, unit, group, caveat, bearing), with its source and caveats."""
    return table("cards/kinds.toml")


def cards_for(row: Mapping[str, str]) -> list[EvidenceCard]:
    """Return the cards of one figure, one for each concern it bears on.

    A row holds kind, country, period, value, flags, retrieved, and trace (or file, cell and sha256).
    """
    kind = kinds()["kinds"][row["kind"]]
    source = kinds()["sources"][kind["source"]]
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
            link=row.get("link") or source["link"].format(code=kind["dataset"]),
            retrieved=date.fromisoformat(row["retrieved"]),
            flags=flag_words(row["flags"]),
            caveat=kinds()["caveats"][kind["caveat"]],
            bearing=bearing,
            trace=row.get("trace") or f"{row['file']} | {row['cell']} | sha256 {row['sha256']}",
            dataset=kind["dataset"],
            note=row.get("note", ""),
            kind=row["kind"],
            group=kind["group"],
        )
        for position, (concern, bearing) in enumerate(kind["bearing"].items())
    ]


@lru_cache(maxsize=1)
def series() -> tuple[Series, ...]:
    """Return every declared series; those of ``common.toml`` are declared once for each of the five countries."""
    shared = table("series/common.toml")
    found = [_common(shared["defaults"] | row, land) for land in COUNTRIES for row in shared["series"]]
    for land in COUNTRIES:
        found += [Series(country=land, **row) for row in table(f"series/{land.lower()}.toml")["series"]]
    return tuple(found)


def _common(row: Mapping[str, Any], land: str) -> Series:
    filled = {k: _put(v, land, row["code"]) for k, v in row.items()}
    return Series(country=land, **(filled | {"id": f"{land.lower()}-{row['id']}"}))


def _put(value: Any, land: str, code: str) -> Any:
    if isinstance(value, Mapping):
        return {_put(k, land, code): _put(v, land, code) for k, v in value.items()}
    return value.replace("{geo}", land).replace("{code}", code)
