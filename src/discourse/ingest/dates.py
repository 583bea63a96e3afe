"""When a text was published, from what files, feeds and tables really write."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from discourse.records import utc

_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_./ ](0?[1-9]|1[0-2])[-_./ ]((?:19|20)\d\d)(?!\d)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january enero januar gennaio jan janv ene",
            "février fevrier february febrero februar febbraio feb févr",
            "mars march marzo märz maerz mar",
            "avril april abril aprile avr apr abr",
            "mai may mayo maggio",
            "juin june junio juni giugno jun",
            "juillet july julio juli luglio jul juil",
            "août aout august agosto aug aoû ago",
            "septembre september septiembre settembre sep sept",
            "octobre october octubre oktober ottobre oct okt ott",
            "novembre november noviembre nov",
            "décembre decembre december diciembre dezember dicembre dec déc dez dic",
        ),
        start=1,
    )
    for name in names.split()
}
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:er|st|nd|rd|th|\.|º)?\s+(?:de\s+)?([^\W\d_]{3,10})\.?\s+(?:de\s+)?((?:19|20)\d\d)"
)


def parse(value: str, zone: str) -> datetime | None:
    """Return the UTC time that a written date means, ``None`` when it is none; a day alone counts as its noon."""
    value = value.strip()
    if not value:
        return None
    try:
        exact = datetime.fromisoformat(value)
    except ValueError:
        return _mail(value) or _day(value, zone)
    if len(value) <= 10:
        return noon(exact.date(), zone)
    return utc(exact) if exact.tzinfo else exact.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _mail(value: str) -> datetime | None:
    try:
        return utc(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _day(value: str, zone: str) -> datetime | None:
    found = find_day(value)
    return noon(found, zone) if found else None


def find_day(text: str) -> date | None:
    """Return the first day written in a text such as a file name or a heading."""
    if match := _ISO.search(text):
        return _valid(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.search(text):
        return _valid(int(match[3]), int(match[2]), int(match[1]))
    for match in _WORDS.finditer(text.casefold()):
        if match[2] in _MONTHS:
            return _valid(int(match[3]), _MONTHS[match[2]], int(match[1]))
    return None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def noon(day: date, zone: str) -> datetime:
    """Return noon of a day in a zone, in UTC, so that the day and its week stay the same."""
    return datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
