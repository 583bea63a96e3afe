"""A town whose every text is an attack: titles, quotes, names, links, labels of sources, cards, terms, reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from tests.report import make
from tests.report.make import Brief, Card, Town, frame, sided

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }} {% raw %} ${7*7} {0} {city}",
    "</style><style>body{display:none}</style>",
    "</title></textarea></script><iframe srcdoc='<b>x'>",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "]]><!-- --><!--<script>",
    "[x](javascript:alert(1)) | a | b | `code` # h1",
    '#set text(red) #eval("1") $x$ \\u{202e}',
    "\u202eetirw ot thgir \u0007\u0000\u200b\ufeff",
    '=HYPERLINK("https://evil.example")',
    "\r\nBcc: everyone@evil.example",
)
LINKS = ("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd",
         "https://a.example/\"><script>alert(1)</script>", "//evil.example/x", "vbscript:x", "https://ok.example/<b>")  # fmt: skip
ALL = " ".join(ATTACKS)


def town() -> Town:
    """Return the attacked town."""
    made = make.town()
    sources = tuple(
        s.model_copy(update={"title": f"{s.shown} {ATTACKS[i % 3]}"})
        for i, s in enumerate(made.settings.ingest.sources)
    )
    made.settings = made.settings.model_copy(
        update={
            "ingest": made.settings.ingest.model_copy(update={"sources": sources}),
            "discourse": made.settings.discourse.model_copy(update={"city": f"Ville {ALL}"}),
            "report": made.settings.report.model_copy(update={"quote_characters": 600}),
        }
    )
    made.passages = frame([_passage(i) for i in range(36)])
    made.ledger = [
        replace(
            r,
            title=f"{r.title} {ATTACKS[i % 3]}",
            note=ALL,
            skipped={ATTACKS[1]: 3},
            failed={ATTACKS[0]: 1},
            last_seen=date(2026, 11, 1),
        )
        for i, r in enumerate(made.ledger)
    ]
    card = {"value": 1.5, "unit": ATTACKS[0], "label": ALL, "place": ALL, "period": ATTACKS[1], "source": ALL, "licence": ATTACKS[2],
            "link": LINKS[0], "retrieved": ATTACKS[1], "flags": list(ATTACKS[:2]), "bearing": "\"><script>", "caveat": ALL}  # fmt: skip
    made.evidence = {
        "housing": Brief("housing", {"fr": ALL, "en": ALL}, (Card(card), Card({**card, "link": LINKS[4]})))
    }
    made.method = {**made.method, "model": ALL, "recipe": {"corpus": ALL, "corpus_sha256": ALL, "seed": ALL}}
    made.decisions = {
        "advice": {
            f"{made.week}/housing": {"value": {"advice": "prepare", "reason": ALL}, "by": ALL, "made": "2026-11-15"}
        }
    }
    return made


def _passage(i: int) -> dict[str, object]:
    side = ("supportive", "critical", "neutral")[i % 3]
    text = f"{ATTACKS[i % len(ATTACKS)]} {ATTACKS[(i + 1) % len(ATTACKS)]} Une phrase assez longue pour être citée dans le rapport. {i} {ALL}"
    term = {"term": ATTACKS[0], "start": 0, "end": 20, "neutral": ATTACKS[1], "quoted": False}
    return sided(
        i, side, source=("gazette", "reveil", "post", "letters", "minutes")[i % 5], text=text, lang="fr",
        title=f"Titre {ALL}", url=LINKS[i % len(LINKS)], term_spans=json.dumps([term]),
        voice_spans=json.dumps([{"voice": "resident", "speaker": ALL}]),
    )  # fmt: skip
