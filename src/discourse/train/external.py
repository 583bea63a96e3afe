"""Readers of other people's sets, as a user who has obtained them would use them: path in, rows out, nothing copied.

Each row has a stable id, so that labels we made can be kept apart from the text and joined where it is present.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from discourse.errors import CorpusError


@dataclass(frozen=True, kw_only=True)
class ExternalRow:
    """One text of another's set: ``labels`` are the set's own, mapped to ours only where the mapping is honest."""

    id: str
    text: str
    lang: str
    context: str | None = None
    group: str = ""
    labels: Mapping[str, Any] = field(default_factory=dict)


def jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file; raise ``CorpusError`` naming the line that cannot be read."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}, line {number} is no JSON.", remedy="Take a fresh copy.") from error


def xstance(root: Path) -> Iterator[ExternalRow]:
    """Yield candidates' answers of the x-stance valid split (Vamvas and Sennrich 2020); the question is the context."""
    for r in jsonl(root / "stance" / "xstance_valid.jsonl"):
        yield ExternalRow(
            id=f"xstance:{r['id']}",
            text=r["comment"],
            lang=r["language"],
            context=r["question"],
            group=str(r["question_id"]),
            labels={"topic": r["topic"], "stance": r.get("stance_toward_migrants"), "label": r["label"]},
        )


def cofe(root: Path) -> Iterator[ExternalRow]:
    """Yield citizens' comments of the Conference on the Future of Europe; the proposal is the context."""
    for r in jsonl(root / "stance" / "cofe_valid.jsonl"):
        yield ExternalRow(
            id=f"cofe:{r['id_cm']}",
            text=r["comment"],
            lang=r["lan_cm"],
            context=f"{r['title']} {r['proposal']}".strip(),
            group=str(r["id_prop"]),
            labels={"topic": r["Topic"], "label": r["label"], "proposal_lang": r["lan_prop"]},
        )


def cofe_proposals(root: Path) -> Iterator[ExternalRow]:
    """Yield the proposals themselves, each once."""
    seen: set[str] = set()
    for r in jsonl(root / "stance" / "cofe_valid.jsonl"):
        if str(r["id_prop"]) not in seen:
            seen.add(str(r["id_prop"]))
            text = f"{r['title']}. {r['proposal']}"
            yield ExternalRow(
                id=f"cofe-proposal:{r['id_prop']}",
                text=text,
                lang=r["lan_prop"],
                group=str(r["id_prop"]),
                labels={"topic": r["Topic"]},
            )


def reminder(root: Path) -> Iterator[ExternalRow]:
    """Yield REMINDER headlines; the labels are of the whole article, a weak signal."""
    lang = {
        "Spain": "es",
        "Sweden": "sv",
        "Hungary": "hu",
        "Romania": "ro",
        "UK": "en",
        "Germany": "de",
        "Poland": "pl",
    }
    for r in jsonl(root / "frames" / "reminder_headlines.jsonl"):
        labels = {k: int(r[k]) for k in ("economy", "labour", "security", "welfare")}
        yield ExternalRow(
            id=f"reminder:{r['id']}", text=r["headline"], lang=lang[r["country"]], group=r["source"], labels=labels
        )


def stereoimmigrants(root: Path) -> Iterator[ExternalRow]:
    """Yield stretches of Spanish parliamentary speech (Sánchez-Junquera et al. 2021), grouped by speech."""
    for r in jsonl(root / "frames" / "stereoimmigrants_es.jsonl"):
        yield ExternalRow(
            id=f"stereoimmigrants:{r['id']}",
            text=r["text"],
            lang="es",
            group=str(r["speech"]),
            labels={"stereotype": r["stereotype"], "frame": r["frame"], "attitude": r["attitude_majority"]},
        )


def usvsthem(root: Path) -> Iterator[ExternalRow]:
    """Yield Reddit comments of UsVsThem (Huguet Cabot et al. 2021), scale 0 supportive to 1 discriminatory."""
    for split in ("train", "valid"):
        for r in jsonl(root / "stance" / f"usvsthem_{split}_en.jsonl"):
            labels = {"scale": r["scale"], "critical": r.get("critical_or_discriminatory")}
            yield ExternalRow(id=f"usvsthem:{r['id']}", text=r["text"], lang="en", group=r["group"], labels=labels)


def manifestos(root: Path) -> Iterator[ExternalRow]:
    """Yield sentences of UK party manifestos of 2010, crowd-coded (Benoit et al. 2016); scale +1 is restrictive."""
    for r in jsonl(root / "relevance" / "uk2010_manifestos_en.jsonl"):
        yield ExternalRow(
            id=f"manifesto:{r['sentenceid']}",
            text=r["text"],
            lang="en",
            context=(r.get("pre") or "").strip() or None,
            group=r["manifestoid"],
            labels={
                "immigration": r["immigration"],
                "share": r["n_immigration"] / r["n_coders"],
                "scale": r.get("scale_mean"),
            },
        )


def wahlomat(root: Path) -> Iterator[ExternalRow]:
    """Yield German parties' reasons on migration theses; the thesis is the context."""
    for number, r in enumerate(jsonl(root / "stance" / "wahlomat_migration_de.jsonl")):
        yield ExternalRow(
            id=f"wahlomat:{number}",
            text=r["comment"],
            lang="de",
            context=r["thesis"],
            group=r["thesis_id"],
            labels={"stance": r["stance_toward_migrants"], "answer": r["answer"], "party": r["party"]},
        )


def mlma(root: Path) -> Iterator[ExternalRow]:
    """Yield French and English tweets of MLMA (Ousidhoum et al. 2019), whose authors warn of unreliable labels."""
    for lang in ("fr", "en"):
        for r in jsonl(root / "hate" / f"mlma_{lang}.jsonl"):
            labels = {k: r[k] for k in ("sentiment", "target", "group")}
            yield ExternalRow(id=f"mlma-{lang}:{r['HITId']}", text=r["tweet"], lang=lang, labels=labels)


def _titles(root: Path, name: str, file: str, lang: str) -> Iterator[ExternalRow]:
    with (root / "raw" / "headlines" / file).open(encoding="utf-8", newline="") as handle:
        for number, r in enumerate(csv.DictReader(handle), start=2):
            yield ExternalRow(id=f"{name}:{number}", text=r["title"], lang=lang, group=r["date"][:7])


def liberation(root: Path) -> Iterator[ExternalRow]:
    """Yield dated titles of Libération, 2014-2018; the id is the line of the file."""
    yield from _titles(root, "liberation", "fr_liberation_titles_2014-2018.csv", "fr")


def acoriano(root: Path) -> Iterator[ExternalRow]:
    """Yield titles of a Portuguese regional daily, 2013-2019."""
    yield from _titles(root, "acoriano", "pt_acoriano_oriental_titles_2013-2019.csv", "pt")


def karlsruhe(root: Path) -> Iterator[ExternalRow]:
    """Yield paragraphs of council texts of Karlsruhe; ``root`` is the folder of the mirror."""
    for path in sorted((root / "file-contents").glob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, paragraph in enumerate(_paragraphs(text)):
            yield ExternalRow(id=f"karlsruhe:{path.stem}.{number}", text=paragraph, lang="de", group=path.stem)


def council_pdf(root: Path) -> Iterator[ExternalRow]:
    """Yield paragraphs of French and Spanish council minutes with a text layer."""
    import pypdfium2

    for folder, lang in (("fr_couthenans", "fr"), ("es_la_zarza", "es")):
        for path in sorted((root / "raw" / "council" / folder).glob("*.pdf")):
            pdf = pypdfium2.PdfDocument(path)
            text = "\n\n".join(pdf[i].get_textpage().get_text_bounded() for i in range(len(pdf)))
            for number, paragraph in enumerate(_paragraphs(text)):
                yield ExternalRow(id=f"pdf-{path.stem}:{number}", text=paragraph, lang=lang, group=path.stem)


def scdl(root: Path) -> Iterator[ExternalRow]:
    """Yield the objects of the deliberations of Saint-Étienne Métropole."""
    folder = root / "raw" / "council" / "fr_saint_etienne_metropole"
    from discourse.ingest.extract.text import decode
    from discourse.ingest.sources.scdl import rows

    for path in sorted(folder.glob("*.csv")):
        for number, row in rows(decode(path.read_bytes()), path.name):
            if row.get("DELIB_OBJET"):
                yield ExternalRow(id=f"scdl:{number}", text=" ".join(row["DELIB_OBJET"].split()), lang="fr")


def _paragraphs(text: str, most: int = 90) -> Iterator[str]:
    """Yield stretches of 12 to ``most`` words, cut at blank lines and sentence ends."""
    held: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        words = line.split()
        ends = bool(held) and held[-1].endswith((".", "!", "?", ":"))
        if held and ((not words and ends) or len(held) + len(words) > most):
            if len(held) >= 12:
                yield " ".join(held)
            held = []
        held += words
    if len(held) >= 12:
        yield " ".join(held)


SETS: Mapping[str, Callable[[Path], Iterator[ExternalRow]]] = {
    "xstance": xstance,
    "cofe": cofe,
    "cofe-proposal": cofe_proposals,
    "reminder": reminder,
    "stereoimmigrants": stereoimmigrants,
    "usvsthem": usvsthem,
    "manifesto": manifestos,
    "wahlomat": wahlomat,
    "mlma": mlma,
    "liberation": liberation,
    "acoriano": acoriano,
    "karlsruhe": karlsruhe,
    "pdf": council_pdf,
    "scdl": scdl,
}
