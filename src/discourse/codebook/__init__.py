"""The labels as data: one TOML file a task, strictly validated; every prediction and figure carries its version."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

from discourse.errors import CodebookError
from discourse.records import LANGUAGES

VERSION = "1"
INDICATIVE = 0.40
"""Below this alpha between two readers a label is indicative only."""
TASKS: tuple[str, ...] = (
    "relevance",
    "sentiment",
    "policy_frame",
    "immigration_frame",
    "narrative",
    "concern",
    "harm",
)
"""The tasks a model gives probabilities for, in the order of the score vector."""

Shape = Literal["binary", "single", "multi", "spans"]


@dataclass(frozen=True, kw_only=True)
class Label:
    """One label of one task; texts are keyed by language, examples do, or only just do not, carry the label."""

    name: str
    names: Mapping[str, str]
    definition: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Mapping[str, str], ...] = ()
    positive: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    negative: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shown(self, lang: str) -> str:
        """Return the display name in a language, in English where there is none."""
        return self.names.get(lang) or self.names["en"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One question put to a passage, with its labels in their fixed order."""

    name: str
    shape: Shape
    names: Mapping[str, str]
    question: Mapping[str, str]
    labels: tuple[Label, ...]

    def label(self, name: str) -> Label:
        """Return a label by its exact name or by an alias of any scheme; raise ``CodebookError`` when unknown."""
        for label in self.labels:
            if label.name == name or any(name in known for known in label.aliases.values()):
                return label
        raise CodebookError(f"{self.name} has no label {name!r}.", remedy=f"Known: {', '.join(self.label_names)}.")

    @property
    def label_names(self) -> tuple[str, ...]:
        """Return the exact label names in their fixed order."""
        return tuple(label.name for label in self.labels)


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """All tasks of one version."""

    version: str
    tasks: Mapping[str, Task]
    crosswalk: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    """Krippendorff's alpha of ``task.label`` between two blind readings of the written corpus."""

    @property
    def indicative(self) -> tuple[str, ...]:
        """Return the labels, as ``task.label``, on which two readers agree too little to be more than indicative."""
        return tuple(name for name, alpha in self.agreement.items() if alpha < INDICATIVE)

    def __getitem__(self, task: str) -> Task:
        return self.tasks[task]

    def columns(self) -> tuple[str, ...]:
        """Return the names of the score vector: ``relevance``, then ``task.label`` in fixed order."""
        out = ["relevance"]
        for task in TASKS[1:]:
            out += [f"{task}.{name}" for name in self.tasks[task].label_names]
        return tuple(out)


@lru_cache(maxsize=4)
def load(version: str = VERSION) -> Codebook:
    """Return a version of the codebook; raise ``CodebookError`` naming file and field when it is not well made."""
    folder = resources.files("discourse.codebook") / f"v{version}"
    if not folder.is_dir():
        raise CodebookError(f"there is no codebook version {version!r}.", remedy=f"This release knows {VERSION!r}.")
    return read(folder, version)


def read(folder: Traversable, version: str) -> Codebook:
    """Return the codebook held in a folder of TOML files."""
    tasks = {}
    for name in (*TASKS, "voice"):
        file = folder / f"{name}.toml"
        if not file.is_file():
            raise CodebookError(f"{file} is missing.", remedy="Every task has one file.")
        tasks[name] = _task(_toml(file), str(file), name)
    cross = folder / "crosswalk.toml"
    crosswalk = _crosswalk(_toml(cross), str(cross), tasks) if cross.is_file() else {}
    read_twice = folder / "agreement.toml"
    agreement = _agreement(_toml(read_twice), str(read_twice), tasks) if read_twice.is_file() else {}
    return Codebook(version=version, tasks=tasks, crosswalk=crosswalk, agreement=agreement)


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodebookError(f"{file}: {error}.", remedy="Mend that line.") from error


def _task(data: dict[str, Any], where: str, name: str) -> Task:
    _known(data, {"task", "shape", "names", "question", "label"}, where)
    if data.get("task") != name:
        raise CodebookError(f"{where}: task says {data.get('task')!r}.", remedy=f"Write task = {name!r}.")
    if data.get("shape") not in ("binary", "single", "multi", "spans"):
        raise CodebookError(f"{where}: shape {data.get('shape')!r}.", remedy="One of binary, single, multi, spans.")
    labels = tuple(_label(row, f"{where}: label {i + 1}") for i, row in enumerate(data.get("label", [])))
    seen: set[str] = set()
    for label in labels:
        if label.name in seen:
            raise CodebookError(f"{where}: label {label.name!r} stands twice.", remedy="Names are unique.")
        seen.add(label.name)
    if not labels:
        raise CodebookError(f"{where}: no labels.", remedy="Add [[label]] tables.")
    return Task(
        name=name,
        shape=data["shape"],
        names=_by_language(data.get("names"), f"{where}: names"),
        question=_by_language(data.get("question"), f"{where}: question", every=False),
        labels=labels,
    )


_LABEL_KEYS = {"name", "names", "definition", "rules", "positive", "negative", "aliases"}


def _label(row: dict[str, Any], where: str) -> Label:
    _known(row, _LABEL_KEYS, where)
    if not isinstance(row.get("name"), str):
        raise CodebookError(f"{where}: no name.", remedy="Write name = '...'.")
    where = f"{where} ({row['name']})"
    return Label(
        name=row["name"],
        names=_by_language(row.get("names"), f"{where}: names"),
        definition=_by_language(row.get("definition", {}), f"{where}: definition", every=False),
        rules=tuple(_by_language(r, f"{where}: rules", every=False) for r in row.get("rules", [])),
        positive={k: tuple(v) for k, v in row.get("positive", {}).items()},
        negative={k: tuple(v) for k, v in row.get("negative", {}).items()},
        aliases={k: tuple(v) for k, v in row.get("aliases", {}).items()},
    )


def _by_language(value: Any, where: str, *, every: bool = True) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
        raise CodebookError(f"{where}: not a table of texts by language.", remedy='Write { fr = "…", en = "…" }.')
    missing = [lang for lang in LANGUAGES if lang not in value] if every else []
    if missing:
        raise CodebookError(f"{where}: no {', '.join(missing)}.", remedy="All five languages are equals.")
    return dict(value)


def _known(row: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise CodebookError(f"{where}: unknown field {unknown[0]!r}.", remedy=f"Known: {', '.join(sorted(known))}.")


def _crosswalk(data: dict[str, Any], where: str, tasks: Mapping[str, Task]) -> dict[str, Mapping[str, tuple[str, ...]]]:
    out: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for concern, row in data.items():
        tasks["concern"].label(concern)
        _known(row, {"policy_frame", "immigration_frame", "series"}, f"{where}: {concern}")
        for task in ("policy_frame", "immigration_frame"):
            for name in row.get(task, []):
                tasks[task].label(name)
        out[concern] = {key: tuple(value) for key, value in row.items()}
    return out


def _agreement(data: dict[str, Any], where: str, tasks: Mapping[str, Task]) -> dict[str, float]:
    out: dict[str, float] = {}
    for task, row in data.items():
        if task not in tasks or not isinstance(row, dict):
            raise CodebookError(f"{where}: unknown task {task!r}.", remedy=f"Known: {', '.join(tasks)}.")
        for name, alpha in row.items():
            if not isinstance(alpha, int | float) or not -1 <= alpha <= 1:
                raise CodebookError(f"{where}: {task}.{name} = {alpha!r} is no alpha.", remedy="Write -1 to 1.")
            out[f"{task}.{tasks[task].label(name).name}"] = float(alpha)
    return out
