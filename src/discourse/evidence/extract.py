"""Draw the starter cards' cells out of saved official responses: ``python -m discourse.evidence.extract SAMPLES``."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from discourse.evidence import formats
from discourse.evidence.formats import Observation

COLUMNS = ("kind", "country", "period", "value", "flags", "file", "cell", "sha256", "retrieved")
COUNTRIES = {
    "FR": ("FRA", "250"),
    "DE": ("DEU", "276"),
    "ES": ("ESP", "724"),
    "IT": ("ITA", "380"),
    "UK": ("GBR", "826"),
}
_RK = "raymondkuo_migration-healthcare-attitudes-evidence/evidence/api"
_CG = "cagrigoksu_eu_migration_web_api/dataset"
_UN = "PopulationStatistics_refugees/derived_csv"
_FIVE = "FRA_DEU_ESP_ITA_GBR_2015-2025.csv"
_DESA = f"{_RK}/UN_DESA_IMS2024_stock_by_sex_and_destination.xlsx"
_FIRST = {"app_type": "N", "dec_level": "FI", "app_pc": "P"}
_DECIDED = {"dec_level": "FI", "dec_pc": "P"}
_RETRIEVED = {_RK: "2026-08-17", _CG: "2026-01-13", _UN: "2026-06-25"}

Row = dict[str, str]


def rows(samples: Path) -> Iterator[Row]:
    """Yield a row for every starter card: kind, country, period, value, flags, file, cell, checksum, day."""
    yield from _jsonstat(samples, "foreign_born", "eurostat_migr_pop3ctb.json")
    yield from _jsonstat(samples, "foreign_citizens", "eurostat_migr_pop1ctz.json")
    yield from _jsonstat(samples, "illegally_present", "eurostat_migr_eipre_REVERIFY_2026-08-18.json")
    yield from _sdmx_csv(samples, "immigration", "estat_tps00176_en.csv")
    yield from _sdmx_csv(samples, "emigration", "estat_tps00177_en.csv")
    yield from _desa(samples, "migrant_stock", "Table 1")
    yield from _desa(samples, "migrant_share", "Table 3")
    for year in ("2024", "2025"):
        yield from _unhcr(samples, "asylum_applications", "asylum_applications", "applied", {"year": year} | _FIRST)
    decided = {"year": "2024"} | _DECIDED
    yield from _unhcr(samples, "asylum_recognised", "asylum_decisions", "dec_recognized", decided)
    yield from _unhcr(samples, "asylum_other", "asylum_decisions", "dec_other", decided)
    yield from _unhcr(samples, "asylum_rejected", "asylum_decisions", "dec_rejected", decided)
    yield from _unhcr(samples, "refugees", "population", "refugees", {"year": "2025"})


def write(samples: Path, out: TextIO) -> int:
    """Write the rows as CSV and return how many there were."""
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for count, row in enumerate(rows(samples), 1):  # noqa: B007
        writer.writerow(row)
    return count


def _jsonstat(samples: Path, kind: str, name: str) -> Iterator[Row]:
    file = f"{_RK}/{name}"
    found = list(formats.jsonstat((samples / file).read_bytes()))
    for country in COUNTRIES:
        yield _latest(samples, kind, country, file, [o for o in found if o.key["geo"] == country])


def _sdmx_csv(samples: Path, kind: str, name: str) -> Iterator[Row]:
    file = f"{_CG}/{name}"
    found = formats.select(formats.sdmx_csv((samples / file).read_bytes()), {"agedef": "COMPLET"})
    for country in COUNTRIES:
        yield _latest(samples, kind, country, file, [o for o in found if o.key["geo"] == country])


def _latest(samples: Path, kind: str, country: str, file: str, found: list[Observation]) -> Row:
    """Return the row of the last year that has a value: a later year without data is left out, not read as 0."""
    times = [(o.key.get("time") or o.key["TIME_PERIOD"], o) for o in found if o.value is not None]
    period, best = max(times, key=lambda pair: pair[0])
    return _row(samples, kind, country, period, best.value, best.flags, file, best.cell)


def _desa(samples: Path, kind: str, sheet: str) -> Iterator[Row]:
    body = (samples / _DESA).read_bytes()
    found = formats.select(formats.xlsx(body, sheet, 11, "Location code"), {"column": "2024"})
    for country, (_, code) in COUNTRIES.items():
        # the columns for both sexes come first, those for men and women repeat the same years
        best = next(o for o in found if o.key["Location code"] == code)
        yield _row(samples, kind, country, "2024", best.value, "", _DESA, best.cell)


def _unhcr(samples: Path, kind: str, table: str, column: str, where: Mapping[str, str]) -> Iterator[Row]:
    file = f"{_UN}/{table}_{_FIVE}"
    found = formats.select(formats.unhcr((samples / file).read_bytes(), column), where)
    for country, (code, _) in COUNTRIES.items():
        values = [o.value for o in found if o.key["coa_iso"] == code and o.value is not None]
        picked = ", ".join(f"{k}={v}" for k, v in ({"coa_iso": code} | dict(where)).items())
        cell = f"sum of {column} over {len(values)} rows with {picked}"
        yield _row(samples, kind, country, where["year"], sum(values) if values else None, "", file, cell)


def _row(
    samples: Path, kind: str, country: str, period: str, value: float | None, flags: str, file: str, cell: str
) -> Row:
    return {
        "kind": kind,
        "country": country,
        "period": period,
        "value": "" if value is None else f"{value:.10g}",
        "flags": flags,
        "file": file,
        "cell": cell,
        "sha256": hashlib.sha256((samples / file).read_bytes()).hexdigest(),
        "retrieved": "2026-08-18"
        if "2026-08-18" in file
        else next(day for folder, day in _RETRIEVED.items() if file.startswith(folder)),
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.stdout)
