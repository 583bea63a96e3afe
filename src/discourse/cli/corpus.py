"""Commands about the labels and the texts they were tried on."""

from __future__ import annotations

import json as jsonlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from discourse.errors import UsageError


class Form(StrEnum):
    """How the handbook is written."""

    md = "md"
    html = "html"
    json = "json"


class Language(StrEnum):
    """The languages in which labels have display names."""

    fr = "fr"
    en = "en"
    es = "es"
    de = "de"
    it = "it"


def codebook(
    form: Annotated[Form, typer.Option("--format", "-f", help="Markdown, a whole HTML page, or JSON.")] = Form.md,
    lang: Annotated[
        Language, typer.Option("--lang", "-l", help="Language of names, rules and examples.")
    ] = Language.en,
    version: Annotated[str, typer.Option("--codebook", help="Version of the codebook.")] = "1",
    out: Annotated[str, typer.Option("--out", "-o", help='Where to write; "-" is standard output.')] = "-",
) -> None:
    """Print the codebook: every label with definition, rules, examples and its names in published schemes.

    \b
    discourse codebook | less
    discourse codebook --format html --lang fr --out handbook.html
    discourse codebook --format json | jq '.tasks.concern.labels[].name'
    """
    from discourse import codebook as labels
    from discourse.codebook.handbook import render

    made = render(labels.load(version), lang=lang.value, form=form.value)
    text = made if isinstance(made, str) else jsonlib.dumps(made, ensure_ascii=False, indent=2) + "\n"
    if out == "-":
        sys.stdout.write(text)
        return
    path = Path(out)
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}.", remedy="Make it first, or write elsewhere.")
    path.write_text(text, encoding="utf-8")
