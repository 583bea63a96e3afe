"""The configuration a user of the town would have written."""

from __future__ import annotations

from valmorel.setting import OUTLETS

HEAD = """\
[discourse]
city = "Valmorel-sur-Loire"
timezone = "Europe/Paris"
languages = ["fr", "en"]

[store]
url = "sqlite:///discourse.db"
"""
FEED = """
[[ingest.sources]]
name = "{name}"
title = "{title}"
kind = "feed"
publisher = "press"
address = "feeds/{name}.xml"
saved_pages = "pages"
"""
REST = """
[[ingest.sources]]
name = "deliberations"
title = "Délibérations du conseil municipal"
kind = "scdl"
publisher = "council"
address = "council/deliberations.csv"

[[ingest.sources]]
name = "pv"
title = "Procès-verbaux du conseil municipal"
kind = "folder"
publisher = "council"
address = "council/pv"
pattern = "*.pdf"

[[ingest.sources]]
name = "letters"
title = "Courrier des habitants"
kind = "folder"
publisher = "civic"
address = "letters"
pattern = "*.txt"

[measure]
min_n = 10

[report]
languages = ["fr", "en"]
out = "reports"
baseline_weeks = 8
"""


def config() -> str:
    """Return the text of ``discourse.toml``."""
    return HEAD + "".join(FEED.format(name=o.name, title=o.title) for o in OUTLETS) + REST
