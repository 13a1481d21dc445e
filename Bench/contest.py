# SPDX-License-Identifier: Apache-2.0
"""Lets Carnet, its peers and the floors take turns on one workload.

In turn, round by round: what else goes on on the machine then hits all of them, and what one of
them leaves in the caches the others find as well.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import BenchFailure, Cost, measure
from rows import CARNET, Row, Rows
from sizes import Sizes


@dataclass
class Contestant:
    name: str
    kind: str
    command: Sequence[str | Path]
    does: str = ""
    folder: Path | None = None  # to run in
    prepare: Callable[[], object] = lambda: None  # before each round, not measured
    check: Callable[[str], None] = lambda said: None  # after it; raises if the result is wrong
    rounds: int = 1000  # at most, for those who take minutes


class Run:
    """One run of the bench: how large, how often, and what came of it."""

    def __init__(self, sizes: Sizes, most_rounds: int) -> None:
        self.sizes = sizes
        self.most_rounds = most_rounds
        self.rows = Rows()
        self.remarks: list[str] = []

    def rounds(self, wanted: int) -> int:
        return max(1, min(wanted, self.most_rounds))

    def remark(self, words: str) -> None:
        """Something that readers of the results have to know."""
        self.remarks.append(words)
        print(f"  {words}", flush=True)

    def contest(
        self, workload: str, title: str, contestants: Sequence[Contestant], rounds: int,
        warm_ups: int = 1, series: str = "", size: int = 0,
    ) -> None:
        rounds, warm_ups = self.rounds(rounds), 0 if self.sizes.is_quick else warm_ups
        print(f"{workload}: {title}", flush=True)
        rows = [
            Row(workload, title, each.name, each.kind, each.does, series=series, size=size)
            for each in contestants]
        for number in range(-warm_ups, rounds):
            for each, row in zip(contestants, rows, strict=True):
                # Who takes minutes does not warm up either.
                if number >= each.rounds or (number < 0 and each.rounds == 1):
                    continue
                cost = attempt(workload, each, settles=not self.sizes.is_quick)
                if number >= 0:
                    row.add(cpu=cost.cpu, wall=cost.wall, peak=cost.peak)
        for row in rows:
            print(f"  {told(row)}", flush=True)
        self.rows += rows


def attempt(workload: str, contestant: Contestant, settles: bool) -> Cost:
    try:
        contestant.prepare()
        # Or who makes its files durable would wait for what the one before left unwritten.
        if settles:
            os.sync()
        cost, said = measure(contestant.command, contestant.folder)
        contestant.check(said)
    except (BenchFailure, AssertionError, OSError) as error:
        raise BenchFailure(f"{workload}, {contestant.name}: {error or 'wrong result'}") from error
    return cost


def told(row: Row) -> str:
    mark = {CARNET: "*"}.get(row.kind, " ")
    parts = [f"{mark} {row.contestant:<44}"]
    for name, unit, digits in (
        ("cpu", "s cpu", 3), ("wall", "s wall", 3), ("peak", "MiB", 0), ("requests", "/s", 0),
        ("cpu_per_request", "us cpu each", 1), ("p99", "ms p99", 2), ("bytes", "bytes", 0),
    ):
        if row.samples.get(name):
            low, high = row.lowest(name), row.highest(name)
            parts.append(f"{row.median(name):10.{digits}f} {unit}")
            if name in ("cpu", "wall", "requests") and len(row.samples[name]) > 1:
                parts.append(f"({low:.{digits}f}..{high:.{digits}f})")
    return " ".join(parts)
