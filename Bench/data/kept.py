# SPDX-License-Identifier: Apache-2.0
"""Keeps generated data between runs, as long as what generates it stays the same."""

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from places import DATA


def generator() -> str:
    """A digest of everything in this folder."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name; `make` fills it if it is not there, or from another generator."""
    folder, stamp = DATA / name, DATA / "stamps" / name
    if folder.is_dir() and stamp.exists() and stamp.read_text() == generator():
        return folder
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()
    make(folder)
    stamp.write_text(generator())
    print(f"data: {name}, {time.monotonic() - begun:.0f} s", flush=True)
    return folder
