# SPDX-License-Identifier: Apache-2.0
"""A publisher on python-tuf's Metadata API: hash bins (TAP 15), consistent snapshots, Ed25519.

    tuf_publisher.py create FILES BINS REPOSITORY     every file below FILES, by a second name
    tuf_publisher.py add FILE PATH REPOSITORY         one more, and what has to be signed again

It writes files and no more, by the shortest way: nothing is made durable, nothing locked, nothing
judged before it is published. Root, targets, snapshot, timestamp and the bins have one key each.
"""

import hashlib
import os
import sys
from datetime import datetime, timezone

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles, TargetFile, Targets, Timestamp)
from tuf.api.serialization.json import JSONSerializer

EXPIRES = datetime(2040, 1, 1, tzinfo=timezone.utc)
WRITER = JSONSerializer(compact=True)


def signer(name: str) -> CryptoSigner:
    seed = hashlib.sha256(f"carnet bench publisher {name}".encode()).digest()
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed))


SIGNERS = {name: signer(name) for name in ("root", "targets", "snapshot", "timestamp", "bins")}


def write(repository: str, role: str, metadata: Metadata, signed_by: str) -> None:
    metadata.sign(SIGNERS[signed_by])
    version = "" if role == "timestamp" else f"{metadata.signed.version}."
    # Its own to_file goes through a temporary file each time.
    with open(f"{repository}/metadata/{version}{role}.json", "wb") as file:
        file.write(metadata.to_bytes(WRITER))


def place(file: str, target: TargetFile, repository: str) -> None:
    parent, _, name = target.path.rpartition("/")
    there = f"{repository}/targets/{parent}/{target.hashes['sha256']}.{name}"
    if not os.path.exists(there):
        os.link(file, there)


def create(files: str, count: int, repository: str) -> None:
    os.makedirs(f"{repository}/metadata")
    root = Root(expires=EXPIRES, consistent_snapshot=True)
    for role in ("root", "targets", "snapshot", "timestamp"):
        root.add_key(SIGNERS[role].public_key, role)
    key = SIGNERS["bins"].public_key
    roles = SuccinctRoles([key.keyid], 1, count.bit_length() - 1, "bin")
    bins = {role: Targets(expires=EXPIRES) for role in roles.get_roles()}
    for folder, _, names in os.walk(files):
        inner = os.path.relpath(folder, files)
        os.makedirs(f"{repository}/targets/{inner}", exist_ok=True)
        for name in names:
            path, file = f"{inner}/{name}", f"{folder}/{name}"
            target = TargetFile.from_file(path, file, ["sha256"])
            bins[roles.get_role_for_target(path)].targets[path] = target
            place(file, target, repository)
    snapshot = Snapshot(expires=EXPIRES)
    for role, targets in bins.items():
        write(repository, role, Metadata(targets), "bins")
        snapshot.meta[f"{role}.json"] = MetaFile(1)
    delegating = Targets(
        expires=EXPIRES, delegations=Delegations({key.keyid: key}, succinct_roles=roles))
    write(repository, "targets", Metadata(delegating), "targets")
    write(repository, "snapshot", Metadata(snapshot), "snapshot")
    write(repository, "timestamp", Metadata(Timestamp(expires=EXPIRES)), "timestamp")
    write(repository, "root", Metadata(root), "root")


def add(file: str, path: str, repository: str) -> None:
    folder = f"{repository}/metadata"
    timestamp = Metadata[Timestamp].from_file(f"{folder}/timestamp.json")
    version = timestamp.signed.snapshot_meta.version
    snapshot = Metadata[Snapshot].from_file(f"{folder}/{version}.snapshot.json")
    versions = snapshot.signed.meta
    targets = Metadata[Targets].from_file(
        f"{folder}/{versions['targets.json'].version}.targets.json")
    role = targets.signed.delegations.succinct_roles.get_role_for_target(path)
    its_bin = Metadata[Targets].from_file(
        f"{folder}/{versions[f'{role}.json'].version}.{role}.json")
    target = TargetFile.from_file(path, file, ["sha256"])
    its_bin.signed.targets[path] = target
    place(file, target, repository)
    for metadata in (its_bin, snapshot, timestamp):
        metadata.signed.version += 1
    versions[f"{role}.json"].version = its_bin.signed.version
    timestamp.signed.snapshot_meta.version = snapshot.signed.version
    write(repository, role, its_bin, "bins")
    write(repository, "snapshot", snapshot, "snapshot")
    write(repository, "timestamp", timestamp, "timestamp")


if __name__ == "__main__":
    if sys.argv[1] == "create":
        create(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        add(*sys.argv[2:5])
