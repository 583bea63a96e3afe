"""``discourse.toml`` and the environment become ``Settings``: flag, then environment, then file, then default.

An environment variable is named after its place: ``DISCOURSE_STORE__URL``, ``DISCOURSE_REPORT__OUT``.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from discourse.errors import ConfigError
from discourse.records import LANGUAGES, Publisher

FILE_NAME = "discourse.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class City(_Section):
    """Who the report is for."""

    city: str = Field("", description="The town's name, as the report's title gives it.")
    place: str = Field(
        "", description="Its official code for evidence cards: FR-42218 (INSEE), DE-08212000, ES-28079 …"
    )
    timezone: str = Field("Europe/Paris", description="The clock by which weeks begin and end.")
    languages: tuple[str, ...] = Field(LANGUAGES, description="Languages that are read; others are kept and marked.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone named {value!r}; write it as Europe/Paris") from error
        return value


class StoreSettings(_Section):
    """Where documents, passages, tags and runs are kept."""

    url: str = Field("sqlite:///discourse.db", description="sqlite:///FILE or postgresql+psycopg://USER@HOST/DB.")


class SourceSpec(_Section):
    """One source of texts. ``options`` holds what only this kind of source knows."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: str = Field(description="feed, folder, scdl, table … (see `discourse sources kinds`).")
    address: str = Field(description="An http(s) address, or a file or folder below this file.")
    title: str = ""
    publisher: Publisher = "press"
    language: str | None = Field(None, description="Said in advance instead of being identified.")
    licence: str | None = None
    retention_days: int | None = Field(None, gt=0, description="For this source, instead of ingest.retention_days.")
    reach: float = Field(1.0, gt=0, description="Weight of this source where figures are weighted by reach.")
    pattern: str = "*"
    saved_pages: str | None = Field(None, description="A folder that mirrors hosts; then nothing is fetched.")
    encoding: str | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="Our field -> the table's column.")

    @property
    def options(self) -> dict[str, Any]:
        """Return the keys that only this kind of source knows."""
        return dict(self.model_extra or {})

    @property
    def shown(self) -> str:
        """Return the name a reader sees."""
        return self.title or self.name


class IngestSettings(_Section):
    """How texts are taken in."""

    sources: tuple[SourceSpec, ...] = ()
    contact: str = Field("", description="An e-mail or page named in the User-Agent, so that a site can reach you.")
    delay_seconds: float = Field(2.0, ge=0, description="Pause between two requests to one host, at least.")
    timeout_seconds: float = Field(30.0, gt=0)
    max_megabytes: float = Field(50.0, gt=0, description="A larger body is refused.")
    workers: int = Field(1, ge=1, le=16, description="Sources read side by side, each site by one process only.")
    allow_private_hosts: tuple[str, ...] = Field((), description="Hosts on private or loopback addresses to allow.")
    archive: str | None = Field(None, description="A folder where raw responses are kept as WARC.")
    pseudonymise: bool = Field(True, description="Mask private persons' names and contacts in letters and minutes.")
    retention_days: int | None = Field(None, gt=0, description="Texts older than this are dropped, figures stay.")

    @model_validator(mode="after")
    def _names_differ(self) -> IngestSettings:
        seen: set[str] = set()
        for source in self.sources:
            if source.name in seen:
                raise ValueError(f"two sources are named {source.name!r}; give each its own name")
            seen.add(source.name)
        return self


class ClassifySettings(_Section):
    """Which model tags the texts."""

    model: str = Field("default", description="A folder of models/, by name or path; 'baseline' is the small one.")
    relevance_threshold: float = Field(
        0.8, gt=0, lt=1, description="A text is about migration when one of its passages is, at least so surely."
    )
    gate: bool = Field(True, description="Spare the model what a cheap first look finds plainly about something else.")
    batch: int = Field(64, ge=1)
    threads: int = Field(0, ge=0, description="0 uses every core.")


class MeasureSettings(_Section):
    """How shares are counted."""

    unit: Literal["story", "passage", "reach"] = "story"
    min_n: int = Field(20, ge=1, description="Fewer than this: 'too few to say'.")
    level: float = Field(0.95, gt=0.5, lt=1)
    resamples: int = Field(1000, ge=100)
    seed: int = 2026
    false_discovery_rate: float = Field(0.05, gt=0, lt=1)


class EvidenceSettings(_Section):
    """Where official figures come from."""

    cards: tuple[str, ...] = Field((), description="The city's own card files (YAML or CSV).")
    series: tuple[str, ...] = Field((), description="Countries whose starter series are used: fr, es, de, it, uk.")
    cache: str = "evidence-cache"


class ReportSettings(_Section):
    """What is written, for whom."""

    languages: tuple[str, ...] = Field(("fr",), description="One report for each: fr, en, es, de, it.")
    faces: tuple[str, ...] = Field(("html", "json", "csv"), description="Which files are written.")
    out: str = "reports"
    baseline_weeks: int = Field(8, ge=3, le=52)
    history_weeks: int = Field(26, ge=1, le=520)
    quote_characters: int = Field(280, ge=80, le=600)
    quotes_per_side: int = Field(3, ge=1, le=10)


class MailSettings(_Section):
    """The city's own mail server, for `discourse report send`; the password only from the environment."""

    server: str = Field("", description="Its name; without one nothing is sent.")
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="none: on this machine only.")
    user: str = ""
    password: SecretStr = Field(SecretStr(""), description="Never in the file: DISCOURSE_MAIL__PASSWORD.")
    sender: str = Field("", description="The address that the report comes from.")
    to: tuple[str, ...] = Field((), description="Who gets it.")


class Settings(BaseSettings):
    """Everything a run needs to know. Relative paths are read from ``root``, the folder of the configuration."""

    model_config = SettingsConfigDict(
        env_prefix="DISCOURSE_", env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    discourse: City = Field(default_factory=City)
    store: StoreSettings = Field(default_factory=StoreSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    classify: ClassifySettings = Field(default_factory=ClassifySettings)
    measure: MeasureSettings = Field(default_factory=MeasureSettings)
    evidence: EvidenceSettings = Field(default_factory=EvidenceSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    root: Path = Field(default_factory=Path, exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what ``load`` read from the file."""
        return env_settings, init_settings

    def path(self, given: str) -> Path:
        """Return a path of the configuration, read from ``root`` when relative."""
        return self.root / Path(given).expanduser()

    def store_url(self) -> str:
        """Return the store's address with a relative SQLite file read from ``root``."""
        prefix = "sqlite:///"
        if not self.store.url.startswith(prefix):
            return self.store.url
        return prefix + str(self.path(self.store.url.removeprefix(prefix)))

    def source(self, name: str) -> SourceSpec | None:
        """Return a source by its slug."""
        return next((s for s in self.ingest.sources if s.name == name), None)


_SECTIONS: dict[str, type[BaseModel]] = {
    "discourse": City,
    "store": StoreSettings,
    "ingest": IngestSettings,
    "classify": ClassifySettings,
    "measure": MeasureSettings,
    "evidence": EvidenceSettings,
    "report": ReportSettings,
    "mail": MailSettings,
}


def load(config: Path | None = None, *, root: Path | None = None, **flags: dict[str, Any]) -> Settings:
    """Return the settings of a configuration file; ``flags`` are section dictionaries from the command line.

    Raises ``ConfigError`` naming the file, the key and the nearest known key.
    """
    base = Path(root) if root is not None else Path.cwd()
    file = Path(config) if config is not None else base / FILE_NAME
    if not file.is_file():
        raise ConfigError(
            f"there is no configuration at {file}.",
            remedy="Run `discourse init` to write a commented one, then name your sources in it.",
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 (byte {error.start}).", remedy="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", remedy="Mend that line.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", remedy="Check its permissions.") from error
    home = Path(root) if root is not None else file.resolve().parent
    return _build(data, str(file), home, flags)


def defaults(root: Path | None = None) -> Settings:
    """Return settings with no file: defaults and the environment."""
    return _build({}, "the environment", Path(root) if root is not None else Path.cwd(), {})


def _build(data: dict[str, Any], origin: str, root: Path, flags: dict[str, dict[str, Any]]) -> Settings:
    _refuse_unknown(data, origin)
    try:
        settings = Settings(**data, root=root)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_first(error)}", remedy="See the comments `discourse init` writes.") from error
    changed = {k: v for k, v in flags.items() if v}
    if not changed:
        return settings
    update = {k: getattr(settings, k).model_copy(update=v) for k, v in changed.items()}
    return settings.model_copy(update=update)


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(p) for p in problem["loc"]) or "configuration"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}."


def _refuse_unknown(data: dict[str, Any], origin: str) -> None:
    for name, value in data.items():
        if name not in _SECTIONS:
            raise ConfigError(f"{origin}: unknown section [{name}].", remedy=_nearest(name, list(_SECTIONS)))
        if not isinstance(value, dict):
            raise ConfigError(f"{origin}: {name} is not a section.", remedy=f"Write [{name}] and its keys below.")
        known = list(_SECTIONS[name].model_fields)
        for key in value:
            if key not in known:
                raise ConfigError(f"{origin}: unknown key {key!r} in [{name}].", remedy=_nearest(key, known))


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
