"""What address-giving sources share: which addresses are wanted, and the story behind one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discourse.config import SourceSpec
from discourse.errors import ConfigError
from discourse.ingest.door import Door
from discourse.ingest.sources.feed import fetch_page
from discourse.ingest.sources.folder import from_fetched, kind_of
from discourse.records import Document, Done, Outcome, SourceRef

LIMIT = 500
"""Most stories that one look at a site asks for, unless the source says otherwise."""


def wanted(spec: SourceSpec) -> re.Pattern[str]:
    """Return the pattern that an address must hold (``include``); raise ``ConfigError`` when it is none."""
    given = str(spec.options.get("include", ""))
    try:
        return re.compile(given)
    except re.error as error:
        raise ConfigError(
            f"source {spec.name}: include = {given!r} is no regular expression ({error}).", remedy="Mend it."
        ) from error


def number(spec: SourceSpec, name: str, otherwise: int) -> int:
    """Return an option that is a whole number; raise ``ConfigError`` when it is none."""
    value = spec.options.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(
            f"source {spec.name}: {name} = {value!r} is no number.", remedy=f"Write {name} = {otherwise}."
        )
    return value


def story(ref: SourceRef, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of the page behind an address."""
    match fetch_page(ref, spec, door):
        case Done(value=page):
            yield from from_fetched(page, kind_of(page, "html"), door)
        case other:
            yield other
