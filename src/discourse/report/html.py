"""The HTML face: one self-contained file, no network; for keyboard and screen reader, light, dark, phone, print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from discourse.report.blocks import Chart
from discourse.report.composing import compose
from discourse.report.drawing import draw
from discourse.report.value import ReportData
from discourse.report.wording import Words


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.html``."""
    page, words = compose(data, lang), Words(lang)

    def drawn(chart: Chart) -> Markup:
        """Return a chart in its wide and narrow forms; every text in them is escaped by the SVG writer."""
        return Markup("".join(draw(chart, words, ink="page", narrow=narrow) for narrow in (False, True)))

    style, script = _asset("report.css"), _asset("report.js")
    html = _environment().get_template("report.html.j2").render(
        page=page,
        drawn=drawn,
        explore=lambda title: words("page.explore", title=title),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
    )  # fmt: skip
    return {f"report.{lang}.html": html.encode("utf-8")}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("discourse.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["kind"] = lambda block, name: type(block).__name__ == name
    return made


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return (resources.files("discourse.report") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return a content security policy that lets in this one style and this one script, and nothing from outside."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
