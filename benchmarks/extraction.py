"""Article extraction on the public benchmark's pages, beside what a user would pick instead: F1 and pages/s, by language.

    python benchmarks/extraction.py [FOLDER]     a folder of pages with evaldata.subset.json of adbar/trafilatura

Scored as that benchmark does: each page names a few stretches that belong to its story and a few that do not; a stretch
counts as found where it stands in the extracted text. trafilatura's own project made the set, so it favours it.
readability-lxml and newspaper4k are measured where they are installed; the latter is kept from fetching pictures.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discourse import config, language
from discourse.errors import DiscourseError
from discourse.ingest import open_door
from discourse.ingest.draft import LeftOut
from discourse.ingest.extract import html
from discourse.ingest.extract.text import decode
from discourse.records import Fetched, SourceRef

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "samples" / "html" / "trafilatura-eval"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SPEC = config.SourceSpec(name="x", kind="folder", address=".")
DOOR = open_door(config.defaults(FOLDER), SPEC, now=NOW, known={})


def ours(body: bytes) -> str:
    """Return what this project takes for the story."""
    ref = SourceRef(source="x", url="x.html")
    try:
        draft = next(html.extract(Fetched(ref=ref, body=body, retrieved=NOW, url="x.html"), DOOR))
    except (DiscourseError, LeftOut):
        return ""
    return draft.text


def trafilatura_default(body: bytes) -> str:
    """Return trafilatura's text with its default settings."""
    import trafilatura

    return trafilatura.extract(decode(body), include_comments=False) or ""


def readability(body: bytes) -> str:
    """Return readability-lxml's text."""
    from lxml import html as lxml_html
    from readability import Document

    return str(lxml_html.fromstring(Document(decode(body)).summary()).text_content())


def newspaper(body: bytes) -> str:
    """Return newspaper4k's text."""
    from newspaper import Article

    article = Article("http://page.example/a", fetch_images=False)
    article.download(input_html=decode(body))
    article.parse()
    return str(article.text)


READERS: tuple[Callable[[bytes], str], ...] = (ours, trafilatura_default, readability, newspaper)


class Score:
    """Stretches found and wrongly found, and the seconds that took."""

    def __init__(self) -> None:
        self.right = self.missed = self.wrong = self.pages = 0
        self.seconds = 0.0

    def add(self, item: dict[str, Any], text: str, seconds: float) -> None:
        """Count one page."""
        found = sum(stretch in text for stretch in item["with"])
        self.right += found
        self.missed += len(item["with"]) - found
        self.wrong += sum(stretch in text for stretch in item["without"])
        self.pages += 1
        self.seconds += seconds

    def line(self) -> str:
        """Return precision, recall, F1 and pages for each second of one processor."""
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return f"P {precision:.3f} R {recall:.3f} F1 {f1:.3f}  {self.pages / max(1e-9, self.seconds):5.1f} pages/s"


def main(folder: Path) -> None:
    """Print the scores of each reader, in all and by language."""
    items = json.loads((folder / "evaldata.subset.json").read_text(encoding="utf-8"))
    items = list(items.values()) if isinstance(items, dict) else items
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    for item in items:
        path = folder / item["file"]
        if not path.is_file():
            continue
        body = path.read_bytes()
        lang = language.identify(" ".join(item["with"]) + " " + ours(body)[:500])
        for reader in READERS:
            begun = time.process_time()
            try:
                text = reader(body)
            except ImportError:
                continue
            except Exception:
                text = ""
            for group in ("all", lang):
                scores[reader.__name__, group].add(item, text, time.process_time() - begun)
    for (name, group), score in sorted(scores.items(), key=lambda s: (s[0][1] != "all", s[0][1])):
        if score.pages >= 5:
            print(f"{group:4} {score.pages:4} pages  {name:20} {score.line()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
