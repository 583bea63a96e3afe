"""Model folders: ``models/<name>@<version>/`` with card, labels, configuration, weights, calibration, metrics, recipe.

``model.json`` names every file with its SHA-256; a folder that differs from it, or holds a file more, is refused. The
card, its figures and hidden files (file managers leave them) are not weighed: nothing of them is ever opened.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discourse import bundled, codebook
from discourse.errors import ModelError

MANIFEST, CARD = "model.json", "README.md"
FIGURES = frozenset({".svg", ".png"})
FRESH = "Take a fresh copy of the model folder."


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """A verified model folder and what its manifest says."""

    path: Path
    name: str
    version: str
    format: str
    codebook: str
    columns: tuple[str, ...]
    options: dict[str, Any]

    @property
    def full_name(self) -> str:
        """Return ``name@version``."""
        return f"{self.name}@{self.version}"

    def json(self, name: str) -> Any:
        """Return a JSON file of the folder; raise ``ModelError`` naming it when it cannot be read."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.path / name} cannot be read ({error}).", remedy=FRESH) from error

    def method(self) -> dict[str, Any]:
        """Return what a method page says of this model: name, codebook, measured errors, recipe."""
        out: dict[str, Any] = {"model": self.full_name, "codebook": self.codebook, "format": self.format}
        for name in ("metrics.json", "recipe.json"):
            if (self.path / name).is_file():
                out[name.removesuffix(".json")] = self.json(name)
        return out


def find(name: str) -> Path:
    """Return the folder of a model by path, by ``name@version``, or by name (its highest version)."""
    given = Path(name).expanduser()
    if (given / MANIFEST).is_file():
        return given
    home = bundled.folder("models")
    if name == "default":
        name = _default(home)
    if (home / name / MANIFEST).is_file():
        return home / name
    plain = given.name == name  # a path is no name: there is nothing to look up
    versions = sorted(home.glob(f"{name}@*"), key=lambda p: _number(p.name.partition("@")[2])) if plain else []
    if versions and not given.is_dir():
        return versions[-1]
    if given.is_dir():
        raise ModelError(f"{given} has no {MANIFEST}.", remedy="Name a folder that `discourse train` wrote.")
    known = ", ".join(sorted(p.name for p in home.glob("*@*"))) or "none"
    raise ModelError(f"there is no model named {name!r}.", remedy=f"Known: {known}; or give a folder's path.")


def _default(home: Path) -> str:
    try:
        return str(tomllib.loads((home / "index.toml").read_text(encoding="utf-8"))["default"])
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise ModelError(
            f"{home / 'index.toml'} names no default model.", remedy='Write default = "NAME@1".'
        ) from error


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(p) if p.isdigit() else 0 for p in version.split("."))


def read(path: Path) -> ModelFolder:
    """Return a folder whose files are those of its manifest; raise ``ModelError`` naming the first that differs."""
    try:
        said = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        found = ModelFolder(
            path=path,
            name=said["name"],
            version=str(said["version"]),
            format=said["format"],
            codebook=str(said["codebook"]),
            columns=tuple(said["columns"]),
            options=dict(said.get("options", {})),
        )
        files = said["files"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path / MANIFEST} cannot be read ({error!r}).", remedy=FRESH) from error
    _check_all(path, files)
    known = codebook.load()
    if found.codebook != known.version or found.columns != known.columns():
        raise ModelError(
            f"{path} was made for codebook {found.codebook}, this release has {known.version}.",
            remedy="Retrain it, or use the release it was made with.",
        )
    return found


def _check_all(path: Path, files: Any) -> None:
    """Raise ``ModelError`` unless a manifest's list names every file of its folder, each as it is there."""
    if not isinstance(files, Mapping) or not files:
        raise ModelError(f'{path / MANIFEST} lists no files under "files".', remedy=FRESH)
    for name, expected in sorted(files.items()):
        _check(path / name, expected)
    for file in _weighed(path):
        if _named(path, file) not in files:
            raise ModelError(
                f"{file} is not listed in {MANIFEST}.", remedy="Remove it, or take a fresh copy of the model folder."
            )


def _weighed(path: Path) -> Iterator[Path]:
    """Yield the files of a folder that its manifest must name, in the order of their names."""
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.name not in (MANIFEST, CARD) and file.suffix not in FIGURES:
            yield file


def _named(path: Path, file: Path) -> str:
    return file.relative_to(path).as_posix()


def _check(file: Path, expected: str) -> None:
    if not file.is_file():
        raise ModelError(f"{file} is missing.", remedy=FRESH)
    if digest(file) != expected:
        raise ModelError(f"{file} is not the file the manifest names (hash differs).", remedy=FRESH)


def digest(file: Path) -> str:
    """Return a file's SHA-256 as hexadecimal digits."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json(file: Path, value: Any) -> None:
    """Write a JSON file of a folder, strictly: raise ``ValueError`` for NaN, which not every reader takes."""
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_manifest(path: Path, *, name: str, version: str, kind: str, options: dict[str, Any] | None = None) -> Path:
    """Write ``model.json`` over the files of a folder, but not its card, which may be mended; return its path."""
    book = codebook.load()
    files = {_named(path, file): digest(file) for file in _weighed(path)}
    said = {
        "name": name,
        "version": version,
        "format": kind,
        "codebook": book.version,
        "columns": list(book.columns()),
        "options": options or {},
        "files": files,
    }
    out = path / MANIFEST
    write_json(out, said)
    return out
