"""Makers of small values for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from discourse import codebook
from discourse.records import Document, Part, Passage, Provenance, Tags, Voice

WHEN = datetime(2026, 11, 10, 9, tzinfo=UTC)


def document(
    number: int | str, text: str, *, when: datetime | None = WHEN, lang: str = "fr", **more: object
) -> Document:
    title = str(more.pop("title", f"Titre {number}"))
    return Document(
        **{  # type: ignore[arg-type]
            "id": f"gazette:{number}",
            "source": "gazette",
            "url": f"https://gazette.example/{number}",
            "title": title,
            "published": when,
            "lang": lang,
            "kind": "press",
            "text": text,
            "parts": (Part(kind="paragraph", start=0, end=len(text)),),
            "provenance": Provenance(retrieved=WHEN, retrieved_from="x", extractor="test", extractor_version="1"),
            **more,
        }
    )


def tagged(
    document_id: str, length: int, *, relevance: float = 0.9, model: str = "m@1"
) -> tuple[str, list[Passage], list[Tags]]:
    scores: dict[str, dict[str, float]] = {}
    for name in codebook.load().columns()[1:]:
        task, label = name.split(".")
        scores.setdefault(task, {})[label] = 0.25
    passage = Passage(id=f"{document_id}#0", document_id=document_id, index=0, start=0, end=length, text="", lang="fr")
    tags = Tags(
        id=passage.id,
        lang="fr",
        relevance=relevance,
        scores=scores,
        model=model,
        codebook="1",
        voices=(Voice(voice="migrant", start=0, end=3, speaker="Ahmed", cue="dit"),),
    )
    return document_id, [passage], [tags]
