"""``discourse tag`` as a black box: one row out for one row in, in order, whatever the row holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from discourse import codebook
from discourse.classify import folder

HARD = {
    "plain": "La mairie ouvre un gymnase à trente demandeurs d'asile.",
    "long": "Die Stadt nimmt Geflüchtete auf. " * 3200,
    "emoji": "🙂🙃🏠🚂" * 5,
    "rtl": "وصل مئة لاجئ إلى المدينة يوم الأحد",
    "mixed": "Le maire said: «willkommen», שלום, 你好 \u202e test",
    "controls": "a\x00b\x01\x02 \x7f migrants",
    "surrogate": "migrants \ud83d and more",
    "one": "x",
    "digits": "2015 1998 3,5",
    "binary": bytes(range(256)).decode("latin-1") * 40,
    "polish": "Miasto przyjmie stu uchodźców z Ukrainy, radni zgodzili się na nowy ośrodek.",
}


def tag(lines: list[bytes], *options: str, model: str = "baseline") -> tuple[int, list[dict[str, Any]]]:
    code = "import sys; from discourse.cli import call; sys.exit(call(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "tag", "-", "--model", model, "--quiet", *options],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        check=False,
    )
    return done.returncode, [json.loads(x) for x in done.stdout.decode("utf-8").splitlines()]


@pytest.fixture(scope="module", params=["baseline", "default"])
def tagged(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    rows = [json.dumps({"id": k, "text": v, "city": "x"}).encode() for k, v in HARD.items()]
    code, out = tag(rows, model=request.param)
    assert code == 0
    assert {r["model"] for r in out} == {folder.find(request.param).name}
    return out


def test_every_readable_row_carries_every_label(tagged: list[dict[str, Any]]) -> None:
    book = codebook.load()
    assert [r["id"] for r in tagged] == list(HARD)
    for row in tagged:
        assert row["city"] == "x"
        assert 0 <= row["relevance"] <= 1
        for task in codebook.TASKS[1:]:
            assert list(row[task]) == list(book[task].label_names)
            assert all(0 <= p <= 1 for p in row[task].values())
        assert sum(row["sentiment"].values()) == pytest.approx(1, abs=1e-3)
        assert row["codebook"] == codebook.VERSION
        assert isinstance(row["voices"], list)
        assert isinstance(row["terms"], list)
        assert "text" not in row


def test_other_languages_are_warned_of_and_still_tagged(tagged: list[dict[str, Any]]) -> None:
    found = {r["id"]: r for r in tagged}
    assert "warning" in found["polish"]
    assert "warning" in found["rtl"]
    assert "warning" not in found["plain"]


def test_a_text_that_was_not_read_to_its_end_says_so(tagged: list[dict[str, Any]]) -> None:
    said = {r["id"]: r.get("warning", "") for r in tagged}
    assert f"of {len(HARD['long'].rstrip())} characters" in said["long"]
    assert all("the first" not in said[name] for name in HARD if name not in ("long", "binary"))


def test_probabilities_are_no_constants(tagged: list[dict[str, Any]]) -> None:
    for task in codebook.TASKS[1:]:
        for name in tagged[0][task]:
            assert len({r[task][name] for r in tagged}) > 3, (task, name)


@pytest.mark.parametrize("model", ["baseline", "default"])
def test_unreadable_rows_give_error_rows_in_their_place_and_exit_3(model: str) -> None:
    lines = [
        b'{"id": 1, "text": "Les migrants arrivent."}',
        b"{not json",
        b'{"id": "e", "text": "  "}',
        b'{"id": "n", "text": 5, "keep": 1}',
        b'{"text": "no id"}',
        '{"id": 3, "text": "été"}'.encode("latin-1"),
        b"[1]",
        b'{"id": "c", "text": "ok", "context": 7}',
        b'{"id": "v", "text": ""}',
        bytes(b for b in range(256) if b not in b"\r\n"),
        b'{"id": 2, "text": "Fine.", "context": null, "lang": null}',
    ]
    code, out = tag(lines, model=model)
    assert code == 3
    assert [r["id"] for r in out] == [1, None, "e", "n", None, None, None, "c", "v", None, 2]
    assert [r.get("error", {}).get("slug") for r in out] == [
        None, "not_json", "empty_text", "no_text", "no_id", "bad_encoding", "not_json", "bad_field", "empty_text", "bad_encoding", None,
    ]  # fmt: skip
    assert out[3]["keep"] == 1
    assert all(r["error"]["message"] for r in out if "error" in r)


@pytest.mark.parametrize("model", ["baseline", "default"])
def test_half_a_character_anywhere_in_a_row_harms_neither_it_nor_its_neighbours(model: str) -> None:
    fields = ("id", "text", "context", "lang", "city", "\ud83d")
    rows = [{"id": "a", "text": "Les migrants arrivent."} | {name: "x\ud83d"} for name in fields]
    whole = {"id": "w", "text": "Bienvenue \U0001f600", "city": "\U0001f600"}
    code, out = tag([json.dumps(row).encode() for row in [*rows, whole]], model=model)
    assert code == 0
    assert [r["id"] for r in out] == ["x?", "a", "a", "a", "a", "a", "w"]
    assert (out[4]["city"], out[5]["?"], out[6]["city"]) == ("x?", "x?", "\U0001f600")


def test_the_context_is_read_and_not_labelled() -> None:
    rows = [
        {"id": i, "text": "Non, au contraire.", "context": c}
        for i, c in enumerate((None, "Faut-il expulser les migrants ?"))
    ]
    _, out = tag([json.dumps(r).encode() for r in rows])
    assert out[0]["sentiment"] != out[1]["sentiment"]
    assert "context" not in out[1]


def test_a_missing_file_or_model_is_a_usage_error(tmp_path: Path) -> None:
    assert tag([b"{}"], "--model", str(tmp_path))[0] == 2
