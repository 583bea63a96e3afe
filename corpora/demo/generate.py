"""Make the fictional town of Valmorel-sur-Loire: twelve weeks of press, council and letters, and the truth about them.

Every text lies in ``bank/``, where people can read it; the code only chooses, dates, prints and counts.
The same arguments give the same bytes, PDF included.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

if (_here := str(Path(__file__).resolve().parent)) not in sys.path:
    sys.path.insert(0, _here)

from valmorel import truth
from valmorel.config import config
from valmorel.council import sessions, write_council
from valmorel.letters import letters, write_letters
from valmorel.papers import print_all
from valmorel.plan import press
from valmorel.setting import BY_NAME, DOMINANT, Town
from valmorel.texts import write

EPILOG = """\
Examples:
  python generate.py town
  python generate.py quiet --seed 7 --event none
  python generate.py school --event event-school --event-week 6 --dead-source none
"""


def generate(
    out: Path,
    *,
    seed: int = 2026,
    event: str | None = "event-centre",
    event_week: int = 5,
    dead_source: str | None = "radio-loire",
    dead_week: int = 9,
    weeks: int = 12,
    first_week: str = "2026-W35",
) -> dict[str, Any]:
    """Write a town below ``out`` and return its truth; weeks are counted from one, ``event=None`` is a quiet town."""
    _check("event", event, DOMINANT)
    _check("source", dead_source, BY_NAME)
    year, number = first_week.split("-W")
    town = Town(
        seed=seed,
        event=event,
        event_week=event_week,
        dead_source=dead_source,
        dead_week=dead_week,
        weeks=weeks,
        monday=date.fromisocalendar(int(year), int(number), 1),
    )
    out, stories, held, received = Path(out), press(town), sessions(town), letters(town)
    print_all(out, town, stories)
    write_council(out, town, held)
    write_letters(out, town, received)
    write(out / "discourse.toml", config())
    documents = truth.of_press(town, stories) | truth.of_council(town, held) | truth.of_letters(town, received)
    found = {"summary": truth.summary(town, documents, stories), "documents": documents}
    write(out / "truth.json", json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return found


def _check(what: str, name: str | None, known: dict[str, Any]) -> None:
    if name is not None and name not in known:
        raise ValueError(f"no {what} named {name!r}; choose one of {', '.join(known)}, or none")


def main() -> None:
    """Write a town from the command line and print its weeks."""
    parser = argparse.ArgumentParser(
        description="Write the fictional town of Valmorel-sur-Loire: discourse.toml, feeds/, pages/, council/, letters/ "
        "and truth.json.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--event", default="event-centre", help="event-centre, event-school, event-station or none")
    parser.add_argument("--event-week", type=int, default=5, help="counted from one")
    parser.add_argument("--dead-source", default="radio-loire", help="the source that falls silent, or none")
    parser.add_argument("--dead-week", type=int, default=9, help="counted from one")
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--first-week", default="2026-W35")
    chosen: dict[str, Any] = {k: None if v == "none" else v for k, v in vars(parser.parse_args()).items()}
    try:
        found = generate(chosen.pop("out"), **chosen)["summary"]
    except ValueError as error:
        parser.error(str(error))
    for week, n in found["weeks"].items():
        share = f", {found['dominant_concern']} {n['dominant_share']:.0%}" if found["event"] else ""
        print(f"{week}: {n['all']} texts, {n['relevant']} on migration{share}")


if __name__ == "__main__":
    main()
