#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hot-functions.txt: the functions that common commands run, for the linker to put first.

    hot_functions.py [--carnet FILE]

What a command runs is a twentieth of the program and lies all over it, and each page that it
touches brings its neighbours into memory. Side by side they are read with a fraction of the pages.
Names that are no more are passed over by the linker: the list need not be new, only not old.
"""

import argparse
import re
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import program  # noqa: E402
from data import repositories  # noqa: E402
from instructions import HotPath, hot_paths  # noqa: E402
from measure import BenchFailure, environment, run  # noqa: E402
from places import CARNET, HERE, ROOT, WORK  # noqa: E402
from services import Nginx  # noqa: E402
from workloads import asking, mirroring  # noqa: E402

LIST = HERE / "hot-functions.txt"
# A function where it is defined, and where another one calls it; an object file, likewise.
NAME = re.compile(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?")


def more_paths(nginx: Nginx) -> list[HotPath]:
    """What instructions.py has no use for, as it would count the same again."""
    binned, many = repositories.binned(2_000, 64), repositories.mirrored(100)
    paths = [asking.carnet(binned, nginx.url(binned)), mirroring.carnet(many, nginx.url(many))]
    return [
        HotPath(name, list(path.command), path.prepare)
        for name, path in zip(("get from bins", "mirror sync"), paths, strict=True)]


def functions(path: HotPath) -> list[str]:
    """The functions of Carnet's own file that it runs, as the linker calls them."""
    path.prepare()
    profile = WORK / "callgrind.out"
    run(["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={profile}",
         *path.command], path.folder, environment=environment())
    known: dict[str, dict[str, str]] = {"ob": {}, "fn": {}}
    found: dict[str, None] = {}
    current = ""
    for line in profile.read_text().splitlines():
        if not (match := NAME.match(line)):
            continue
        called, kind, number, name = match.groups()
        if name:
            known[kind][number] = name
        if called:
            continue
        if kind == "ob":
            current = known["ob"][number]
        elif current == str(CARNET):
            # What calls itself has its depth behind its name, where no symbol is there is a number.
            found[known["fn"][number].partition("'")[0]] = None
    return [name for name in found if not name.startswith("0x")]


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes Bench/hot-functions.txt.")
    parser.add_argument("--carnet", type=Path, default=ROOT / ".build/release/carnet")
    options = parser.parse_args()
    turn = program.begin(options.carnet)
    # With names, and without the lines of source, which this valgrind cannot read.
    program.call("strip", "-g", "-o", CARNET, options.carnet)
    found: dict[str, None] = {}
    with Nginx() as nginx:
        for path in hot_paths(nginx) + more_paths(nginx):
            names = functions(path)
            found |= dict.fromkeys(names)
            print(f"{path.name}: {len(names):,} functions")
    turn.close()
    LIST.write_text("".join(f"{name}\n" for name in found))
    print(f"{len(found):,} functions written to {LIST.relative_to(ROOT)}")


if __name__ == "__main__":
    # So that servers end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except BenchFailure as failure:
        sys.exit(f"hot functions: {failure}")
