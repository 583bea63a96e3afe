"""Names of private persons, mails and numbers are masked before anything is quoted; those in office are not.

Private are the speakers whom the tags call migrants, residents or other voices, and any name that a title, an age, a
private role or a verb of saying introduces, unless an office is named within the same few words. It masks too much
rather than too little; institutions and those whom the tags call by an office keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from discourse.report.value import FindNames

MASK: Mapping[str, str] = {
    "fr": "[nom masqué]",
    "en": "[name withheld]",
    "es": "[nombre omitido]",
    "de": "[Name entfernt]",
    "it": "[nome omesso]",
}
PRIVATE = frozenset({"migrant", "resident", "other_voice"})

_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]*\w"  # mail
    r"|(?<![\w+])(?:\+|00)\d{1,3}[ .]?(?:\(0\))?\d(?:[ ./-]?\d{1,4}){3,5}(?!\d)"  # telephone, international
    r"|(?<!\d)0\d(?:[ .-]?\d{2}){4}(?!\d)"  # telephone, French
    r"|(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"  # IBAN
    r"|(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3}(?: ?\d{2})?(?!\d)"  # French social security number
)
_UP = r"[A-ZÀ-ÖØ-ÞŁŚŻÇ][\w’'-]*[a-zà-öø-ÿ]\w*"
_NAME = rf"{_UP}(?:[ -](?:de |da |del |della |di |van |von |el |al-|ben |bint )?(?:{_UP}|[A-Z]\.)){{0,3}}"
_TITLED = re.compile(
    rf"\b(?:M\.|Mme|Mlle|Mr\.?|Mrs\.?|Ms\.?|Miss|Herrn?|Frau|Sr\.|Sra\.|Señora?|Don|Doña|Sig\.ra|Sig\.|Signora?)"
    rf"\s+({_NAME})"
)
_AGED = re.compile(rf"({_NAME}), (?:âgée? de )?(?:aged )?\d{{1,2}} ?(?:ans|años|Jahre|anni|years|,)")
_SAYS = re.compile(rf"\b(?:my name is|je m[’']appelle|me llamo|ich heiße|mi chiamo)\s+({_NAME})", re.IGNORECASE)
_ROLE = (
    r"habitante?|résidente?|rivéraine?|riveraine?|retraitée?|voisine?|bénévole|réfugiée?|migrante?|lectrice|lecteur"
    r"|mère|père|étudiante?|lycéenne?|lycéen|locataire|resident|neighbour|retired|pensioner|refugee|migrant|reader"
    r"|volunteer|mother|father|student|tenant|vecin[oa]|jubilad[oa]|refugiad[oa]|voluntari[oa]|madre|padre|lector[a]?"
    r"|Anwohner(?:in)?|Einwohner(?:in)?|Rentner(?:in)?|Nachbar(?:in)?|Geflüchteter?|Ehrenamtliche[r]?|Leser(?:in)?"
    r"|residente|abitante|pensionat[oa]|vicin[oa]|rifugiat[oa]|volontari[oa]|lettore|lettrice"
)
_CUE = (
    r"raconte|témoigne|confie|soupire|lâche|explique|dit|assure|résume|affirme|says?|said|recalls?|explains?|tells"
    r"|dice|dijo|cuenta|explica|afirma|sagt|sagte|erzählt|erklärt|berichtet|racconta|spiega|afferma|ha detto"
)
_ROLED = re.compile(rf"({_NAME}), (?:une? |an? |the |un[ao]? |eine? )?(?:{_ROLE})\b")
_AFTER_ROLE = re.compile(rf"\b(?:{_ROLE}),? ({_UP}(?: {_UP}){{1,2}})")
_CUED = re.compile(rf"\b(?:{_CUE}) ({_UP}(?: {_UP}){{1,2}})")
_PSEUDONYM = re.compile(r"\[(?:person|email|phone|iban|nir|address):[^\]\s]+\]")
_CAPITAL = re.compile(_NAME)
_OFFICE = re.compile(
    r"\b(?:maire|adjointe?|conseill[eè]re?|pr[ée]f[eè]te?|ministre|d[ée]put[ée]e?|s[ée]nat(?:eur|rice)|pr[ée]sidente?"
    r"|direct(?:eur|rice)|procureure?|commissaire|juge|rapporteure?|mayor|councillor|minister|prefect|MP|senator|chief"
    r"|president|director|secretary|alcalde(?:sa)?|concejal[a]?|ministr[oa]|diputad[oa]|president[ea]|delegad[oa]"
    r"|Bürgermeister(?:in)?|Oberbürgermeister(?:in)?|Stadtr[aä]t(?:in)?|Minister(?:in)?|Dezernent(?:in)?|Landr[aä]t(?:in)?"
    r"|Sprecher(?:in)?|Abgeordneter?|sindac[oa]|assessor[ea]|consiglier[ea]|prefett[oa]|deputat[oa]|questore)\b"
)


def mask(
    text: str,
    lang: str,
    *,
    speakers: Sequence[tuple[str, str | None]] = (),
    find_names: FindNames | None = None,
) -> str:
    """Return a text without private names and contacts; ``speakers`` are (voice, speaker) pairs of its passage."""
    public = " ".join(s for voice, s in speakers if s and voice not in PRIVATE)
    names = {n for n in _private(text, lang, speakers, find_names) if n not in public}
    names |= {last for n in names if len(last := n.split()[-1]) > 3 and last not in public and " " in n}
    word = MASK.get(lang, MASK["en"])
    for name in sorted(names, key=lambda n: (-len(n), n)):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", word, text)
    text = _CONTACT.sub(word, _PSEUDONYM.sub(word, text))
    return re.sub(rf"{re.escape(word)}(?:[ -]{re.escape(word)})+", word, text)


def _private(
    text: str, lang: str, speakers: Sequence[tuple[str, str | None]], find_names: FindNames | None
) -> Iterable[str]:
    for voice, speaker in speakers:
        if speaker and voice in PRIVATE and not _OFFICE.search(speaker):
            yield from (m.group() for m in _CAPITAL.finditer(_unopened(speaker)))
    spans = [
        m.span(1) for pattern in (_TITLED, _AGED, _SAYS, _ROLED, _AFTER_ROLE, _CUED) for m in pattern.finditer(text)
    ]
    spans += list(find_names(text, lang)) if find_names else []
    for start, end in spans:
        around = text[max(0, start - 40) : start] + " " + text[end : end + 40]
        if not _OFFICE.search(around):
            yield text[start:end]


def _unopened(speaker: str) -> str:
    """Return a speaker phrase whose first word is small again where it is an article, not a name."""
    head, _, rest = speaker.partition(" ")
    articles = {"Le", "La", "Les", "Un", "Une", "L'", "The", "A", "An", "El", "Los", "Las", "Una", "Der", "Die", "Das"}
    articles |= {"Ein", "Eine", "Il", "Lo", "Gli", "I", "Uno"}
    return rest if head in articles else speaker
