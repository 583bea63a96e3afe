"""Swap only the group or the first name in a passage: what a model says of it must not follow the name.

Words are swapped within a class of the same grammar (gender, number, ending, vowel or consonant at the start), so that
articles and agreement stay right.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from discourse.train.corpora import Example

_GROUPS: dict[str, tuple[str, ...]] = {
    "fr": (
        "Syriens Soudanais Marocains Maliens Tunisiens Roumains Polonais Vénézuéliens Géorgiens Guinéens Congolais",
        "Afghans Algériens Ukrainiens Irakiens Albanais Ivoiriens Érythréens Éthiopiens",
        "Syrien Soudanais Marocain Malien Tunisien Roumain Polonais Géorgien Guinéen Congolais",
        "Afghan Algérien Ukrainien Irakien Albanais Ivoirien Érythréen Éthiopien",
        "Syriennes Marocaines Maliennes Tunisiennes Roumaines Polonaises Géorgiennes",
        "Afghanes Algériennes Ukrainiennes Irakiennes Albanaises Ivoiriennes Érythréennes",
        "Syrienne Marocaine Malienne Tunisienne Roumaine Polonaise Géorgienne",
        "Afghane Algérienne Ukrainienne Irakienne Albanaise Ivoirienne Érythréenne",
        "syriens marocains maliens tunisiens roumains géorgiens guinéens",
        "afghans algériens ukrainiens irakiens albanais ivoiriens érythréens",
        "syrien marocain malien tunisien roumain géorgien guinéen",
        "afghan algérien ukrainien irakien albanais ivoirien érythréen",
        "syriennes marocaines maliennes tunisiennes roumaines",
        "afghanes algériennes ukrainiennes irakiennes ivoiriennes",
        "syrienne marocaine malienne tunisienne roumaine",
        "afghane algérienne ukrainienne irakienne ivoirienne",
    ),
    "en": (
        "Syrians Romanians Poles Moroccans Somalis Nigerians Venezuelans Vietnamese Sudanese Kurds",
        "Afghans Ukrainians Eritreans Iraqis Iranians Albanians Ethiopians",
        "Syrian Romanian Polish Moroccan Somali Nigerian Venezuelan Vietnamese Sudanese Kurdish",
        "Afghan Ukrainian Eritrean Iraqi Iranian Albanian Ethiopian",
    ),
    "es": (
        "sirios marroquíes rumanos senegaleses venezolanos colombianos ucranianos afganos argelinos malienses",
        "sirio marroquí rumano senegalés venezolano colombiano ucraniano afgano argelino maliense",
        "sirias marroquíes rumanas senegalesas venezolanas colombianas ucranianas afganas",
        "siria marroquí rumana senegalesa venezolana colombiana ucraniana afgana",
    ),
    "de": (
        "Syrer Iraker Eritreer Albaner Marokkaner Ukrainer Algerier Nigerianer",
        "Syrern Irakern Eritreern Albanern Marokkanern Ukrainern Algeriern Nigerianern",
        "Syrerin Irakerin Eritreerin Albanerin Marokkanerin Ukrainerin Nigerianerin",
        "Syrerinnen Irakerinnen Eritreerinnen Ukrainerinnen Nigerianerinnen",
        "syrische irakische eritreische albanische marokkanische ukrainische nigerianische",
        "syrischen irakischen eritreischen albanischen marokkanischen ukrainischen nigerianischen",
        "syrischer irakischer eritreischer albanischer marokkanischer ukrainischer",
    ),
    "it": (
        "siriani marocchini senegalesi tunisini nigeriani romeni bengalesi pakistani",
        "afghani ucraini albanesi eritrei egiziani iracheni",
        "siriano marocchino senegalese tunisino nigeriano romeno bengalese pakistano",
        "siriane marocchine senegalesi tunisine nigeriane romene",
        "siriana marocchina senegalese tunisina nigeriana romena",
        "afghana ucraina albanese eritrea egiziana irachena",
    ),
}
_NAMES = (
    "Ahmed Mohamed Ibrahim Moussa Youssef Karim Mamadou Samir Bilal Hassan Mehdi Rachid Amadou Dmytro Pierre Julien",
    "Fatima Amina Aïcha Leïla Mariam Yasmine Samira Olena Aminata Zahra Marie Claire",
)


@dataclass(frozen=True)
class Swap:
    """A passage with one word exchanged everywhere: what was there, what is there now."""

    text: str
    what: str
    was: str
    now: str


def swaps(text: str, lang: str) -> Iterator[Swap]:
    """Yield every passage that differs by one group or one first name, each word of a class against the next two."""
    for what, rows in (("group", _GROUPS.get(lang, ())), ("name", _NAMES)):
        for row in rows:
            words = row.split()
            for at, word in enumerate(words):
                if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
                    for step in (1, len(words) // 2):
                        other = words[(at + step) % len(words)]
                        if other != word:
                            yield Swap(_replaced(text, word, other), what, word, other)


def swapped(examples: Sequence[Example], *, each: int = 3, weight: float = 0.5) -> list[Example]:
    """Return, of every example that names a group or a first name, up to ``each`` copies that name another.

    Labels stay the same. Which words take the place is drawn by the hash of the id; a copy weighs ``weight`` of its
    original.
    """
    out = []
    for e in examples:
        found = list(swaps(e.text, e.lang))
        first = int(hashlib.sha256(e.id.encode()).hexdigest()[:8], 16)
        for n in range(min(each, len(found))):
            swap = found[(first + n) % len(found)]
            out.append(replace(e, id=f"swap{n}-{e.id}", text=swap.text, weight=e.weight * weight))
    return out


def _replaced(text: str, word: str, other: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other, text)
