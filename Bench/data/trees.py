# SPDX-License-Identifier: Apache-2.0
"""Folders of files: what is released, and what a step records."""

from pathlib import Path

from data.blobs import blob
from data.kept import kept


def published(count: int) -> Path:
    """So many files of 1 KiB, a thousand in each folder."""
    def make(folder: Path) -> None:
        for number in range(count):
            inner = folder / f"{number // 1000:04d}"
            if number % 1000 == 0:
                inner.mkdir()
            (inner / f"package-{number:07d}.bin").write_bytes(blob(f"published {number}", 1024))
    return kept(f"published-{count}", make)


def recorded(count: int) -> Path:
    """So many files of 1 to 8 KiB, a hundred in each of the inner folders."""
    def make(folder: Path) -> None:
        for number in range(count):
            inner = folder / f"part{number // 2500:03d}" / f"unit{number // 100 % 25:02d}"
            if number % 100 == 0:
                inner.mkdir(parents=True)
            length = 1024 + number * 7919 % 7168
            (inner / f"source{number:06d}.txt").write_bytes(blob(f"recorded {number}", length))
    return kept(f"recorded-{count}", make)
