"""Readers of official responses: nothing missing becomes 0, flags stay, and the saved real responses read right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.errors import RowError
from discourse.evidence import formats

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "statistics"
KH = "khaeru_sdmx-test-data"
RK = "raymondkuo_migration-healthcare-attitudes-evidence/evidence/api"


def saved(name: str) -> bytes:
    """Return a saved real response, or skip where the samples are not beside the repository."""
    file = SAMPLES / name
    if not file.is_file():
        pytest.skip(f"the saved response {name} is not here")
    return file.read_bytes()


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**7)), min_size=1, max_size=12))
def test_a_sparse_cell_is_none_and_never_zero(values: list[int | None]) -> None:
    dataset = {
        "version": "2.0",
        "id": ["time"],
        "size": [len(values)],
        "dimension": {"time": {"category": {"index": {str(2000 + i): i for i in range(len(values))}}}},
        "value": {str(i): v for i, v in enumerate(values) if v is not None},
        "status": {"0": "ep"},
    }
    found = list(formats.jsonstat(json.dumps(dataset).encode()))
    assert [o.value for o in found] == values
    assert found[0].flags == "ep"


@pytest.mark.parametrize("empty", ["", ":", "..", "NaN", None, "-"])
def test_signs_of_missing_data_are_none(empty: str | None) -> None:
    assert formats.number(empty) is None


def test_a_word_is_not_a_number() -> None:
    with pytest.raises(RowError):
        formats.number("many")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"a": 1}'])
def test_another_answer_is_refused_with_a_reason(body: bytes) -> None:
    for reader in (formats.jsonstat, formats.sdmx_ml, formats.world_bank):
        with pytest.raises(RowError):
            list(reader(body))


def test_eurostat_jsonstat_gives_value_flag_and_no_data_for_the_united_kingdom() -> None:
    found = list(formats.jsonstat(saved(f"{RK}/eurostat_migr_pop3ctb.json")))
    (france,) = formats.select(iter(found), {"geo": "FR", "time": "2022"})
    (germany,) = formats.select(iter(found), {"geo": "DE", "time": "2022"})
    (kingdom,) = formats.select(iter(found), {"geo": "UK", "time": "2022"})
    assert (france.value, germany.value, germany.flags, kingdom.value) == (8635504, 15287650, "e", None)


def test_a_jsonstat_bundle_of_the_first_version_is_read() -> None:
    found = list(formats.jsonstat(saved("predicador37_pyjstat/pyjstat/test/data/ons.json")))
    assert found[0].value == 195074


def test_structure_specific_sdmx_keeps_the_flag() -> None:
    found = list(formats.sdmx_ml(saved(f"{KH}/ISTAT/22_289.xml")))
    (women,) = formats.select(iter(found), {"SEX": "2", "TIME_PERIOD": "2022"})
    assert (len(found), women.value, women.flags) == (8, 30235705, "e")


def test_generic_sdmx_names_its_series() -> None:
    found = list(formats.sdmx_ml(saved(f"{KH}/INSEE/bug-series-freq-data.xml")))
    (last,) = formats.select(iter(found), {"IDBANK": "001572432", "TIME_PERIOD": "2016-11"})
    assert last.value in (3548.5, 731.7, 1274.7)


def test_an_sdmx_answer_without_data_says_what_it_says() -> None:
    with pytest.raises(RowError, match="no data"):
        list(formats.sdmx_ml(saved(f"{KH}/INSEE/dataflow.xml")))


def test_sdmx_json_names_years_by_their_index_not_their_order() -> None:
    found = list(formats.sdmx_json(saved(f"{RK}/oecd/USA_B15.json")))
    assert len(found) == 13
    assert {o.key["REF_AREA"] for o in found} == {"USA"}
    assert sorted(o.key["TIME_PERIOD"] for o in found) == [str(y) for y in range(2010, 2023)]


def test_sdmx_csv_rows_that_repeat_under_another_age_definition_stay_apart() -> None:
    found = list(formats.sdmx_csv(saved("cagrigoksu_eu_migration_web_api/dataset/estat_tps00176_en.csv")))
    both = formats.select(iter(found), {"geo": "FR", "TIME_PERIOD": "2022"})
    (one,) = formats.select(iter(found), {"geo": "FR", "TIME_PERIOD": "2022", "agedef": "COMPLET"})
    assert (len(both), one.value, one.flags) == (2, 431017, "p")


def test_world_bank_null_is_no_data() -> None:
    found = list(formats.world_bank(saved(f"{RK}/wb_SM_POP_TOTL.json")))
    (later,) = formats.select(iter(found), {"country": "FRA", "date": "2022"})
    assert later.value is None


def test_an_xlsx_cell_is_named() -> None:
    body = saved(f"{RK}/UN_DESA_IMS2024_stock_by_sex_and_destination.xlsx")
    found = formats.select(formats.xlsx(body, "Table 1", 11, "Location code"), {"Location code": "250"})
    first = next(o for o in found if o.key["column"] == "2024")
    assert first.value == 9186757
    assert first.cell.startswith("Table 1!")
