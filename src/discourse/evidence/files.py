"""The city's own card files (YAML, TOML or CSV), read and checked: every fault names file, field and remedy."""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

from discourse import codebook
from discourse.errors import ConfigError
from discourse.evidence.cards import BEARINGS, Bearing, EvidenceCard
from discourse.records import LANGUAGES

REQUIRED = ("id", "concern", "label", "unit", "place", "period", "source", "licence", "link", "retrieved")
OPTIONAL = ("topic", "value", "flags", "caveat", "question", "bearing", "valid_until", "trace", "dataset", "reason")
TEXTS = ("label", "caveat", "question")
KNOWN = (*REQUIRED, *OPTIONAL, "note")


def read(path: Path) -> list[EvidenceCard]:
    """Return the cards of a file. Raises ``ConfigError`` with every fault found, one a line."""
    cards, faults = check(path)
    if faults:
        raise ConfigError("\n".join(faults), remedy="Run `discourse evidence check`.", phase="evidence")
    return cards


def check(path: Path) -> tuple[list[EvidenceCard], list[str]]:
    """Return the cards that can be used and a sentence for each fault: file, card, field, what to write instead."""
    try:
        rows = _rows(path)
    except (OSError, ValueError) as error:
        return [], [f"{path}: cannot be read ({error}). Save it as UTF-8 YAML, TOML or CSV."]
    cards: list[EvidenceCard] = []
    faults: list[str] = []
    seen: set[str] = set()
    for i, row in enumerate(rows, 1):
        name = str(row.get("id") or f"card {i}")
        wrong = [f"{path}: {name}: {fault}" for fault in _faults(row)]
        if name in seen:
            wrong.append(f"{path}: {name}: id: there is another card of this name. Give each its own.")
        seen.add(name)
        faults += wrong
        if not wrong:
            cards.append(_card(row, f"{path.name}, {name}"))
    return cards, faults


def _rows(path: Path) -> list[Mapping[str, Any]]:
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix.lower() == ".csv":
        head = text.split("\n", 1)[0]
        table = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
        return [_folded(row) for row in table]
    if path.suffix.lower() == ".toml":
        data: Any = tomllib.loads(text)
    else:
        import yaml  # type: ignore[import-untyped,unused-ignore]

        try:
            data = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error
    rows = data.get("cards", []) if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("there is no list of cards under `cards`")
    return rows


def _folded(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """Return a CSV row with ``label.fr`` and ``label.en`` folded into one ``label``; empty cells are left out."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if key is None or not (value or "").strip():
            continue
        name, dot, lang = key.strip().partition(".")
        if dot:
            out.setdefault(name, {})[lang] = value.strip()
        else:
            out[name] = value.strip()
    return out


def _faults(row: Mapping[str, Any]) -> list[str]:
    wrong = [f"{k}: missing. Every card must say it." for k in REQUIRED if row.get(k) in (None, "", {})]
    wrong += [f"{k}: unknown field. Known: {', '.join(KNOWN)}." for k in row if k not in KNOWN]
    concerns = codebook.load()["concern"].label_names
    if row.get("concern") and row["concern"] not in concerns:
        wrong.append(f"concern: {row['concern']!r} is none. Write one of: {', '.join(concerns)}.")
    if row.get("bearing", "context") not in BEARINGS:
        wrong.append(f"bearing: {row['bearing']!r} is none. Write one of: {', '.join(BEARINGS)}.")
    wrong += _value_faults(row)
    for key in ("retrieved", "valid_until"):
        if row.get(key) and _day(row[key]) is None:
            wrong.append(f"{key}: {row[key]!r} is no day. Write it as 2026-01-31.")
    if row.get("link") and not str(row["link"]).startswith(("https://", "http://")):
        wrong.append(f"link: {row['link']!r} is no web address. Write https://…")
    for key in TEXTS:
        if isinstance(row.get(key), dict):
            wrong += [
                f"{key}.{x}: unknown language. Known: {', '.join(LANGUAGES)}." for x in row[key] if x not in LANGUAGES
            ]
    return wrong


def _value_faults(row: Mapping[str, Any]) -> list[str]:
    value = row.get("value")
    if value in (None, ""):
        return [] if row.get("reason") else ["value: empty. Write the number, or say in `reason` why there is none."]
    if isinstance(value, bool) or _number(value) is None:
        return [f"value: {value!r} is not a number. Write 12345.6, without spaces, units or signs for thousands."]
    return []


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _card(row: Mapping[str, Any], trace: str) -> EvidenceCard:
    texts = {
        k: row[k] if isinstance(row.get(k), dict) else {x: str(row[k]) for x in LANGUAGES if k in row} for k in TEXTS
    }
    flags = row.get("flags") or ()
    return EvidenceCard(
        id=str(row["id"]),
        concern=str(row["concern"]),
        topic=str(row.get("topic", "")),
        label=texts["label"],
        question=texts["question"],
        caveat=texts["caveat"],
        value=_number(row.get("value")),
        unit=str(row["unit"]),
        place=str(row["place"]),
        period=str(row["period"]),
        source=str(row["source"]),
        licence=str(row["licence"]),
        link=str(row["link"]),
        retrieved=_day(row["retrieved"]),
        flags=tuple(str(flags).replace(",", " ").split()) if isinstance(flags, str) else tuple(map(str, flags)),
        bearing=cast("Bearing", row.get("bearing", "context")),
        valid_until=_day(row["valid_until"]) if row.get("valid_until") else None,
        trace=str(row.get("trace") or trace),
        dataset=str(row.get("dataset", "")),
        reason=str(row["reason"]) if row.get("reason") else None,
        note=str(row.get("note", "")),
    )
