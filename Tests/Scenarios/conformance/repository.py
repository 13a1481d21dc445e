# SPDX-License-Identifier: Apache-2.0
"""A repository in memory, made with python-tuf's metadata classes.

`files` is what a server has: bytes by the path below the repository's base, percent-encoded as it
is asked for. A case changes the signed objects, publishes roles in the order it names, and may
then put whatever it likes into `files`.
"""

import hashlib
import json
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

NOW = datetime.now(timezone.utc).replace(microsecond=0)
TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"]


def days(number: float) -> datetime:
    """A moment so many days from now."""
    return NOW + timedelta(days=number)


def canonical(value: object) -> bytes:
    """Canonical JSON; what has no such form (a float, a lone surrogate) gets some form."""
    try:
        return encode_canonical(value).encode("utf-8")
    except Exception:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def signature(signer: Signer, message: bytes, key_id: str | None = None) -> dict:
    return {"keyid": key_id or signer.public_key.keyid, "sig": signer.sign(message).signature}


class Repository:
    """Top-level roles with a key each, published in version 1."""

    def __init__(self, *, consistent: bool = True) -> None:
        # Whether snapshot and timestamp list lengths and digests.
        self.lists_hashes = False
        self.files: dict[str, bytes] = {}
        self.latest: dict[str, bytes] = {}
        self.signers: dict[str, list[Signer]] = {}
        # What artifacts a client may keep.
        self.contents: set[bytes] = set()
        self.signed: dict[str, Signed] = {
            "root": Root(expires=days(30), consistent_snapshot=consistent),
            "timestamp": Timestamp(expires=days(30)),
            "snapshot": Snapshot(expires=days(30)),
            "targets": Targets(expires=days(30)),
        }
        for role in TOP_LEVEL:
            self.add_key(role)
        self.publish("root", "targets", "snapshot", "timestamp")
        self.first_root = self.latest["root"]

    @property
    def root(self) -> Root:
        return self.signed["root"]

    @property
    def timestamp(self) -> Timestamp:
        return self.signed["timestamp"]

    @property
    def snapshot(self) -> Snapshot:
        return self.signed["snapshot"]

    @property
    def targets(self) -> Targets:
        return self.signed["targets"]

    # Keys

    def add_key(self, role: str, signer: Signer | None = None, by: str = "root") -> Signer:
        """Lets one more key sign for a role, as `by` says."""
        signer = signer or CryptoSigner.generate_ed25519()
        self.signed[by].add_key(signer.public_key, role)
        self.signers.setdefault(role, []).append(signer)
        return signer

    def rotate(self, role: str) -> None:
        """Another key for a top-level role, and no other."""
        self.root.roles[role].keyids.clear()
        self.signers[role] = []
        self.add_key(role)

    # Publishing

    def publish(self, *roles: str) -> None:
        """The next version of each role, signed by all its signers, listed where it belongs."""
        for role in roles:
            if role in self.latest:
                self.signed[role].version += 1
            self.reissue(role)

    def reissue(self, role: str) -> None:
        """Signs a role as it stands, with the version it has, and puts it on the server."""
        metadata = Metadata(self.signed[role])
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        self.put(role, metadata.to_bytes(JSONSerializer()))
        self.record(role)

    def put(self, role: str, data: bytes, version: int | None = None) -> None:
        self.latest[role] = data
        self.files[self.name(role, version)] = data

    def record(self, role: str) -> None:
        """What snapshot or timestamp says of the role's newest file."""
        data, hashes, length = self.latest[role], None, None
        if self.lists_hashes:
            hashes, length = {"sha256": hashlib.sha256(data).hexdigest()}, len(data)
        entry = MetaFile(self.signed[role].version, length, hashes)
        if role == "snapshot":
            self.timestamp.snapshot_meta = entry
        elif role not in ("root", "timestamp"):
            self.snapshot.meta[f"{role}.json"] = entry

    def name(self, role: str, version: int | None = None) -> str:
        """Path of a role's file: `metadata/3.a%2Fb.json`."""
        if role == "timestamp" or (role != "root" and not self.root.consistent_snapshot):
            return f"metadata/{quote(role, '')}.json"
        return f"metadata/{version or self.signed[role].version}.{quote(role, '')}.json"

    # Content

    def artifact(
        self, path: str, content: bytes, role: str = "targets", hashes: tuple = ("sha256",)
    ) -> TargetFile:
        """Lists an artifact in a role and puts it where a client will look for it."""
        target = TargetFile.from_data(path, content, list(hashes))
        self.signed[role].targets[path] = target
        for name in self.artifact_names(target):
            self.files[name] = content
        self.contents.add(content)
        return target

    def artifact_names(self, target: TargetFile) -> list[str]:
        folder, slash, last = target.path.rpartition("/")
        if not self.root.consistent_snapshot:
            return [f"targets/{quote(target.path)}"]
        return [f"targets/{quote(folder)}{slash}{digest}.{quote(last)}"
                for digest in target.hashes.values()]

    def delegate(
        self, role: str, by: str = "targets", *, paths: list[str] | None = None,
        prefixes: list[str] | None = None, terminating: bool = False, threshold: int = 1,
    ) -> Targets:
        """A delegation after those there are; the role gets a key of this parent's own."""
        parent = self.signed[by]
        if parent.delegations is None:
            parent.delegations = Delegations({}, roles={})
        if paths is None and prefixes is None:
            paths = ["*"]
        parent.delegations.roles[role] = DelegatedRole(
            role, [], threshold, terminating, paths, prefixes)
        self.signed.setdefault(role, Targets(expires=days(30)))
        self.add_key(role, by=by)
        return self.signed[role]

    def delegate_bins(self, bit_length: int, prefix: str) -> SuccinctRoles:
        """All bins, empty, with one key."""
        signer = CryptoSigner.generate_ed25519()
        bins = SuccinctRoles([], 1, bit_length, prefix)
        self.targets.delegations = Delegations({}, succinct_roles=bins)
        self.targets.add_key(signer.public_key)
        for name in bins.get_roles():
            self.signed[name] = Targets(expires=days(30))
            self.signers[name] = [signer]
        return bins

    # What python-tuf would never write

    def forge(self, role: str, change, *, version: int | None = None) -> bytes:
        """Changes the newest `signed` part as JSON and signs it with the role's keys.

        `change` works on the dictionary; what it returns, if anything, takes its place.
        """
        signed = json.loads(self.latest[role])["signed"]
        changed = change(signed)
        data = self.seal(role, signed if changed is None else changed)
        self.put(role, data, version)
        self.record(role)
        return data

    def seal(self, role: str, signed: object) -> bytes:
        message = canonical(signed)
        signatures = [signature(signer, message) for signer in self.signers[role]]
        return json.dumps({"signatures": signatures, "signed": signed}).encode()

    def tamper(self, role: str, change) -> bytes:
        """Changes the newest file as JSON and signs nothing."""
        whole = json.loads(self.latest[role])
        change(whole)
        data = json.dumps(whole).encode()
        self.put(role, data)
        self.record(role)
        return data
