"""What a publisher asks of machines: robots.txt, and the reservation of text and data mining.

Signals read: TDMRep (W3C final report, 10 May 2024) in ``/.well-known/tdmrep.json``, headers, meta and XMP; ``ai.txt``;
``noai`` in robots meta and ``X-Robots-Tag``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

_META = re.compile(rb"<meta\s[^>]*>", re.IGNORECASE)
_NAME = re.compile(rb"""(?:name|property)\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_CONTENT = re.compile(rb"""content\s*=\s*["']?([^"'>]*)""", re.IGNORECASE)
_XMP = re.compile(rb"""tdm:reservation\s*(?:>|=\s*["'])\s*1\s*["'<]""", re.IGNORECASE)
_NOAI = re.compile(r"\b(noai|noml|notrain)\b", re.IGNORECASE)


def by_headers(headers: Mapping[str, str]) -> str | None:
    """Return the signal in a response's headers, ``None`` where there is none."""
    low = {k.lower(): v for k, v in headers.items()}
    if low.get("tdm-reservation", "").strip() == "1":
        return "tdmrep header"
    if _NOAI.search(low.get("x-robots-tag", "")):
        return "noai header"
    return None


def by_page(body: bytes) -> str | None:
    """Return the signal in a page's meta elements, ``None`` where there is none."""
    for name, value in _metas(body):
        if name == "tdm-reservation" and value == "1":
            return "tdmrep meta"
        if name == "robots" and _NOAI.search(value):
            return "noai meta"
    return None


def _metas(body: bytes) -> Iterator[tuple[str, str]]:
    for tag in _META.findall(body[:200_000]):
        name, content = _NAME.search(tag), _CONTENT.search(tag)
        if name and content:
            yield name[1].decode("ascii", "ignore").lower(), content[1].decode("utf-8", "ignore").strip()


def by_pdf(body: bytes) -> str | None:
    """Return the signal in a PDF's XMP metadata, ``None`` where there is none."""
    if b"%PDF" not in body[:1024]:
        return None
    return "tdmrep xmp" if _XMP.search(body) else None


def allowed(headers: Mapping[str, str], body: bytes) -> str | None:
    """Return where a publisher says in so many words that nothing is reserved, ``None`` where nothing is said."""
    low = {k.lower(): v for k, v in headers.items()}
    if low.get("tdm-reservation", "").strip() == "0":
        return "tdmrep header: 0"
    return "tdmrep meta: 0" if ("tdm-reservation", "0") in _metas(body) else None


def by_tdmrep(text: str, url: str) -> str | None:
    """Return the signal that a site's ``tdmrep.json`` gives for an address; the first rule that fits counts."""
    try:
        rules = json.loads(text)
    except (ValueError, RecursionError):
        return None
    path = urlsplit(url).path or "/"
    for rule in rules if isinstance(rules, list) else []:
        location = rule.get("location") if isinstance(rule, dict) else None
        if isinstance(location, str) and _fits(path, location):
            return "tdmrep.json" if str(rule.get("tdm-reservation")) == "1" else None
    return None


def _fits(path: str, location: str) -> bool:
    pattern = location if location.startswith("/") else f"/{location}"
    ended = pattern.endswith("$")
    pattern = pattern.removesuffix("$").replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(path, pattern if ended else f"{pattern}*")


def by_ai_txt(text: str) -> str | None:
    """Return the signal of an ``ai.txt`` that disallows text for everyone, ``None`` where it does not."""
    agent_all = False
    for line in text.splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            agent_all = value == "*"
        elif key == "disallow" and agent_all and value in ("/", "*", "*.txt", "*.html", "/*"):
            return "ai.txt"
    return None
