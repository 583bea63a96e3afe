"""Names in their places, dates in words, addresses, each outlet's own hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

from valmorel.setting import SETTING, Outlet, Town

MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}


def slots(town: Town, key: str) -> Callable[[str], str]:
    """Return what fills the places of a text: one name for one place throughout that text."""
    rng, names = town.rng("slots", key), SETTING["names"]
    men, women, families = rng.sample(names["men"], 2), rng.sample(names["women"], 2), rng.sample(names["families"], 4)
    cast = town.rng("cast")
    values = {
        "resident_m": f"{men[0]} {families[0]}",
        "resident_m2": f"{men[1]} {families[1]}",
        "resident_f": f"{women[0]} {families[2]}",
        "resident_f2": f"{women[1]} {families[3]}",
        "street": rng.choice(names["streets"]),
        "district": rng.choice(names["districts"]),
        "school": rng.choice(names["schools"]),
        "councillor": rng.choice(SETTING["council"]["benches"]),
        "number_teen": str(rng.randrange(12, 20)),
        "number_tens": str(rng.randrange(24, 96)),
        "number_hundreds": str(rng.randrange(230, 780)),
        "cast_grille_f": f"{cast.choice(names['women'])} {cast.choice(names['families'])}",
    }

    def fill(text: str) -> str:
        said = re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], text)
        return said[:1].upper() + said[1:]

    return fill


def typeset(text: str, outlet: Outlet) -> str:
    """Return a text as this outlet types it: curly apostrophes and hard spaces, or neither."""
    if not outlet.typographic:
        return text
    text = text.replace("'", "’").replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    return re.sub(r" ([:;?!%€])", "\u00a0\\1", text)


def slug(title: str, words: int = 9) -> str:
    """Return the first words of a title as an address writes them."""
    title = re.sub("[œŒ]", "oe", title).replace("’", "-").replace("'", "-")
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:words])


def teaser(paragraphs: list[str]) -> str:
    """Return the first words of a story, as a feed shows them."""
    words = paragraphs[0].split()
    return " ".join(words[:28]) + (" …" if len(words) > 28 else "")


def written_day(when: date, lang: str) -> str:
    """Return a day as people write it: 1er septembre 2026."""
    first = "1er" if lang == "fr" and when.day == 1 else str(when.day)
    return f"{first} {MONTHS[lang].split()[when.month - 1]} {when.year}"


def write(path: Path, text: str) -> None:
    """Write a text with its folders, in UTF-8 and with plain line ends everywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
