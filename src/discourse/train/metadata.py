"""A corpus described for machines: a Frictionless Data Package (``datapackage.json``) with the hash of every file.

``python -m discourse.train.metadata [CORPUS ...]`` writes it anew; a test refuses one that no longer fits its files.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from discourse import codebook
from discourse.records import LANGUAGES
from discourse.train import corpora

FILE = "datapackage.json"
ALL = (*corpora.WRITTEN, "counterfactual-v1", "agreement-v1", "real-v1")
CC0 = {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"}
APACHE = {"name": "Apache-2.0", "path": "https://www.apache.org/licenses/LICENSE-2.0"}
MADE = "Written and read by language models under codebook 1 for this project; no human annotator yet."


def describe(name: str) -> dict[str, Any]:
    """Return the data package of a corpus; raise ``CorpusError`` when there is no such corpus."""
    folder = corpora.folder(name)
    return {
        "profile": "data-package",
        "name": folder.name,
        "title": (folder / "README.md").read_text(encoding="utf-8").splitlines()[0].lstrip("# "),
        "description": MADE,
        "version": folder.name.rpartition("-v")[2] or "1",
        "licenses": [APACHE if folder.name == "discourse-v1" else CC0],
        "codebook": codebook.load().version,
        "resources": list(_resources(folder)),
    }


def write(name: str) -> Path:
    """Write the data package of a corpus beside its files and return its path."""
    file = corpora.folder(name) / FILE
    file.write_text(json.dumps(describe(name), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _resources(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")]):
        data, packed = file.read_bytes(), file.suffix == ".gz"
        rows = [json.loads(line) for line in corpora.content(file).decode("utf-8").split("\n") if line.strip()]
        at = file.relative_to(folder)
        yield {
            "name": "-".join(at.with_name(at.name.partition(".")[0]).parts).lower(),
            "path": at.as_posix(),
            "format": "jsonl",
            "mediatype": "application/jsonl",
            **({"compression": "gz"} if packed else {}),
            "encoding": "utf-8",
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "rows": len(rows),
            "dialect": {"json": {"keyed": True}},
            "schema": {"fields": [_field(field, rows) for field in _names(rows)], "missingValues": [""]},
        }


def _names(rows: list[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _field(name: str, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    values = [row[name] for row in rows if row.get(name) is not None]
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = {kinds[type(v)] for v in values} or {"string"}
    field: dict[str, Any] = {"name": name, "type": kind.pop() if len(kind) == 1 else "any"}
    book = codebook.load()
    if name in book.tasks:
        field["description"] = f"Task {name} of the codebook: {', '.join(book[name].label_names)}."
    limits: dict[str, Any] = {"required": True} if len(values) == len(rows) and field["type"] != "array" else {}
    if name == "id" and len(set(values)) == len(rows):
        limits["unique"] = True
    if name == "lang" and set(values) <= set(LANGUAGES):
        limits["enum"] = sorted(set(values))
    return field | ({"constraints": limits} if limits else {})


if __name__ == "__main__":
    for corpus in sys.argv[1:] or ALL:
        sys.stdout.write(f"{write(corpus)}\n")
