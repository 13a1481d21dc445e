# SPDX-License-Identifier: Apache-2.0
"""What was measured: one row for each workload and contestant."""

from dataclasses import asdict, dataclass, field
from statistics import median

CARNET, PEER, FLOOR = "carnet", "peer", "floor"


@dataclass
class Row:
    workload: str  # such as w1-cold; what aims.json and the plots refer to
    title: str  # the same for people
    contestant: str
    kind: str  # carnet, peer or floor
    does: str  # what it does, where the name does not say it
    samples: dict[str, list[float]] = field(default_factory=dict)  # measure: one figure a round
    series: str = ""  # of a plot
    size: int = 0  # its place in the series

    def add(self, **figures: float) -> None:
        for name, value in figures.items():
            self.samples.setdefault(name, []).append(value)

    def median(self, name: str) -> float | None:
        return median(self.samples[name]) if self.samples.get(name) else None

    def lowest(self, name: str) -> float:
        return min(self.samples[name])

    def highest(self, name: str) -> float:
        return max(self.samples[name])

    def json(self) -> dict:
        return asdict(self) | {
            "median": {name: self.median(name) for name in self.samples},
            "lowest": {name: self.lowest(name) for name in self.samples},
            "highest": {name: self.highest(name) for name in self.samples},
        }

    @staticmethod
    def from_json(value: dict) -> "Row":
        known = Row.__dataclass_fields__
        return Row(**{name: value[name] for name in known})


class Rows(list[Row]):
    """The rows of one run."""

    def of(self, workload: str, kind: str | None = None) -> "Rows":
        return Rows(
            row for row in self
            if row.workload == workload and (kind is None or row.kind == kind))

    def carnet(self, workload: str) -> Row | None:
        return next(iter(self.of(workload, CARNET)), None)

    def floor(self, workload: str, name: str | None = None) -> Row | None:
        """The floor of this name; the first one, which is the one to compare with, without."""
        return next(
            (row for row in self.of(workload, FLOOR) if name in (None, row.contestant)), None)

    def best_peer(self, workload: str, measure: str = "cpu", most: bool = False) -> Row | None:
        peers = [row for row in self.of(workload, PEER) if row.median(measure) is not None]
        best = max if most else min
        return best(peers, key=lambda row: row.median(measure)) if peers else None

    def workloads(self) -> list[str]:
        return list(dict.fromkeys(row.workload for row in self))
