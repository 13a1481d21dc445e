# SPDX-License-Identifier: Apache-2.0
"""The programs that are measured: Carnet stripped, and the meter; and whose turn it is."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from measure import BenchFailure
from places import BENCH, HERE, HOME, METER, PROGRAMS, WORK


def begin(carnet: Path) -> object:
    """Waits for another run to end, empties the work folder, and installs what is measured.

    Whoever holds the result has the turn.
    """
    BENCH.mkdir(parents=True, exist_ok=True)
    turn = (BENCH / "lock").open("w")
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another run is under way, waiting for it", flush=True)
        fcntl.flock(turn, fcntl.LOCK_EX)
    shutil.rmtree(WORK, ignore_errors=True)
    HOME.mkdir(parents=True)
    install(carnet)
    return turn


def install(carnet: Path) -> None:
    """Puts a stripped copy of `carnet` and of the helper beside it into .build/bench/bin."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    for name in ("carnet", "carnet-helper"):
        source = carnet.parent / name
        if not source.exists():
            raise BenchFailure(f"{source}: no such program; make build makes it")
        call("strip", "-o", PROGRAMS / name, source)
    build_meter()


def build_meter() -> None:
    source = HERE / "meter.c"
    if METER.exists() and METER.stat().st_mtime > source.stat().st_mtime:
        return
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        raise BenchFailure("no C compiler to build the meter with")
    call(compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", METER, source)


def call(*words: str | Path) -> None:
    said = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if said.returncode != 0:
        raise BenchFailure(f"{words[0]}: {said.stderr.strip()}")
