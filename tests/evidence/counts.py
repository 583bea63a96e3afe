"""Count cards and declared series: ``python tests/evidence/counts.py``; and how many blind questions reach a figure."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from discourse import config, evidence
from discourse.evidence import library
from discourse.evidence.answer import answer

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LANDS = {"fr": "FR", "de": "DE", "es": "ES", "it": "IT", "en": "UK"}


def main() -> None:
    """Print a line for every country, and one for the blind questions."""
    base = config.defaults(Path(tempfile.mkdtemp()))
    print(len({(c.kind, c.place, c.period) for c in library.starter()}), "figures shipped")
    for land in library.COUNTRIES:
        here = base.model_copy(update={"discourse": base.discourse.model_copy(update={"place": land})})
        briefs = evidence.for_concerns(here, now=NOW)
        series = [s for s in library.series() if s.country == land]
        checked = Counter(s.checked_in or "unchecked" for s in series)
        figures = {(c.kind, c.place, c.period) for b in briefs.values() for c in b.cards}
        print(
            f"{land}: {len(figures)} figures on {sum(not b.gap for b in briefs.values())} concerns; {len(series)} series,"
            f" {sum(bool(s.query) for s in series)} with an address, {sum(bool(s.figures) for s in series)} with a cell;"
            f" codes seen: {dict(checked)}; no figure: {', '.join(n for n, b in briefs.items() if b.gap) or 'none'}"
        )
    lines = Path(__file__).with_name("questions_blind.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [r for r in map(json.loads, lines) if r["held_out"] and r["answerable"]]
    got = [answer(r["question"], base, now=NOW, place=LANDS[r["lang"]]) for r in asked]
    print(f"{sum(not a.gap for a in got)} of {len(asked)} answerable held-out blind questions reach a figure")


if __name__ == "__main__":
    main()
