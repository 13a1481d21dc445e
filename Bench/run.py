#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Carnet beside its peers and the floors, on the same data, in turn, in one run.

    run.py [--quick] [--million|--largest] [--only NAME...] [--rounds N] [--carnet FILE]
        [--write-docs]
    run.py --report RESULT [--write-docs]

Prints each row as it comes and a report at the end; writes .build/bench/results/TIME.json, the
report TIME.md, and plots into the folder TIME.
Exit code 1: something failed or gave a wrong result. No figure is a failure.
"""

import argparse
import json
import shutil
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True

import docs  # noqa: E402
import machine  # noqa: E402
import plots  # noqa: E402
import program  # noqa: E402
from contest import Run  # noqa: E402
from measure import BenchFailure  # noqa: E402
from places import RESULTS, ROOT  # noqa: E402
from report import markdown  # noqa: E402
from sizes import FULL, QUICK, with_million  # noqa: E402
from workloads import (  # noqa: E402
    clients, crowds, mirroring, publishing, recording, releases, serving, starting, storing,
    verifying)
from workloads.folders import ASIDE  # noqa: E402

WORKLOADS = {
    "start": starting.measure,
    "verify": releases.measure,
    "w1": clients.one_file,
    "w2": clients.large_file,
    "w3": clients.long_lists,
    "w3-bins": clients.bins,
    "w4": publishing.measure,
    "w5": mirroring.measure,
    "w6": recording.measure,
    "w7": verifying.measure,
    "w8": serving.measure,
    "store": storing.measure,
    "roles": clients.roles,
    "release-bins": publishing.release_bins,
    "artifacts": verifying.artifacts,
    "steps": verifying.steps,
}
# What takes minutes and gigabytes: where Docs/Scale.md's figures come from.
LARGEST = {
    "most-entries": clients.most_entries,
    "most-artifacts": verifying.most_artifacts,
    "most-files": mirroring.most_files,
    "most-clients": crowds.measure,
}


def main() -> None:
    options = arguments()
    if options.report:
        result = json.loads(options.report.read_text())
    else:
        result = measured(options)
        write(result)
    # Of a quick run only that it came to its end says something.
    if not result["quick"]:
        print("\n" + markdown(result))
    if options.write_docs:
        docs.write(result)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Carnet beside its peers and the floors.")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: is it right?")
    parser.add_argument("--million", action="store_true", help="W4 with a million files, too")
    parser.add_argument("--largest", action="store_true",
                        help="only what takes minutes and gigabytes, see README.md")
    parser.add_argument("--only", nargs="+", choices=WORKLOADS | LARGEST, metavar="NAME",
                        help=f"of {', '.join(WORKLOADS | LARGEST)}")
    parser.add_argument("--rounds", type=int, default=1000, help="at most so many of each")
    parser.add_argument("--carnet", type=Path, default=ROOT / ".build/release/carnet")
    parser.add_argument("--report", type=Path, metavar="RESULT", help="of a run that was")
    parser.add_argument("--write-docs", action="store_true",
                        help="put the report into Docs/Performance.md and Docs/Plots")
    return parser.parse_args()


def measured(options: argparse.Namespace) -> dict:
    sizes = QUICK if options.quick else with_million(FULL) if options.million else FULL
    run = Run(sizes, 1 if options.quick else options.rounds)
    turn = program.begin(options.carnet)
    began, clock, loads = now(), time.monotonic(), [machine.load()]
    everything = WORKLOADS | LARGEST
    usual = LARGEST if options.largest else everything if options.quick else WORKLOADS
    for name in options.only or usual:
        everything[name](run)
        loads.append(machine.load())
    shutil.rmtree(ASIDE, ignore_errors=True)
    turn.close()
    return {
        "began": began, "ended": now(), "seconds": round(time.monotonic() - clock),
        "quick": options.quick, "machine": machine.described(), "load_before": loads[0],
        "load_after": loads[-1], "load_highest": max(loads), "remarks": run.remarks,
        "rows": [row.json() for row in run.rows],
    }


def write(result: dict) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{result['began'].replace(':', '')}.json"
    file.write_text(json.dumps(result, indent=1) + "\n")
    file.with_suffix(".md").write_text(markdown(result), encoding="utf-8")
    drawn = plots.write(result, file.with_suffix(""))
    workloads = len({row["workload"] for row in result["rows"]})
    print(f"\n{workloads} workloads, {len(result['rows'])} rows, {len(drawn)} plots in "
          f"{result['seconds']} s; {file.relative_to(ROOT)}, .md and folder")


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    # So that servers end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except BenchFailure as failure:
        sys.exit(f"bench: {failure}")
