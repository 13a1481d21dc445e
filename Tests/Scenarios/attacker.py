#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An attacker who owns the server and, for most attacks, has stolen signing keys.

Changes a repository on disk the way such an attacker would: every file he touches is signed again
with the stolen keys through python-tuf, so that plain TUF has nothing to object to. The keys are
the PKCS#8 files of their owner; their passphrase stands in STOLEN_PASSPHRASE.

    attacker.py REPOSITORY change-byte PATH
    attacker.py REPOSITORY --stolen KEY.pem ... keep-one-builder PATH STEP KEYID8
    attacker.py REPOSITORY --stolen KEY.pem ... swap-link PATH OLD NEW.link
    attacker.py REPOSITORY --stolen KEY.pem ... strip-layout PATH KEYID8
    attacker.py REPOSITORY replay EARLIER-METADATA
    attacker.py REPOSITORY --stolen KEY.pem ... relabel PATH NEW-PATH
    attacker.py REPOSITORY --stolen KEY.pem ... drop-link PATH NAME
    attacker.py REPOSITORY --stolen KEY.pem ... put-release PATH FILE LINKS-FOLDER
    attacker.py REPOSITORY --stolen KEY.pem ... move PATH ROLE

PATH is a target path, OLD and NAME the name of a link among its evidence.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata, MetaFile, TargetFile, Targets


class Repository:
    """A repository in the attacker's hands; `publish` makes his edits the newest state."""

    def __init__(self, directory: Path, stolen: list[Path]) -> None:
        self.metadata = directory / "metadata"
        self.targets = directory / "targets"
        self.stolen = [unlock(path) for path in stolen]
        self.timestamp = Metadata.from_file(str(self.metadata / "timestamp.json"))
        version = self.timestamp.signed.snapshot_meta.version
        self.snapshot = Metadata.from_file(str(self.metadata / f"{version}.snapshot.json"))
        newest = max(int(p.name.split(".")[0]) for p in self.metadata.glob("*.root.json"))
        self.root = Metadata.from_file(str(self.metadata / f"{newest}.root.json"))
        self.top = self.role("targets")
        self.edited: dict[str, Metadata[Targets]] = {}
        self.delegators: dict[str, Metadata[Targets]] = {}

    def role(self, name: str) -> Metadata:
        version = self.snapshot.signed.meta[f"{name}.json"].version
        return Metadata.from_file(str(self.metadata / f"{version}.{name}.json"))

    def role_of(self, path: str) -> tuple[str, Metadata[Targets]]:
        """The delegated role that answers for a target path, with the edits made so far: the
        last one, where a role delegates further."""
        found, role = None, self.top
        while role.signed.delegations:
            for name, delegated in role.signed.delegations.roles.items():
                if delegated.is_delegated_path(path):
                    break
            else:
                break
            self.delegators[name] = role
            found, role = name, self.edited.get(name) or self.role(name)
        if found is None:
            raise SystemExit(f"attacker: {path}: no role signs it")
        return found, role

    def target(self, path: str) -> TargetFile:
        return self.role_of(path)[1].signed.targets[path]

    def file(self, path: str) -> Path:
        """Where the server keeps a target: `<dir>/<hash>.<name>`, whichever hash it took."""
        place = PurePosixPath(path)
        for digest in self.target(path).hashes.values():
            file = self.targets / place.parent / f"{digest}.{place.name}"
            if file.exists():
                return file
        raise SystemExit(f"attacker: {path}: not on the server")

    def evidence(self, path: str) -> dict[str, bytes]:
        """The links that a release file names, by file name."""
        listed = self.target(path).custom["in-toto"]
        links = [entry for entry in listed if entry.endswith(".link")]
        return {PurePosixPath(link).name: self.file(link).read_bytes() for link in links}

    def put(self, path: str, content: bytes, custom: dict | None = None) -> None:
        """Lists a target in its role and lays its bytes down; keeps the hash algorithms."""
        name, role = self.role_of(path)
        known = next(iter(role.signed.targets.values()), None)
        algorithms = list(known.hashes) if known else ["sha256"]
        target = TargetFile.from_data(path, content, algorithms)
        if custom is not None:
            target.unrecognized_fields["custom"] = custom
        role.signed.targets[path] = target
        self.edited[name] = role
        place = PurePosixPath(path)
        for digest in target.hashes.values():
            file = self.targets / place.parent / f"{digest}.{place.name}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def set_evidence(self, path: str, links: dict[str, bytes]) -> None:
        """Gives a release file other links; their folder is the hash of the tag link."""
        listed = self.target(path).custom["in-toto"]
        folders = {str(PurePosixPath(e).parent) for e in listed if e.endswith(".link")}
        tag = next(content for name, content in links.items() if name.startswith("tag."))
        folder = f"in-toto-metadata/{hashlib.sha256(tag).hexdigest()}"
        for old in listed:
            place = PurePosixPath(old)
            if str(place.parent) in folders and place.name not in links:
                name, role = self.role_of(old)
                del role.signed.targets[old]
                self.edited[name] = role
        for name, content in links.items():
            self.put(f"{folder}/{name}", content)
        evidence = [entry for entry in listed if not entry.endswith(".link")]
        evidence += [f"{folder}/{name}" for name in links]
        name, role = self.role_of(path)
        role.signed.targets[path].unrecognized_fields["custom"]["in-toto"] = evidence
        self.edited[name] = role

    def publish(self) -> str:
        """Signs what was edited, then snapshot and timestamp; returns what was signed."""
        signed = []
        for name, role in self.edited.items():
            by = self.delegators[name].signed.delegations
            signed.append(self.sign(name, role, by.roles[name], by.keys))
            self.snapshot.signed.meta[f"{name}.json"] = self.meta(
                self.snapshot.signed.meta[f"{name}.json"], f"{role.signed.version}.{name}.json")
        keys, roles = self.root.signed.keys, self.root.signed.roles
        signed.append(self.sign("snapshot", self.snapshot, roles["snapshot"], keys))
        self.timestamp.signed.snapshot_meta = self.meta(
            self.timestamp.signed.snapshot_meta, f"{self.snapshot.signed.version}.snapshot.json")
        signed.append(self.sign("timestamp", self.timestamp, roles["timestamp"], keys))
        return ", ".join(signed)

    def sign(self, name: str, role: Metadata, asked, keys: dict) -> str:
        public = {keyid: keys[keyid] for keyid in asked.keyids}
        signers = [
            CryptoSigner(private, key)
            for key in public.values()
            for private in self.stolen
            if same_key(key, private)
        ]
        if len(signers) < asked.threshold:
            found = f"{len(signers)} stolen keys, {asked.threshold} needed"
            raise SystemExit(f"attacker: {name}: {found}")
        role.signed.version += 1
        role.signatures.clear()
        for signer in signers:
            role.sign(signer, append=True)
        file = "timestamp.json" if name == "timestamp" else f"{role.signed.version}.{name}.json"
        replace(self.metadata / file, role.to_bytes())
        return f"{name} {role.signed.version}"

    def meta(self, before: MetaFile, file: str) -> MetaFile:
        """The entry for a file, with length and hashes only if the repository gives them."""
        content = (self.metadata / file).read_bytes()
        length = len(content) if before.length is not None else None
        hashes = {name: hashlib.new(name, content).hexdigest() for name in before.hashes or {}}
        return MetaFile(int(file.split(".")[0]), length, hashes or None)


def unlock(path: Path):
    passphrase = os.environ.get("STOLEN_PASSPHRASE", "").encode() or None
    return load_pem_private_key(path.read_bytes(), passphrase)


def same_key(key, private) -> bool:
    mine = SSlibKey.from_crypto(private.public_key(), scheme=key.scheme)
    return mine.keyval["public"].strip() == key.keyval["public"].strip()


def replace(path: Path, content: bytes) -> None:
    """A new file under the old name, as a server's owner would upload it."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)


def change_byte(repository: Repository, path: str) -> str:
    file = repository.file(path)
    content = bytearray(file.read_bytes())
    at = len(content) // 2
    content[at] ^= 1
    replace(file, bytes(content))
    return f"changed byte {at} of {len(content)} in {file.name}, and has no key to sign that"


def keep_one_builder(repository: Repository, path: str, step: str, keyid8: str) -> str:
    links = {
        name: content
        for name, content in repository.evidence(path).items()
        if not name.startswith(f"{step}.") or name == f"{step}.{keyid8}.link"
    }
    repository.set_evidence(path, links)
    return f"left only {step}.{keyid8}.link of step {step}; signed {repository.publish()}"


def swap_link(repository: Repository, path: str, old: str, new: str) -> str:
    links = repository.evidence(path)
    if old not in links:
        raise SystemExit(f"attacker: {old}: not among the evidence of {path}")
    fresh = Path(new)
    swapped = {
        (fresh.name if name == old else name): (fresh.read_bytes() if name == old else content)
        for name, content in links.items()
    }
    repository.set_evidence(path, swapped)
    return f"put his {fresh.name} in place of {old}; signed {repository.publish()}"


def strip_layout(repository: Repository, path: str, keyid8: str) -> str:
    layout = json.loads(repository.file(path).read_bytes())
    left = [s for s in layout["signatures"] if s["keyid"].startswith(keyid8)]
    if len(left) != 1 or len(left) == len(layout["signatures"]):
        raise SystemExit(f"attacker: {path}: {keyid8} is not one of several signatures")
    layout["signatures"] = left
    repository.put(path, json.dumps(layout).encode(), repository.target(path).custom)
    return f"left one signature, {keyid8}, under {path}; signed {repository.publish()}"


def replay(repository: Repository, earlier: str) -> str:
    before = Metadata.from_file(f"{earlier}/timestamp.json")
    snapshot = f"{before.signed.snapshot_meta.version}.snapshot.json"
    shutil.copy(f"{earlier}/{snapshot}", repository.metadata / snapshot)
    replace(repository.metadata / "timestamp.json", Path(earlier, "timestamp.json").read_bytes())
    newest = repository.timestamp.signed.version
    return f"put timestamp {before.signed.version} and its snapshot back in place of {newest}"


def relabel(repository: Repository, path: str, new: str) -> str:
    content, custom = repository.file(path).read_bytes(), repository.target(path).custom
    repository.put(new, content, custom)
    return f"offers the bytes and evidence of {path} as {new}; signed {repository.publish()}"


def drop_link(repository: Repository, path: str, name: str) -> str:
    links = repository.evidence(path)
    if links.pop(name, None) is None:
        raise SystemExit(f"attacker: {name}: not among the evidence of {path}")
    repository.set_evidence(path, links)
    return f"left {name} out; signed {repository.publish()}"


def put_release(repository: Repository, path: str, file: str, links: str) -> str:
    content = Path(file).read_bytes()
    repository.put(path, content, repository.target(path).custom)
    fresh = {link.name: link.read_bytes() for link in sorted(Path(links).glob("*.link"))}
    repository.set_evidence(path, fresh)
    return f"put other bytes and {len(fresh)} links at {path}; signed {repository.publish()}"


def move(repository: Repository, path: str, to: str) -> str:
    name, role = repository.role_of(path)
    target = role.signed.targets.pop(path)
    other = repository.role(to)
    other.signed.targets[path] = target
    repository.delegators[to] = repository.delegators[name]
    repository.edited |= {name: role, to: other}
    return f"moved {path} from {name} to {to}; signed {repository.publish()}"


def main() -> None:
    attacks = {
        "change-byte": (change_byte, ["path"]),
        "keep-one-builder": (keep_one_builder, ["path", "step", "keyid8"]),
        "swap-link": (swap_link, ["path", "old", "new"]),
        "strip-layout": (strip_layout, ["path", "keyid8"]),
        "replay": (replay, ["earlier"]),
        "relabel": (relabel, ["path", "new"]),
        "drop-link": (drop_link, ["path", "name"]),
        "put-release": (put_release, ["path", "file", "links"]),
        "move": (move, ["path", "to"]),
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--stolen", type=Path, action="append", default=[])
    commands = parser.add_subparsers(dest="attack", required=True)
    for name, (_, words) in attacks.items():
        command = commands.add_parser(name)
        for word in words:
            command.add_argument(word)
    given = parser.parse_args()
    attack, words = attacks[given.attack]
    repository = Repository(given.repository, given.stolen)
    print(f"attacker: {attack(repository, *(getattr(given, word) for word in words))}")


if __name__ == "__main__":
    sys.exit(main())
