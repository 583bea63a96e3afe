"""Read official statistics as they are published: JSON-stat, SDMX (XML, JSON, CSV), World Bank JSON, UNHCR CSV, XLSX.

Every reader gives ``Observation`` values. A missing number stays ``None`` and is never 0; flags are kept as written.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from xml.etree import ElementTree

from discourse.errors import RowError


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One published number: its dimension codes, value (``None`` where there is no data), flags and cell."""

    key: Mapping[str, str]
    value: float | None
    flags: str = ""
    cell: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[bytes], Iterator[Observation]]


def number(text: Any) -> float | None:
    """Return a published number, or ``None`` for an empty cell, a sign of missing data or a NaN.

    Raises ``RowError`` for anything else that is not a number.
    """
    if text is None or isinstance(text, bool):
        return None
    if isinstance(text, str) and text.strip().lower() in {"", "..", "…", ":", "-", "na", "nan", "null", "n/a"}:
        return None
    try:
        value = float(text)
    except (TypeError, ValueError) as error:
        raise RowError(f"{text!r} is not a number.", remedy="Look at the response as it was saved.") from error
    return value if math.isfinite(value) else None


# -- JSON-stat --------------------------------------------------------------------------------------------------------


def jsonstat(body: bytes) -> Iterator[Observation]:
    """Yield every cell of a JSON-stat 2.0 dataset or a 1.x bundle (https://json-stat.org/full/), sparse or dense."""
    data = _json(body, "JSON-stat")
    if not isinstance(data, dict):
        raise RowError("the response is no JSON-stat object.", remedy="Fetch it again.")
    datasets = [data] if "dimension" in data else [v for v in data.values() if isinstance(v, dict) and "dimension" in v]
    if not datasets:
        raise RowError("there is no JSON-stat dataset in the response.", remedy="Ask for one dataset, not a catalogue.")
    for dataset in datasets:
        try:
            yield from _jsonstat_cells(dataset)
        except (KeyError, TypeError, ValueError) as error:
            raise RowError(f"the JSON-stat dataset is incomplete: {error}.", remedy="Fetch it again.") from error


def _jsonstat_cells(dataset: Mapping[str, Any]) -> Iterator[Observation]:
    dimension = dataset["dimension"]
    names: list[str] = dataset.get("id") or dimension["id"]
    sizes: list[int] = dataset.get("size") or dimension["size"]
    codes = [_codes(dimension[n]["category"], size) for n, size in zip(names, sizes, strict=True)]
    values, status = dataset.get("value", []), dataset.get("status", {})
    for flat, parts in enumerate(product(*codes)):
        yield Observation(
            key=dict(zip(names, parts, strict=True)),
            value=number(_at(values, flat)),
            flags=str(_at(status, flat) or ""),
            cell=f"value[{flat}]",
        )


def _codes(category: Mapping[str, Any], size: int) -> list[str]:
    index = category.get("index")
    if index is None:
        return [str(k) for k in category["label"]][:size]
    if isinstance(index, list):
        return [str(k) for k in index]
    return [str(k) for k, _ in sorted(index.items(), key=lambda pair: pair[1])]


def _at(cells: Any, flat: int) -> Any:
    if isinstance(cells, Mapping):
        return cells.get(str(flat))
    if isinstance(cells, list):
        return cells[flat] if flat < len(cells) else None
    return cells


# -- SDMX -------------------------------------------------------------------------------------------------------------


def sdmx_ml(body: bytes) -> Iterator[Observation]:
    """Yield every observation of an SDMX-ML 2.1 message, generic or structure-specific, by series or flat.

    Raises ``RowError`` where the answer is no XML, or a message without data (a structure, an error, a file address).
    """
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise RowError("the response declares XML entities, which SDMX never does.", remedy="Fetch it again.")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise RowError(f"the response is not XML: {error}.", remedy="Fetch it again.") from error
    sets = [e for e in root.iter() if _local(e) == "DataSet"]
    if not sets:
        words = [t.strip() for e in root.iter() if _local(e) == "Text" for t in [e.text or ""] if t.strip()]
        raise RowError("the message holds no data." + "".join(f" It says: {w}" for w in words[:1]), remedy="Ask less.")
    for position, dataset in enumerate(sets):
        yield from _dataset(dataset, f"DataSet[{position}]")


def _dataset(dataset: ElementTree.Element, at: str) -> Iterator[Observation]:
    for i, child in enumerate(e for e in dataset if _local(e) in ("Series", "Obs")):
        if _local(child) == "Obs":
            yield _obs(child, {}, f"{at}/Obs[{i}]")
            continue
        shared = dict(child.attrib) | _pairs(child, "SeriesKey") | _pairs(child, "Attributes")
        for j, obs in enumerate(e for e in child if _local(e) == "Obs"):
            yield _obs(obs, shared, f"{at}/Series[{i}]/Obs[{j}]")


def _obs(obs: ElementTree.Element, shared: Mapping[str, str], cell: str) -> Observation:
    found = dict(shared) | dict(obs.attrib) | _pairs(obs, "ObsKey") | _pairs(obs, "Attributes")
    raw = found.pop("OBS_VALUE", None)
    for child in obs:
        if _local(child) == "ObsDimension":
            found[child.get("id") or "TIME_PERIOD"] = child.get("value", "")
        elif _local(child) == "ObsValue":
            raw = child.get("value")
    flags = found.pop("OBS_STATUS", "") or found.pop("OBS_FLAG", "")
    return Observation(key=found, value=number(raw), flags=flags, cell=cell)


def _pairs(element: ElementTree.Element, name: str) -> dict[str, str]:
    inside = (v for part in element if _local(part) == name for v in part)
    return {v.get("id", ""): v.get("value", "") for v in inside}


def _local(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def sdmx_json(body: bytes) -> Iterator[Observation]:
    """Yield every observation of an SDMX-JSON 1.0 or 2.0 data message; positions are named by their codes."""
    message = _json(body, "SDMX-JSON")
    data = message.get("data", message)
    structures = data.get("structures") or [data.get("structure")]
    for i, dataset in enumerate(data.get("dataSets", [])):
        dimensions = structures[dataset.get("structure", 0)]["dimensions"]
        series = dimensions.get("series") or []
        shape = dimensions.get("observation") or []
        fixed = {d["id"]: d["values"][0]["id"] for d in dimensions.get("dataSet") or [] if d.get("values")}
        for place, cells in _cells(dataset):
            base = fixed | _named(series, place)
            for inner, values in cells.items():
                at = f"dataSets[{i}].{place + '/' if place else ''}{inner}"
                yield Observation(key=base | _named(shape, inner), value=number(_first(values)), cell=at)


def _cells(dataset: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((k, s.get("observations", {})) for k, s in dataset.get("series", {}).items())
    if "observations" in dataset:
        yield "", dataset["observations"]


def _named(dimensions: Sequence[Mapping[str, Any]], place: str) -> dict[str, str]:
    parts = place.split(":") if place else []
    return {d["id"]: _code(d["values"][int(p)]) for d, p in zip(dimensions, parts, strict=False) if p not in ("", "~")}


def _code(value: Mapping[str, Any]) -> str:
    return str(value.get("id", value.get("value", "")))


def _first(values: Any) -> Any:
    return (values[0] if values else None) if isinstance(values, list) else values


def sdmx_csv(body: bytes) -> Iterator[Observation]:
    """Yield every row of an SDMX-CSV 1.0 or 2.0 file; rows that differ only in ``agedef`` stay apart, by their key."""
    return _rows(body, value="OBS_VALUE", flags=("OBS_FLAG", "OBS_STATUS"))


# -- others -----------------------------------------------------------------------------------------------------------


def world_bank(body: bytes) -> Iterator[Observation]:
    """Yield every row of a World Bank answer: ``[page, rows]``, with null where there is no figure."""
    answer = _json(body, "World Bank")
    if not isinstance(answer, list) or len(answer) < 2:
        raise RowError(f"the World Bank answered without data: {str(answer)[:120]}", remedy="Check the indicator code.")
    for i, row in enumerate(answer[1] or []):
        key = {"indicator": row["indicator"]["id"], "country": row["countryiso3code"], "date": row["date"]}
        yield Observation(key=key, value=number(row["value"]), flags=row.get("obs_status") or "", cell=f"[1][{i}]")


def unhcr(body: bytes, value: str) -> Iterator[Observation]:
    """Yield every row of a UNHCR Refugee Data Finder table, with the named column as the value."""
    return _rows(body, value=value)


def xlsx(body: bytes, sheet: str, header: int, code: str) -> Iterator[Observation]:
    """Yield every number of a sheet with its cell; ``header`` is the row of column names, ``code`` names the row."""
    from openpyxl import load_workbook  # type: ignore[import-untyped,unused-ignore]

    rows = load_workbook(io.BytesIO(body), read_only=True, data_only=True)[sheet].iter_rows(min_row=header)
    names = [str(c.value).strip() if c.value is not None else "" for c in next(rows)]
    where = names.index(code)
    for row in rows:
        name = str(row[where].value or "").strip()
        for column, cell in zip(names, row, strict=False):
            if column and name and isinstance(cell.value, int | float):
                place = f"{sheet}!{cell.coordinate}"
                yield Observation(key={code: name, "column": column}, value=float(cell.value), cell=place)


def _rows(body: bytes, *, value: str, flags: Sequence[str] = ()) -> Iterator[Observation]:
    reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    if value not in (reader.fieldnames or []):
        raise RowError(f"there is no column {value}.", remedy=f"The file has: {', '.join(reader.fieldnames or [])}.")
    for row in reader:
        key = {k: v or "" for k, v in row.items() if k != value and k not in flags and k is not None}
        flag = "".join(row.get(f) or "" for f in flags)
        yield Observation(key=key, value=number(row[value]), flags=flag, cell=f"line {reader.line_num}, {value}")


def _json(body: bytes, what: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise RowError(f"the {what} response is not JSON: {error}.", remedy="Fetch it again.") from error


def select(found: Iterator[Observation], where: Mapping[str, str]) -> list[Observation]:
    """Return the observations whose key holds every given code."""
    return [o for o in found if all(o.key.get(k) == v for k, v in where.items())]
