# SPDX-License-Identifier: Apache-2.0
"""The project's aims (aims.json), each judged by its rows of a run. An aim is no gate.

    {"aim": "W2: at most 1.05 of the floor's CPU", "workload": "w2", "measure": "cpu",
     "at_most": 1.05, "times": "curl, then openssl"}

Without `times` the bound is a number: seconds of CPU or wall time, MiB of `peak`, `bytes`. With it,
it is as often the figure of that contestant in the same run; `at_least` is for `requests`.
"""

import json
from dataclasses import dataclass

from places import HERE
from rows import Rows

UNITS = {"cpu": "s CPU", "wall": "s", "peak": "MiB", "requests": "requests/s", "bytes": "MB"}


@dataclass(frozen=True)
class Verdict:
    aim: str
    is_met: bool | None  # None: not measured in this run
    found: str
    bound: str


def verdicts(rows: Rows) -> list[Verdict]:
    aims = json.loads((HERE / "aims.json").read_text())
    return [judged(aim, rows) for aim in aims]


def judged(aim: dict, rows: Rows) -> Verdict:
    measure = aim["measure"]
    ours = rows.carnet(aim["workload"])
    found = ours.median(measure) if ours else None
    factor = aim.get("at_most", aim.get("at_least"))
    bound = factor
    if other := aim.get("times"):
        row = next(
            (row for row in rows.of(aim["workload"]) if row.contestant == other), None)
        figure = row.median(measure) if row else None
        bound = None if figure is None else factor * figure
    if found is None or bound is None:
        return Verdict(aim["aim"], None, "not measured", "")
    is_met = found <= bound if "at_most" in aim else found >= bound
    word = "at most" if "at_most" in aim else "at least"
    of_it = f" ({factor:g} times {other})" if other else ""
    return Verdict(
        aim["aim"], is_met, shown(found, measure), f"{word} {shown(bound, measure)}{of_it}")


def shown(value: float, measure: str) -> str:
    if measure == "bytes":
        return f"{value / 1e6:.1f} MB"
    if measure == "requests":
        return f"{value:,.0f} requests/s"
    return f"{significant(value)} {UNITS[measure]}"


def significant(value: float) -> str:
    """Three digits that count; never fewer than are before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 1:
        return f"{value:.2f}"
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"
