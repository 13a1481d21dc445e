# SPDX-License-Identifier: Apache-2.0
"""A run as tables for people, in Markdown."""

from aims import significant, verdicts
from rows import Row, Rows


def markdown(result: dict) -> str:
    """The whole report of a run: what it ran on, Carnet beside the others, aims, every row."""
    rows = Rows(Row.from_json(row) for row in result["rows"])
    parts = [run_described(result), compared(rows), served(rows)]
    if not result["quick"]:
        parts += [aims(rows), behind(rows)]
    parts += [growth(rows), "**Who took part, and what each did**", contestants(rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


def run_described(result: dict) -> str:
    on, versions = result["machine"], result["machine"]["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    words = (
        f"Run of {result['began']} to {result['ended']} on {on['cores']} cores "
        f"({on['processor']}), {on['kernel']}, {on['system']}; commit {on['commit']}; load "
        f"{result['load_before']} before, {result['load_after']} after, "
        f"{result['load_highest']} at most between workloads. {named}.")
    return " ".join([words, *(f"{remark}." for remark in result["remarks"])])


def compared(rows: Rows) -> str:
    lines = [
        "| workload | Carnet: CPU (lowest to highest) / wall / peak "
        "| best peer: CPU / wall / peak | its CPU to ours | floor: CPU / wall | our CPU to it |",
        "|---|---|---|---|---|---|"]
    for workload in rows.workloads():
        ours = rows.carnet(workload)
        if ours is None or "cpu" not in ours.samples:
            continue
        peer, floor = rows.best_peer(workload), rows.floor(workload)
        lines.append("| " + " | ".join([
            ours.title,
            f"{significant(ours.median('cpu'))} s ({spread(ours, 'cpu')}) / {figures(ours)}",
            f"{peer.contestant}: {significant(peer.median('cpu'))} s / {figures(peer)}"
            if peer else "",
            ratio(peer, ours),
            f"{floor.contestant}: {significant(floor.median('cpu'))} s / "
            f"{significant(floor.median('wall'))} s" if floor else "",
            ratio(ours, floor),
        ]) + " |")
    return "\n".join(lines) if len(lines) > 2 else ""


def served(rows: Rows) -> str:
    """The server's rows, which have figures of their own."""
    lines = [
        "| server | requests a second (lowest to highest) | MB/s | p50 / p99 | CPU a request |",
        "|---|---|---|---|---|"]
    for row in rows:
        if "requests" in row.samples:
            lines.append(
                f"| {row.title}: {row.contestant} | {row.median('requests'):,.0f} "
                f"({row.lowest('requests'):,.0f} to {row.highest('requests'):,.0f}) "
                f"| {row.median('megabytes'):,.0f} "
                f"| {significant(row.median('p50'))} / {significant(row.median('p99'))} ms "
                f"| {significant(row.median('cpu_per_request'))} µs |")
    sizes = [
        f"{row.contestant} {row.median('bytes') / 1e6:.1f} MB"
        for row in rows if "bytes" in row.samples]
    text = "\n".join(lines) if len(lines) > 2 else ""
    return f"{text}\n\nPrograms, stripped: {', '.join(sizes)}." if sizes else text


def spread(row: Row, measure: str) -> str:
    return f"{significant(row.lowest(measure))} to {significant(row.highest(measure))}"


def figures(row: Row) -> str:
    return f"{significant(row.median('wall'))} s / {row.median('peak'):,.0f} MiB"


def ratio(above: Row | None, below: Row | None) -> str:
    if above is None or below is None:
        return ""
    value = above.median("cpu") / max(below.median("cpu"), 1e-6)
    return f"{value:.1f}" if value >= 1.95 else f"{value:.2f}"


def aims(rows: Rows) -> str:
    """Those that the run has rows for."""
    words = {True: "met", False: "**not met**"}
    lines = [
        f"| {each.aim} | {each.bound} | {each.found} | {words[each.is_met]} |"
        for each in verdicts(rows) if each.is_met is not None]
    head = ["**Aims**", "", "| aim | bound | found | |", "|---|---|---|---|"]
    return "\n".join([*head, *lines]) if lines else ""


def behind(rows: Rows) -> str:
    """Where another program of its kind took less CPU than Carnet in this run."""
    found = []
    for workload in rows.workloads():
        ours, peer = rows.carnet(workload), rows.best_peer(workload)
        if ours and peer and ours.median("cpu") > peer.median("cpu"):
            found.append(f"{ours.title} ({peer.contestant})")
    return f"A peer took less CPU: {'; '.join(found) or 'in no workload'}."


def growth(rows: Rows) -> str:
    """What the last step of each series costs Carnet: how it goes on from there."""
    lines = []
    for series in dict.fromkeys(row.series for row in rows if row.series):
        ours = sorted(
            (row for row in rows if row.series == series and row.kind == "carnet"),
            key=lambda row: row.size)
        if len(ours) < 2:
            continue
        before, last = ours[-2], ours[-1]
        lines.append(
            f"- {series}: from {before.size:,} to {last.size:,} ({last.size / before.size:g} "
            f"times) CPU grows {last.median('cpu') / before.median('cpu'):.2f} times, memory "
            f"{last.median('peak') / before.median('peak'):.2f} times")
    return "\n".join(["**Growth**", "", *lines]) if lines else ""


def contestants(rows: Rows) -> str:
    """Each once, with the workload where it first did that."""
    lines: dict[str, str] = {}
    for row in rows:
        if row.does:
            lines.setdefault(f"{row.contestant} ({row.kind}): {row.does}", row.workload)
    return "\n".join(f"- {workload}: {words}" for words, workload in lines.items())
