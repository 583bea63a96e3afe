"""How it was said: passages, model folders, probabilities for every label, voices, terms. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from discourse.classify.model import Model, TagInput

__all__ = ["Model", "TagInput", "load", "method", "tag"]


def __getattr__(name: str) -> Any:
    if name in ("Model", "TagInput"):
        from discourse.classify import model

        return getattr(model, name)
    raise AttributeError(f"module 'discourse.classify' has no attribute {name!r}")


def load(name: str = "default", *, threads: int = 0) -> Model:
    """Return a model by the name or path of its folder; ``default`` is what ``models/index.toml`` says.

    Raises ``ModelError`` when a file is missing, cut short or altered, or made for another codebook.
    """
    from discourse.classify.model import open_model

    return open_model(name, threads=threads)


def method(name: str = "default") -> dict[str, Any]:
    """Return what a method page says of a model, without loading its weights; raises as ``load`` does."""
    from discourse.classify import folder

    return folder.read(folder.find(name)).method()


def tag(texts: Iterable[str | Mapping[str, Any]], *, model: str = "default", batch: int = 256) -> list[dict[str, Any]]:
    """Return one row a text, with every label's probability, as ``discourse tag`` writes them.

    A text is a string, or a mapping with ``text`` and optional ``id``, ``lang``, ``context``.
    """
    from discourse.classify.rows import tag_rows

    rows = ({"id": str(i), "text": t} if isinstance(t, str) else {"id": str(i), **t} for i, t in enumerate(texts))
    return list(tag_rows(rows, load(model), batch=batch))
