# SPDX-License-Identifier: Apache-2.0
"""Runs one command and says what it cost."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from places import HOME, METER, PROGRAMS, VENV, WORK


class BenchFailure(Exception):
    """Something did not do what is measured: its figures would be those of a failure."""


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MiB, resident, of the largest process


def environment() -> dict[str, str]:
    """The same for all that is measured; nothing of the caller's reaches it."""
    system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "PATH": f"{PROGRAMS}:{VENV}/bin:{system}",
        "HOME": str(HOME),
        "CARNET_HOME": str(HOME),
        "CARNET_PASSPHRASE": "none",
        "TMPDIR": str(WORK),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
    }


def run(
    command: Sequence[str | Path], folder: Path | None = None, expected: int = 0,
    environment: dict[str, str] = environment(),
) -> str:
    """Runs it unmeasured; gives what it said. Any failure will do where 1 is expected."""
    said = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if (said.returncode != 0) != (expected != 0):
        raise BenchFailure(
            f"{' '.join(str(word) for word in command)[:300]}: status {said.returncode}, "
            f"{expected} expected: {said.stdout[-600:].strip()}")
    return said.stdout


def measure(command: Sequence[str | Path], folder: Path | None = None) -> tuple[Cost, str]:
    """Runs it once; gives its cost and what it said."""
    report = WORK / "cost"
    said = run([METER, report, *command], folder)
    wall, cpu, peak = (int(number) for number in report.read_text().split())
    return Cost(wall / 1e9, cpu / 1e6, peak / 1024), said


def shell(script: str) -> list[str]:
    return ["sh", "-ec", script]
