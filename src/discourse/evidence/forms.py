"""An empty form for the city's own cards: YAML or CSV, with what each field wants."""

from __future__ import annotations

import csv
import io

from discourse import codebook
from discourse.errors import UsageError
from discourse.evidence import library
from discourse.evidence.cards import BEARINGS
from discourse.evidence.match import topics
from discourse.records import LANGUAGES

FIELDS = (
    ("id", "{concern}-1", "a name of your own, once in all files"),
    ("concern", "{concern}", "one of the codebook's concerns"),
    ("topic", "", "joins the card to questions; one of: {topics}"),
    ("label", "", "what is counted, in each language you publish in"),
    ("value", "", "the number alone, 12345.6; leave it empty and say why in reason"),
    ("unit", "", "persons, homes, %, euros …"),
    ("place", "", "FR-42218 for a commune, FR for the country"),
    ("period", "", "2025, 2025-09, 2025-Q3, 2024/2025"),
    ("source", "", "who counted"),
    ("licence", "", "under what terms the figure may be repeated"),
    ("link", "", "https://… where anybody can check it"),
    ("retrieved", "", "the day you read it, 2026-01-31"),
    ("flags", "", "provisional, estimated, break …, separated by commas"),
    ("caveat", "", "what the figure does not say, in each language"),
    ("bearing", "context", "how it bears on the concern: {bearings}"),
    ("valid_until", "", "the last day it may be used, 2027-01-31"),
    ("reason", "", "only where value is empty: why there is none"),
)
TEXTS = ("label", "caveat")


def form(concern: str, kind: str = "yaml") -> str:
    """Return an empty form for a concern, as ``yaml`` or ``csv``. Raises ``UsageError`` for another concern or kind."""
    names = codebook.load()["concern"].label_names
    if concern not in names:
        raise UsageError(f"there is no concern {concern!r}.", remedy=f"Write one of: {', '.join(names)}.")
    if kind not in ("yaml", "csv"):
        raise UsageError(f"there is no form as {kind!r}.", remedy="Write yaml or csv.")
    return _yaml(concern) if kind == "yaml" else _csv(concern)


def _yaml(concern: str) -> str:
    asked = library.questions()[concern]
    out = [f"# {asked['en']}", "# Fill one block for each figure, then run: discourse evidence check FILE", "cards:"]
    for position, (name, value, told) in enumerate(FIELDS):
        start = "  - " if position == 0 else "    "
        said = told.format(topics=", ".join(topics()), bearings=", ".join(BEARINGS))
        if name in TEXTS:
            out.append(f"{start}{name}:  # {said}")
            out += [f'      {lang}: ""' for lang in LANGUAGES]
        else:
            filled = value.format(concern=concern) or '""'
            out.append(f"{start}{name}: {filled}  # {said}")
    return "\n".join(out) + "\n"


def _csv(concern: str) -> str:
    row: dict[str, str] = {}
    for name, value, _ in FIELDS:
        columns = [f"{name}.{lang}" for lang in LANGUAGES] if name in TEXTS else [name]
        row |= {column: value.format(concern=concern) for column in columns}
    text = io.StringIO()
    table = csv.DictWriter(text, list(row), lineterminator="\n", delimiter=";")
    table.writeheader()
    table.writerow(row)
    return text.getvalue()
