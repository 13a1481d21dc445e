# SPDX-License-Identifier: Apache-2.0
"""Folders that a workload writes to, and what must be in them afterwards."""

import hashlib
import shutil
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from measure import BenchFailure, run
from places import WORK

ASIDE = WORK / "aside"
numbers = count()


def emptied(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def removed(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def set_aside(folder: Path) -> Path:
    """The same for many files, which stay until the end of the run.

    For five minutes ext4 gives nobody the places of files that were removed, and whoever makes
    files then pays for the search past them: the next contestant would, for the one before.
    """
    if folder.exists():
        ASIDE.mkdir(exist_ok=True)
        folder.rename(ASIDE / str(next(numbers)))
    return removed(folder)


def digest_of_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def expect_digest(file: Path, digest: str) -> None:
    found = digest_of_file(file)
    if found != digest:
        raise BenchFailure(f"{file}: SHA-256 {found}, {digest} expected")


def expect(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise BenchFailure(f"{what}: {found}, {expected} expected")


def files_below(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def expect_refused(command: list, what: str, folder: Path | None = None) -> None:
    """What is damaged must be refused: a bench of a tool that takes anything would say nothing."""
    run(command, folder, expected=1)
    print(f"  refused, as it must be: {what}", flush=True)
