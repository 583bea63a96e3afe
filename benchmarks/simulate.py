"""Do the figures hold? Towns with a known truth, a classifier with known errors, and what measure makes of them.

    python benchmarks/simulate.py coverage       do 95 % intervals hold the truth, with 200 checked stories?
    python benchmarks/simulate.py error          how far off are shares under prior shift, beside QuaPy on those draws?
    python benchmarks/simulate.py alarms         how many reports of a quiet town claim a change?
    python benchmarks/simulate.py power          what change can a town of so many stories a week detect?
    python benchmarks/simulate.py speed          1,000,000 passages, 260 weeks

`--runs N` sets how many towns are drawn, `--seed N` where to begin, `--only WORD` takes the settings whose name holds it.
Each prints a table in Markdown. `error` needs the package quapy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from simulation import claims, held, quick, shifted

WHAT: dict[str, Callable[[int, int, str], None]] = {
    "alarms": claims.alarms,
    "coverage": held.coverage,
    "error": shifted.error,
    "power": claims.power,
    "speed": quick.speed,
}


def main(arguments: Sequence[str]) -> None:
    """Run the simulation that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(WHAT))
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="settings whose name holds this (alarms, coverage, power)")
    given = parser.parse_args(arguments)
    WHAT[given.what](given.runs, given.seed, given.only)


if __name__ == "__main__":
    main(sys.argv[1:])
