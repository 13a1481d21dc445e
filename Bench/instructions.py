#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of five hot paths and compares them with instructions.json.

    instructions.py [--carnet FILE] [--runs N]     exit code 1 if one is above the margin, with the
                                                   compiler and libraries of the baseline
    instructions.py --write [--runs N]             writes the counts as the new baseline
    instructions.py --spread N                     N runs of each, and how far they are apart

Callgrind counts what the process and all its threads execute in user space. Unlike a time the
count hardly depends on what else the machine does; the margin in instructions.json covers that. It
does depend on libraries and on the compiler, whose versions stand beside the counts.
"""

import argparse
import json
import re
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import program  # noqa: E402
from data import chains, repositories, trees  # noqa: E402
from data.blobs import blob  # noqa: E402
from machine import first_line, swift  # noqa: E402
from measure import BenchFailure, environment, run  # noqa: E402
from places import CARNET, HERE, ROOT, WORK  # noqa: E402
from services import Nginx  # noqa: E402
from workloads import asking, publishing, releases  # noqa: E402
from workloads.folders import emptied, removed  # noqa: E402

BASELINE = HERE / "instructions.json"
# Where a dictionary's entries lie would change from run to run, and what OpenSSL and the C library
# choose from machine to machine.
STEADY = {
    "SWIFT_DETERMINISTIC_HASHING": "1",
    "OPENSSL_ia32cap": "~0x1000000000000000:0",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-ERMS",
}
PACKAGES = ("valgrind", "libc6", "libcurl4", "libssl3")


@dataclass
class HotPath:
    name: str
    command: list
    prepare: Callable[[], object] = lambda: None
    folder: Path | None = None


def hot_paths(nginx: Nginx) -> list[HotPath]:
    """With all that they need in place."""
    small = repositories.small()
    get = asking.carnet(small, nginx.url(small))
    releases.make()
    verify = releases.carnet(nginx.url(releases.REPOSITORY), "--offline", state="known")
    run([word for word in verify.command if word != "--offline"])
    links = chains.chain("metablock", 5, 500)
    in_toto = [CARNET, "in-toto", "verify", "-l", links / "root.layout", "--verification-keys",
               links / "owner.pub", "--link-dir", links]
    return [
        HotPath("carnet --version", [CARNET, "--version"]),
        HotPath("get of 16 KiB, cold", list(get.command), get.prepare),
        HotPath("verify of a release, offline", list(verify.command)),
        release_path(),
        HotPath("in-toto verify, 5 steps of 500 + 500", in_toto, folder=emptied(WORK / "empty")),
    ]


def release_path() -> HotPath:
    """One file into 1,024 bins, always the same one into the same state."""
    made, used, file = (publishing.PUBLISHERS / name for name in ("carnet", "used", "one.bin"))
    maker = publishing.carnet_creates(trees.published(200), 200, 1_024)
    maker.prepare()
    run(maker.command)
    file.write_bytes(blob("one file", 1024))

    def prepare() -> None:
        removed(used)
        shutil.copytree(made, used)

    return HotPath(
        "release of one file into 1,024 bins",
        [CARNET, "release", file, "--as", "0000/one.bin", "--repository", used], prepare)


def count(path: HotPath) -> int:
    """Instructions of one run."""
    path.prepare()
    log = WORK / "callgrind.log"
    steady = environment() | STEADY
    run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}",
         *path.command], path.folder, environment=steady)
    found = re.search(r"Collected : (\d+)", log.read_text())
    if not found:
        raise BenchFailure(f"{path.name}: no count by callgrind: {log.read_text()[-300:]}")
    return int(found[1])


def counts(runs: int) -> dict[str, list[int]]:
    with Nginx() as nginx:
        paths = hot_paths(nginx)
        found: dict[str, list[int]] = {path.name: [] for path in paths}
        for _ in range(runs):
            for path in paths:
                found[path.name].append(count(path))
    return found


def versions() -> dict[str, str]:
    known = {"swift": swift()}
    for package in PACKAGES:
        known[package] = first_line(["dpkg-query", "-W", "-f", "${Version}", package])
    return known


def compared(found: dict[str, list[int]], baseline: dict) -> bool:
    """Prints a line for each path; whether none is above its margin.

    The lowest of several runs counts: whoever waits only ever takes more.
    """
    passes = True
    margin = baseline["margin"]
    for name, values in found.items():
        value, known = min(values), baseline["instructions"].get(name)
        if known is None:
            print(f"{name}: {value:,}, no baseline; instructions.py --write writes it")
            passes = False
            continue
        change = value / known - 1
        words = f"{name}: {value:,}, baseline {known:,}, {change:+.2%}"
        if change > margin:
            print(f"{words}: more than {margin:.1%} above")
            passes = False
        elif change < -margin:
            print(f"{words}: better; instructions.py --write writes the new baseline")
        else:
            print(words)
    if not passes and versions() != baseline["versions"]:
        print(f"versions now {versions()}, of the baseline {baseline['versions']}")
    return passes


def main() -> None:
    parser = argparse.ArgumentParser(description="Counts the instructions of five hot paths.")
    parser.add_argument("--carnet", type=Path, default=ROOT / ".build/release/carnet")
    parser.add_argument("--runs", type=int, default=2, help="of each; the lowest count is taken")
    parser.add_argument("--write", action="store_true", help="write the counts as the baseline")
    parser.add_argument("--spread", type=int, metavar="N", help="only show how far N runs differ")
    options = parser.parse_args()
    turn = program.begin(options.carnet)
    found = counts(options.spread or options.runs)
    turn.close()
    baseline = json.loads(BASELINE.read_text())
    if options.spread:
        for name, values in found.items():
            low, high = min(values), max(values)
            print(f"{name}: {low:,} to {high:,}, {high / low - 1:.3%} apart: {sorted(values)}")
    elif options.write:
        baseline |= {
            "instructions": {name: min(values) for name, values in found.items()},
            "versions": versions()}
        BASELINE.write_text(json.dumps(baseline, indent=1) + "\n")
        print(f"written to {BASELINE.relative_to(ROOT)}")
    elif not compared(found, baseline):
        if versions() == baseline["versions"]:
            sys.exit("instructions: above the baseline")
        print("not held against it: whose the difference is cannot be told")


if __name__ == "__main__":
    # So that servers end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except BenchFailure as failure:
        sys.exit(f"instructions: {failure}")
