# SPDX-License-Identifier: Apache-2.0
"""How cost grows: one SVG for each series of a run, the same bytes for the same figures."""

import os
from pathlib import Path

from places import BENCH

# Its list of fonts is kept with the rest.
os.environ["MPLCONFIGDIR"] = str(BENCH / "matplotlib")

import matplotlib  # noqa: E402: after it knows where that is

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator  # noqa: E402

from rows import CARNET, FLOOR, Row, Rows  # noqa: E402

SERIES = {
    "entries": ("entries of targets.json", "A client's cold get of one file"),
    "bins": ("hash bins", "A client's cold get of one file"),
    "roles": ("delegated roles, each with its key", "A client's cold get of one file"),
    "published": ("files", "Publishing files of 1 KiB"),
    "release-bins": ("hash bins", "Releasing one file more"),
    "recorded": ("files", "Recording files twice"),
    "artifacts": ("materials, and as many products, of each of 5 links", "Verifying a layout"),
    "steps": ("steps of 500 + 500 artifacts", "Verifying a layout"),
}
STYLES = {CARNET: ("#0b6e4f", "o", "-"), FLOOR: ("#8a8a8a", "s", ":")}
PEER_STYLES = [("#c1443c", "^", "--"), ("#3b6fb6", "v", "-."), ("#9a6fb0", "D", "--")]


def write(result: dict, folder: Path) -> list[tuple[Path, str]]:
    """Writes what the run has figures for; gives each file with what it shows."""
    rows = Rows(Row.from_json(row) for row in result["rows"])
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for series, (axis, title) in SERIES.items():
        lines = lines_of(rows, series)
        if max((len(line) for line in lines.values()), default=0) > 1:
            file = folder / f"{series}.svg"
            draw(lines, axis, title, file)
            written.append((file, f"{title}: CPU time and memory by the number of {axis}"))
    return written


def lines_of(rows: Rows, series: str) -> dict[tuple[str, str], list[Row]]:
    """Kind and name of a contestant: its rows. Of the floors only the one compared with."""
    lines: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.series == series:
            first = rows.floor(row.workload)
            if row.kind != FLOOR or row.contestant == first.contestant:
                lines.setdefault((row.kind, row.contestant), []).append(row)
    for line in lines.values():
        line.sort(key=lambda row: row.size)
    return lines


def label(place: Axes, sizes: list[int]) -> None:
    """Every measured size below, and 1, 2 and 5 of every power of ten beside."""
    place.xaxis.set_minor_locator(NullLocator())
    place.set_xticks(sizes, labels=[f"{size:,}" for size in sizes])
    place.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    place.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    place.yaxis.set_minor_locator(NullLocator())
    place.grid(True, color="#dddddd", linewidth=0.6)


def draw(lines: dict[tuple[str, str], list[Row]], axis: str, title: str, file: Path) -> None:
    peers = iter(PEER_STYLES)
    with pyplot.rc_context({
        "svg.hashsalt": "carnet", "svg.fonttype": "none", "font.family": "sans-serif",
        "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
    }):
        figure, (cpu, memory) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
        for (kind, name), rows in lines.items():
            color, marker, style = STYLES.get(kind) or next(peers)
            for place, measure in ((cpu, "cpu"), (memory, "peak")):
                middle = [row.median(measure) for row in rows]
                around = [
                    [row.median(measure) - row.lowest(measure) for row in rows],
                    [row.highest(measure) - row.median(measure) for row in rows]]
                place.errorbar(
                    [row.size for row in rows], middle, around, label=name, color=color,
                    marker=marker, linestyle=style, markersize=4, linewidth=1.4, capsize=2)
        for place, words in ((cpu, "CPU, s"), (memory, "largest process, MiB")):
            place.set(xscale="log", yscale="log", xlabel=axis, ylabel=words)
            label(place, sorted({row.size for rows in lines.values() for row in rows}))
        figure.suptitle(f"{title} (medians, lowest and highest)", fontsize=10)
        cpu.legend(frameon=False, fontsize=8)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
