# SPDX-License-Identifier: Apache-2.0
"""The repositories that clients and mirrors read. WANTED is in each of them but `mirrored`."""

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from data.blobs import blob, sha256, write_large
from data.kept import kept
from data.repository import Entry, RepositoryWriter, targets_document
from data.signing import Key

WANTED = "wheels/wanted-1.0.whl"
WANTED_BYTES = blob("wanted", 16 << 10)
LARGE = "images/large.img"


def listed_only(count: int) -> Iterator[Entry]:
    """Entries of files that nobody asks for and that are not there."""
    for number in range(count):
        yield Entry(
            f"wheels/{number % 256:02x}/project-{number:07d}-1.0.whl", 1_000 + number,
            sha256(b"%d" % number))


def small() -> Path:
    """One file of 16 KiB."""
    def make(folder: Path) -> None:
        writer = RepositoryWriter(folder)
        writer.finish([writer.add_target(WANTED, WANTED_BYTES)])
    return kept("small", make)


def large(length: int) -> Path:
    """One file of a gibibyte, or so."""
    def make(folder: Path) -> None:
        writer = RepositoryWriter(folder)
        unnamed = folder / "unnamed"
        entry = Entry(LARGE, length, write_large(unnamed, "large", length))
        unnamed.rename(writer.place(entry))
        writer.finish([entry])
    return kept(f"large-{length}", make)


def flat(count: int) -> Path:
    """So many entries in one targets.json."""
    def make(folder: Path) -> None:
        writer = RepositoryWriter(folder)
        writer.finish([*listed_only(count), writer.add_target(WANTED, WANTED_BYTES)])
    return kept(f"flat-{count}", make)


def binned(count: int, bins: int, with_digests: bool = False) -> Path:
    """So many entries spread over hash bins (TAP 15).

    Without digests in the snapshot only the bin that WANTED falls into is written: no client that
    asks for WANTED reads another one.
    """
    bits = bins.bit_length() - 1
    width = len(f"{bins - 1:x}")

    def bin_of(path: str) -> int:
        digest = hashlib.sha256(path.encode()).digest()
        return int.from_bytes(digest[:4], "big") >> (32 - bits)

    def make(folder: Path) -> None:
        writer, key = RepositoryWriter(folder), Key("bins")
        wanted = bin_of(WANTED)
        needed = range(bins) if with_digests else [wanted]
        content: dict[int, list[Entry]] = {number: [] for number in needed}
        for entry in chain(listed_only(count), [writer.add_target(WANTED, WANTED_BYTES)]):
            if (entries := content.get(bin_of(entry.path))) is not None:
                entries.append(entry)
        roles: dict[str, bytes | None] = {f"bin-{n:0{width}x}": None for n in range(bins)}
        for number, entries in content.items():
            role = f"bin-{number:0{width}x}"
            entries.sort(key=lambda entry: entry.path)
            roles[role] = writer.write_role(role, targets_document(entries), key)
        delegations = {"keys": {key.id: key.public}, "succinct_roles": {
            "keyids": [key.id], "threshold": 1, "bit_length": bits, "name_prefix": "bin"}}
        writer.finish([], delegations, roles, with_digests)
    return kept(f"bins-{count}-{bins}{'-digests' if with_digests else ''}", make)


def delegated(count: int) -> Path:
    """So many roles, each with a key and a pattern of its own; WANTED is in the last one."""
    def make(folder: Path) -> None:
        writer = RepositoryWriter(folder)
        keys = [Key(f"project-{number}") for number in range(count)]
        roles: dict[str, bytes | None] = {}
        for number, key in enumerate(keys):
            is_last = number == count - 1
            entry = writer.add_target(WANTED, WANTED_BYTES) if is_last else Entry(
                f"project-{number}/file.whl", 1_000 + number, sha256(b"%d" % number))
            roles[f"project-{number}"] = writer.write_role(
                f"project-{number}", targets_document([entry]), key)
        writer.finish([], {
            "keys": {key.id: key.public for key in keys},
            "roles": [
                {
                    "name": f"project-{number}", "keyids": [key.id], "threshold": 1,
                    "terminating": False,
                    "paths": [
                        "wheels/*" if number == count - 1 else f"project-{number}/*"],
                }
                for number, key in enumerate(keys)],
        }, roles)
    return kept(f"roles-{count}", make)


def mirrored(count: int) -> Path:
    """So many files of 16 KiB, listed in targets.json."""
    def make(folder: Path) -> None:
        writer = RepositoryWriter(folder)
        writer.finish([
            writer.add_target(f"pool/file-{number:05d}.bin", blob(f"mirrored {number}", 16 << 10))
            for number in range(count)])
    return kept(f"mirrored-{count}", make)


def size_of(name: str, folder: Path) -> int:
    """Bytes of a metadata file, as the URL names it."""
    return (folder / "metadata" / name).stat().st_size


