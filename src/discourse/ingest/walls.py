"""Tell a story from what stands in front of it: paywalls, and cookie notices taken for articles."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

TEASER_WORDS = 200
"""A page that says it is not free, yet gives more words than this, gave its story."""
NOTICE_WORDS = 160

_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?(?:false|https?://schema\.org/False)', re.IGNORECASE)
_LOCKED = re.compile(
    r"réservée?s? (?:aux|à nos) abonné|article abonné|il vous reste \d+ ?% de (?:cet article|ce texte)"
    r"|(?:abonnez-vous|s['’]abonner|connectez-vous) pour (?:lire la suite|poursuivre|continuer)"
    r"|subscribe (?:now )?to (?:continue|keep|read)|(?:for|to) subscribers only"
    r"|this (?:article|content) is for subscribers"
    r"|to continue reading,? (?:please )?(?:subscribe|log in|sign in)|already a subscriber\?"
    r"|(?:exclusivo|solo|sólo) para (?:suscriptores|abonados)|suscríbe(?:te|se) para (?:seguir|continuar|leer)"
    r"|contenuto riservato agli abbonati|abbonati per (?:continuare|leggere)|per continuare a leggere"
    r"|nur für abonnent|weiterlesen mit \S|jetzt abonnieren und weiterlesen|diesen artikel weiterlesen mit"
    r"|mit einem abo weiterlesen",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"cookies?|consent\w*|consent(?:ement|imiento)|einwilligung|zustimm\w+|datenschutz\w*|accepter|accept all"
    r"|alle akzeptieren|aceptar|accetta\w*|traceurs"
    r"|(?:nos|our|unsere|nuestros|nostri) (?:\d+ )?(?:partenaires|partners?"
    r"|partner|socios)|vie privée|privacy|données personnelles|personenbezogene\w*|datos personales|dati personali",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"cookie|traceurs|consent|einwilligung", re.IGNORECASE)
_MANAGERS = re.compile(r"didomi|onetrust|cookiebot|quantcast|sp_message|usercentrics|axeptio|tarteaucitron|__tcfapi")
_SCRIPTS = re.compile(r"<(script|style|noscript)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


def wall(markup: str, story: str, *, url: str = "") -> str | None:
    """Return ``cookie_wall`` or ``paywall`` when a page gives that instead of its story, ``None`` otherwise."""
    words = len(story.split())
    if _asks_consent(url) or (words <= NOTICE_WORDS and _is_notice(markup, story, words)):
        return "cookie_wall"
    if words > TEASER_WORDS:
        return None
    if _NOT_FREE.search(markup) or _LOCKED.search(story) or _LOCKED.search(_visible(markup)):
        return "paywall"
    return None


def _asks_consent(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host.startswith(("consent.", "cmp.", "privacy-mgmt."))


def _is_notice(markup: str, story: str, words: int) -> bool:
    """Return whether a short text speaks of little but cookies, or an empty page holds nothing but such a notice."""
    if words < 12:
        shown = _visible(markup)
        return (
            bool(_MANAGERS.search(markup) or len(_CONSENT.findall(shown)) >= 3)
            and len(shown.split()) <= 2 * NOTICE_WORDS
        )
    said = len(_CONSENT.findall(story))
    return said >= 4 and said / words >= 0.04 and bool(_COOKIE.search(story))


def _visible(markup: str) -> str:
    return _TAGS.sub(" ", _SCRIPTS.sub(" ", markup[:1_000_000]))
