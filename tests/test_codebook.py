"""The codebook as data: every label complete, names as agreed, aliases and crosswalk right, the handbook readable."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from discourse import codebook
from discourse.cli import call
from discourse.codebook.handbook import SCHEMES, render
from discourse.errors import CodebookError
from discourse.records import LANGUAGES

BOOK = codebook.load()
LABELS = [(task.name, label) for task in BOOK.tasks.values() for label in task.labels]
IDS = [f"{task}.{label.name}" for task, label in LABELS]
SIZES = {"relevance": 1, "sentiment": 3, "policy_frame": 14, "immigration_frame": 11, "narrative": 2, "concern": 13,
         "harm": 2, "voice": 10}  # fmt: skip


def test_every_task_has_its_labels() -> None:
    assert {name: len(task.labels) for name, task in BOOK.tasks.items()} == SIZES
    assert all(set(task.question) == set(LANGUAGES) for task in BOOK.tasks.values())


@pytest.mark.parametrize(("task", "label"), LABELS, ids=IDS)
def test_a_label_is_complete_in_french_and_english(task: str, label: codebook.Label) -> None:
    assert set(label.names) == set(LANGUAGES)
    for lang in ("fr", "en"):
        assert len(label.definition[lang]) > 40
        assert label.rules and all(rule[lang] for rule in label.rules)
        assert len(label.positive[lang]) >= 6
        assert len(label.negative[lang]) >= 6


def test_no_example_stands_twice_under_one_label_or_on_both_sides() -> None:
    for task, label in LABELS:
        for lang in ("fr", "en"):
            said = [*label.positive[lang], *label.negative[lang]]
            assert len(set(said)) == len(said), (task, label.name, lang)


def test_french_keeps_its_apostrophes_and_blanks() -> None:
    for _, label in LABELS:
        french = [label.definition["fr"], *(r["fr"] for r in label.rules), *label.positive["fr"], *label.negative["fr"]]
        assert not [t for t in french if "'" in t or " :" in t or " ;" in t or " ?" in t]


@pytest.mark.parametrize(
    ("task", "alias", "name"),
    [
        ("policy_frame", "Capacity_and_resources", "capacity_and_resources"),
        ("policy_frame", "5.0", "legality_constitutionality_and_jurisprudence"),
        ("policy_frame", "Public Sentiment", "public_opinion"),
        ("policy_frame", "Political Factors & Implications", "political"),
        ("immigration_frame", "Victim: Global Economy", "victim_global_economy"),
        ("immigration_frame", "Good worker", "hero_worker"),
        ("sentiment", "pro", "positive"),
        ("concern", "welfare", "welfare_and_public_cost"),
    ],
)
def test_names_of_published_schemes_find_our_labels(task: str, alias: str, name: str) -> None:
    assert BOOK[task].label(alias).name == name


def test_every_policy_frame_has_its_name_in_four_schemes() -> None:
    for label in BOOK["policy_frame"].labels:
        assert set(label.aliases) >= {"semeval_2023", "mfc_code", "card_2015", "mendelsohn_2021"}
    codes = [label.aliases["mfc_code"][0] for label in BOOK["policy_frame"].labels]
    assert codes == [f"{i}.0" for i in range(1, 15)]


def test_an_alias_belongs_to_one_label_of_its_task() -> None:
    for task in BOOK.tasks.values():
        owner: dict[str, str] = {}
        for label in task.labels:
            for scheme, names in label.aliases.items():
                assert scheme in SCHEMES
                for name in names:
                    assert owner.setdefault(name, label.name) == label.name


def test_an_unknown_label_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CodebookError, match="economic"):
        BOOK["policy_frame"].label("ecology")


def test_the_crosswalk_covers_every_concern() -> None:
    assert set(BOOK.crosswalk) == set(BOOK["concern"].label_names)
    for row in BOOK.crosswalk.values():
        assert row["policy_frame"] and row["series"]
        assert len(set(row["series"])) == len(row["series"])
    used = {name for row in BOOK.crosswalk.values() for name in row["policy_frame"]}
    assert used == set(BOOK["policy_frame"].label_names)
    assert {n for row in BOOK.crosswalk.values() for n in row["immigration_frame"]} == set(
        BOOK["immigration_frame"].label_names
    )


def test_a_crosswalk_to_an_unknown_frame_is_refused(tmp_path: Path) -> None:
    source = Path(codebook.__file__).parent / "v1"
    for file in source.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "crosswalk.toml").write_text('[housing]\npolicy_frame = ["weather"]\n', encoding="utf-8")
    with pytest.raises(CodebookError, match="weather"):
        codebook.read(tmp_path, "1")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_handbook_holds_every_label_in_every_language(lang: str) -> None:
    text = render(BOOK, lang=lang, form="md")
    assert isinstance(text, str)
    for _, label in LABELS:
        assert f"### {label.shown(lang)} ({label.name})" in text
        assert (label.definition.get(lang) or label.definition["en"]) in text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag != "meta":
            self.open.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [(found["href"] or "").removeprefix("#")] if "href" in found else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_page_is_well_formed_and_its_links_lead_somewhere() -> None:
    page = _Page()
    page.feed(str(render(BOOK, lang="fr", form="html")))
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.links) <= set(page.ids)
    assert len(page.links) == len(SIZES) + 1


def test_the_command_prints_markdown_html_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["codebook", "--lang", "fr"]) == 0
    assert capsys.readouterr().out.startswith("# Guide d’annotation")
    assert call(["codebook", "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert [x["name"] for x in values["tasks"]["harm"]["labels"]] == ["dehumanising_metaphor", "hateful_generalisation"]
    out = tmp_path / "handbook.html"
    assert call(["codebook", "--format", "html", "--lang", "it", "--out", str(out)]) == 0
    assert '<html lang="it">' in out.read_text(encoding="utf-8")


def test_an_unknown_version_or_folder_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["codebook", "--codebook", "9"]) == 2
    assert call(["codebook", "--out", "no/such/folder/book.md"]) == 2
    assert "no codebook version" in capsys.readouterr().err


def test_the_agreement_of_readers_stands_in_the_codebook_and_is_that_of_the_readings() -> None:
    from discourse.train.readings import agreement_table

    file = Path(codebook.__file__).parent / f"v{BOOK.version}" / "agreement.toml"
    assert file.read_text(encoding="utf-8") == agreement_table()
    assert set(BOOK.agreement) >= set(BOOK.columns()) - {"relevance"}


def test_a_label_on_which_readers_disagree_is_called_indicative() -> None:
    from dataclasses import replace

    shaky = replace(BOOK, agreement={**BOOK.agreement, "concern.housing": 0.39, "concern.schools": 0.40})
    assert shaky.indicative == ("concern.housing",)
    said = str(render(shaky, lang="en"))
    assert said.count("indicative only") == 1
    assert "alpha): 0.39. Below 0.40: indicative only." in said


@pytest.mark.parametrize(
    ("text", "word"), [("[weather]\nsunny = 0.5\n", "unknown task"), ("[concern]\nhousing = 7\n", "no alpha"),
                       ("[concern]\nweather = 0.5\n", "no label")]
)  # fmt: skip
def test_an_agreement_that_cannot_be_is_named(text: str, word: str, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(Path(codebook.__file__).parent / f"v{BOOK.version}", tmp_path / "v")
    (tmp_path / "v" / "agreement.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match=word):
        codebook.read(tmp_path / "v", "1")
