# SPDX-License-Identifier: Apache-2.0
"""Bytes that look random and are the same everywhere."""

import hashlib
from pathlib import Path

PIECE = 1 << 20


def blob(label: str, length: int) -> bytes:
    return hashlib.shake_128(f"carnet bench {label}".encode()).digest(length)


def write_large(path: Path, label: str, length: int) -> str:
    """Writes a file piece by piece; gives its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for place in range(0, length, PIECE):
            piece = blob(f"{label} {place}", min(PIECE, length - place))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
