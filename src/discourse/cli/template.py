"""The commented discourse.toml that `discourse init` writes; every key of the settings stands in it."""

from __future__ import annotations

from pathlib import Path

from discourse.config import FILE_NAME
from discourse.errors import ConfigError

TEMPLATE = """\
# discourse: what is read, how it is counted, what is written.
# Every key can also be set by the environment: DISCOURSE_STORE__URL, DISCOURSE_REPORT__OUT …

[discourse]
city = "{city}"
place = ""                          # official code for evidence cards: FR-42218, DE-08212000, ES-28079, UK-E08000025
timezone = "Europe/Paris"           # the clock by which weeks begin and end
languages = ["fr", "en", "es", "de", "it"]

[store]
url = "sqlite:///discourse.db"      # or postgresql+psycopg://USER@HOST/DATABASE

[ingest]
contact = ""                        # an e-mail or page named in the User-Agent, so that a site can reach you
delay_seconds = 2.0                 # pause between two requests to one host, at least
timeout_seconds = 30.0
max_megabytes = 50.0                # a larger body is refused
workers = 1                         # sources read side by side; each site still by one process only
allow_private_hosts = []            # hosts on private addresses that may be asked (none by default)
# archive = "archive"               # keep raw responses (WARC) here
pseudonymise = true                 # mask private persons' names and contacts in letters and minutes
# retention_days = 730              # texts older than this are dropped; figures stay (a source may say its own)

# One block a source. `discourse sources add URL` writes such blocks for you.
# [[ingest.sources]]
# name = "gazette"                  # a slug
# title = "La Gazette"              # what a reader sees
# kind = "feed"                     # `discourse sources kinds` lists them
# publisher = "press"               # press, council or civic
# address = "https://gazette.example/rss.xml"
#
# [[ingest.sources]]
# name = "deliberations"
# kind = "scdl"
# publisher = "council"
# address = "data/deliberations.csv"
#
# [[ingest.sources]]
# name = "minutes"
# kind = "folder"
# publisher = "council"
# address = "minutes"
# pattern = "*.pdf"
#
# [[ingest.sources]]
# name = "export"
# kind = "table"                    # CSV or JSONL with a column mapping
# publisher = "press"
# address = "export.csv"
# columns = {{ title = "headline", text = "body", published = "date", url = "link" }}

[classify]
model = "default"                   # a folder of models/, by name or path; "baseline" is the small one
relevance_threshold = 0.8           # a text is about migration when one of its passages is, at least so surely
gate = true                         # a cheap first look spares the model what is plainly about something else
batch = 64
threads = 0                         # 0 uses every core

[measure]
unit = "story"                      # story (reprints merged), passage, or reach
min_n = 20                          # fewer than this: "too few to say"
level = 0.95
resamples = 1000
seed = 2026
false_discovery_rate = 0.05

[evidence]
cards = []                          # the city's own card files (YAML or CSV)
series = []                         # starter series of a country: ["fr"]
cache = "evidence-cache"

[report]
languages = ["fr"]                  # fr, en, es, de, it: one report each
faces = ["html", "json", "csv"]
out = "reports"
baseline_weeks = 8
history_weeks = 26
quote_characters = 280
quotes_per_side = 3

# For `discourse report send`. The password is never written here: set DISCOURSE_MAIL__PASSWORD in the environment.
[mail]
server = ""                         # the city's own mail server
port = 587
security = "starttls"               # starttls, tls, or none for a server on this machine
user = ""
# password =                        # from the environment only
sender = ""
to = []
"""


def write(folder: Path, *, city: str = "") -> Path:
    """Write the template into a folder and return its path; a file that is there already is never touched."""
    path = folder / FILE_NAME
    if path.exists():
        raise ConfigError(f"{path} is there already.", remedy="Edit it, or name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    safe = city.replace("\\", "").replace('"', "")
    path.write_text(TEMPLATE.format(city=safe), encoding="utf-8")
    return path
