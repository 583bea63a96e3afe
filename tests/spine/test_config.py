"""Flag, then environment, then file, then default; unknown keys are refused with the nearest known one."""

from __future__ import annotations

from pathlib import Path

import pytest

from discourse import config
from discourse.cli.template import TEMPLATE, write
from discourse.errors import ConfigError


def settings(tmp_path: Path, text: str) -> config.Settings:
    (tmp_path / "discourse.toml").write_text(text, encoding="utf-8")
    return config.load(tmp_path / "discourse.toml")


def test_the_written_template_loads_and_names_every_key(tmp_path: Path) -> None:
    loaded = config.load(write(tmp_path, city='L"Haÿ'))
    assert loaded.discourse.city == "LHaÿ"
    for name, section in config._SECTIONS.items():
        assert f"[{name}]" in TEMPLATE
        missing = [key for key in section.model_fields if key != "sources" and f"{key} =" not in TEMPLATE]
        assert missing == []
    with pytest.raises(ConfigError, match="there already"):
        write(tmp_path)


def test_environment_wins_over_file_and_flag_over_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCOURSE_REPORT__OUT", "from-env")
    loaded = settings(tmp_path, '[report]\nout = "from-file"\nbaseline_weeks = 5\n')
    assert (loaded.report.out, loaded.report.baseline_weeks, loaded.report.quotes_per_side) == ("from-env", 5, 3)
    flagged = config.load(tmp_path / "discourse.toml", report={"out": "from-flag"})
    assert flagged.report.out == "from-flag"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stor]\nurl = 'x'\n", "'store'"),
        ("[store]\nurll = 'x'\n", "'url'"),
        ("[report]\nbaseline_weeks = 'many'\n", "baseline_weeks"),
        ("[report\n", "TOML"),
        ("store = 3\n", "section"),
        ("[discourse]\ntimezone = 'Europe/Valmorel'\n", "no time zone"),
        ("[[ingest.sources]]\nname='a'\nkind='feed'\naddress='x'\n[[ingest.sources]]\nname='a'\nkind='feed'\naddress='y'\n",
         "two sources"),
        ("[[ingest.sources]]\nname='A B'\nkind='feed'\naddress='x'\n", "name"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(tmp_path, text)


def test_no_file_points_to_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="discourse init"):
        config.load(root=tmp_path)


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "discourse.toml").write_bytes("[discourse]\ncity = 'Haÿ'\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="UTF-8"):
        config.load(tmp_path / "discourse.toml")


def test_a_relative_store_lies_beside_the_configuration(tmp_path: Path) -> None:
    loaded = settings(tmp_path, "")
    assert loaded.store_url() == f"sqlite:///{tmp_path / 'discourse.db'}"
