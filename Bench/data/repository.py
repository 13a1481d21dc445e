# SPDX-License-Identifier: Apache-2.0
"""Writes TUF repositories faster than a publisher could: documents as text, signed once each."""

from dataclasses import dataclass
from pathlib import Path

from data.blobs import sha256
from data.signing import EXPIRES, Key, canonical, signed_file

TOP_LEVEL = ("root", "targets", "snapshot", "timestamp")


@dataclass(frozen=True)
class Entry:
    """A target file as targets metadata lists it."""

    path: str
    length: int
    digest: str

    @property
    def json(self) -> str:
        return f'"{self.path}":{{"hashes":{{"sha256":"{self.digest}"}},"length":{self.length}}}'


def targets_document(entries: list[Entry], delegations: dict | None = None) -> bytes:
    """The canonical bytes; entries in the order of their paths."""
    delegating = b'"delegations":' + canonical(delegations) + b"," if delegations else b""
    listed = ",".join(entry.json for entry in entries).encode()
    return (
        b'{"_type":"targets",' + delegating + f'"expires":"{EXPIRES}",'.encode()
        + b'"spec_version":"1.0.31","targets":{' + listed + b'},"version":1}')


class RepositoryWriter:
    """One repository with consistent snapshots, all of version 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = {role: Key(role) for role in TOP_LEVEL}
        (folder / "metadata").mkdir()
        (folder / "targets").mkdir()

    def add_target(self, path: str, content: bytes) -> Entry:
        entry = Entry(path, len(content), sha256(content))
        self.place(entry).write_bytes(content)
        return entry

    def place(self, entry: Entry) -> Path:
        parent, _, name = entry.path.rpartition("/")
        folder = self.folder / "targets" / parent
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{entry.digest}.{name}"

    def write_role(self, role: str, document: bytes, key: Key) -> bytes:
        content = signed_file(document, key)
        (self.folder / "metadata" / f"1.{role}.json").write_bytes(content)
        return content

    def finish(
        self, entries: list[Entry], delegations: dict | None = None,
        roles: dict[str, bytes | None] = {}, with_digests: bool = True,
    ) -> None:
        """Writes the top-level roles.

        `roles` are the delegated ones with their files, where the snapshot is to have digests.
        """
        keys = self.keys
        entries = sorted(entries, key=lambda entry: entry.path)
        targets = self.write_role(
            "targets", targets_document(entries, delegations), keys["targets"])
        listed = {"targets.json": described(targets if with_digests else None)}
        for role, content in roles.items():
            listed[f"{role}.json"] = described(content if with_digests else None)
        snapshot = self.write_role(
            "snapshot", canonical(head("snapshot") | {"meta": listed}), keys["snapshot"])
        timestamp = canonical(
            head("timestamp") | {"meta": {"snapshot.json": described(snapshot)}})
        (self.folder / "metadata" / "timestamp.json").write_bytes(
            signed_file(timestamp, keys["timestamp"]))
        self.write_role("root", canonical(head("root") | {
            "consistent_snapshot": True,
            "keys": {key.id: key.public for key in keys.values()},
            "roles": {
                role: {"keyids": [key.id], "threshold": 1} for role, key in keys.items()},
        }), keys["root"])


def head(role: str) -> dict:
    return {"_type": role, "expires": EXPIRES, "spec_version": "1.0.31", "version": 1}


def described(content: bytes | None) -> dict:
    if content is None:
        return {"version": 1}
    return {"version": 1, "length": len(content), "hashes": {"sha256": sha256(content)}}
