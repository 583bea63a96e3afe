"""Keep a city's public talk about migration balanced and honest: ingest, classify, measure, report.

``import discourse`` is light; the parts below load what they need when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "tag": "discourse.classify:tag",
    "load_model": "discourse.classify:load",
    "open": "discourse.store:open_read_only",
    "run": "discourse.pipeline:run",
}

__all__ = ["__version__", "load_model", "open", "run", "tag"]

if TYPE_CHECKING:
    from discourse.classify import load as load_model
    from discourse.classify import tag
    from discourse.pipeline import run
    from discourse.store import open_read_only as open


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'discourse' has no attribute {name!r}")
    module, attr = _LAZY[name].split(":")
    return getattr(import_module(module), attr)
