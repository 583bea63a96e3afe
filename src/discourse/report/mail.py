"""The e-mail face: a message to send or open as a draft, its headline as text and HTML, the whole report attached."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from discourse.report import html
from discourse.report.blocks import Concerns, Page
from discourse.report.composing import compose
from discourse.report.markdown import SIGNS
from discourse.report.value import ReportData
from discourse.report.wording import Words

CONCERNS = 5


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.eml``, without sender and recipient: the city's own server or program adds them."""
    page, words = compose(data, lang), Words(lang)
    message = EmailMessage(policy=SMTP)
    status = "" if page.signed else words("mail.draft")
    message["Subject"] = _one_line(words("mail.subject", status=status, city=data.city or "–", week=page.week))
    message["Date"] = format_datetime(data.made)
    message["X-Unsent"] = "1"
    message["Content-Language"] = lang
    message.set_content(_text(page, words))
    message.add_alternative(_environment().get_template("mail.html.j2").render(**_said(page, words)), subtype="html")
    for name, body in html.render(data, lang).items():
        message.add_attachment(body, maintype="text", subtype="html", filename=name, params={"charset": "utf-8"})
    _fix_boundaries(message, data.digest[:24])
    return {f"report.{lang}.eml": message.as_bytes()}


def _one_line(text: str) -> str:
    """Return a text that can stand in a header."""
    return " ".join(text.split())


def _text(page: Page, words: Words) -> str:
    out = [page.title, f"{page.kicker} · {page.week} · {page.subtitle}", f"{page.stamp} · {page.stamp_small}", ""]
    out += [f"! {alert}" for alert in page.alerts] + [""] * bool(page.alerts)
    for said in page.sentences:
        out += [f"{SIGNS[said.mark]} {said.text}", ""]
    for concern in _concerns(page).items[:CONCERNS] if _has_concerns(page) else ():
        out.append(f"- {concern.name} · {concern.advice_name} · {concern.amount}, {concern.change}")
    return "\n".join([*out, "", words("mail.attached"), "", page.digest, ""])


def _said(page: Page, words: Words) -> dict[str, object]:
    return {
        "page": page,
        "signs": SIGNS,
        "concerns": _concerns(page).items[:CONCERNS] if _has_concerns(page) else (),
        "concerns_title": words("part.concerns"),
        "attached": words("mail.attached"),
    }


def _has_concerns(page: Page) -> bool:
    return any(isinstance(b, Concerns) for part in page.parts for b in part.blocks)


def _concerns(page: Page) -> Concerns:
    return next(b for part in page.parts for b in part.blocks if isinstance(b, Concerns))


def _fix_boundaries(message: EmailMessage, token: str) -> None:
    """Give every multipart its own boundary, made from the report: the same report gives the same bytes."""
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_report_{token}_{number}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("discourse.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
