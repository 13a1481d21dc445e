#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A release made without Carnet: keys, links, layouts and repository by the python tools alone.

in-toto-run records the steps in the clones of two builders, in-toto's API makes the layouts,
python-tuf's API the repository, in the shape that `carnet init` gives it. The wheel's layout and
links are the older signed wrapper (Metablock), the sdist's are DSSE envelopes.

    python_publisher.py DIRECTORY FIRST-CLONE SECOND-CLONE

The repository is DIRECTORY/repository. Both clones lose their `dist`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives import serialization
from in_toto.models.layout import Layout, Step
from in_toto.models.metadata import Envelope, Metablock
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

EXCLUDES = ["__pycache__", "build", "htmlcov", ".?*", "*~", "*.egg-info", "*.pyc"]
ALL_FROM_TAG = [
    ["REQUIRE", "pyproject.toml"],
    ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "tag"],
    ["DISALLOW", "*"],
]
TAG = ["git", "rev-parse", "--verify", "v7.0.1"]
ROLES = {
    "layouts": ["in-toto-metadata/*.layout", "in-toto-pubkeys/*"],
    "links": ["in-toto-metadata/*/*.link"],
    "releases": ["tuf/*/*"],
}


def build_command(step: str) -> list[str]:
    return ["python3", "-m", "build", "--no-isolation", f"--{step}", "--outdir", "dist", "."]


def public_pem(signer: CryptoSigner) -> bytes:
    private = serialization.load_pem_private_key(signer.private_bytes, None)
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class SupplyChain:
    """Two people who tag, build and own the layouts together."""

    def __init__(self, work: Path, clones: list[Path]) -> None:
        self.work = work.resolve()
        self.clones = clones
        self.signers = [CryptoSigner.generate_ed25519(), CryptoSigner.generate_ecdsa()]
        for number, signer in enumerate(self.signers):
            self.key(number).parent.mkdir(parents=True, exist_ok=True)
            self.key(number).write_bytes(signer.private_bytes)

    def key(self, who: int) -> Path:
        return self.work / "keys" / f"builder-{who}.pem"

    def links(self, step: str) -> Path:
        return self.work / "links" / step

    def build(self, step: str, dsse: bool) -> None:
        """Records the tag by the first, then the build by both."""
        self.links(step).mkdir(parents=True)
        self.record(0, step, dsse, "tag", ".", TAG)
        for who, clone in enumerate(self.clones):
            shutil.rmtree(clone / "dist", ignore_errors=True)
            self.record(who, step, dsse, step, "dist", build_command(step))

    def record(self, who: int, chain: str, dsse: bool, step: str, products: str,
               command: list[str]) -> None:
        run = ["in-toto-run", "-n", step, "--signing-key", str(self.key(who)), "-m", ".",
               "-p", products, "-d", str(self.links(chain)), "--exclude", *EXCLUDES]
        run += ["--use-dsse"] if dsse else []
        subprocess.run([*run, "--", *command], cwd=self.clones[who], check=True,
                       stdout=subprocess.DEVNULL)

    def layout(self, step: str, product: str, dsse: bool) -> bytes:
        keys = {s.public_key.keyid: s.public_key.to_dict() for s in self.signers}
        layout = Layout()
        layout.set_relative_expiration(months=12)
        layout.keys = {keyid: {"keyid": keyid, **key} for keyid, key in keys.items()}
        layout.steps = [
            Step(name="tag", pubkeys=list(keys), threshold=1, expected_materials=[["ALLOW", "*"]],
                 expected_products=ALL_FROM_TAG, expected_command=TAG),
            Step(name=step, pubkeys=list(keys), threshold=2, expected_materials=ALL_FROM_TAG,
                 expected_products=[["CREATE", product], ["DISALLOW", "*"]],
                 expected_command=build_command(step)),
        ]
        signed = Envelope.from_signable(layout) if dsse else Metablock(signed=layout)
        for signer in self.signers:
            signed.create_signature(signer)
        file = self.work / f"{step}.layout"
        signed.dump(str(file))
        return file.read_bytes()


class Repository:
    """TUF roles as `carnet init` makes them; root, targets and layouts by two keys each."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.online = CryptoSigner.generate_ed25519()
        self.offline = {
            "root": [CryptoSigner.generate_ed25519(), CryptoSigner.generate_rsa()],
            "targets": [CryptoSigner.generate_ed25519(), CryptoSigner.generate_ecdsa()],
            "layouts": [CryptoSigner.generate_ecdsa(), CryptoSigner.generate_ed25519()],
        }
        self.delegated = {name: Targets(expires=days(30)) for name in ROLES}

    def signers(self, role: str) -> list[CryptoSigner]:
        return self.offline.get(role, [self.online])

    def add(self, path: str, content: bytes, custom: dict | None = None) -> None:
        place = PurePosixPath(path)
        role = next(name for name, patterns in ROLES.items()
                    if DelegatedRole(name, [], 1, True, paths=patterns).is_delegated_path(path))
        target = TargetFile.from_data(path, content, ["sha256"])
        if custom:
            target.unrecognized_fields["custom"] = custom
        self.delegated[role].targets[path] = target
        folder = self.directory / "targets" / place.parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{target.hashes['sha256']}.{place.name}").write_bytes(content)

    def write(self) -> None:
        """Signs and writes every role, timestamp last."""
        (self.directory / "metadata").mkdir(parents=True)
        roles = {
            name: DelegatedRole(name, [], 1, True, paths=patterns)
            for name, patterns in ROLES.items()
        }
        policy = {"x-carnet": {"layouts": "layouts", "unattested": []}}
        top = Targets(expires=days(365), delegations=Delegations({}, roles),
                      unrecognized_fields=policy)
        for name in ROLES:
            for signer in self.signers(name):
                top.add_key(signer.public_key, name)
            roles[name].threshold = len(self.signers(name))
        root = Root(expires=days(365), consistent_snapshot=True)
        for name in ("root", "targets", "snapshot", "timestamp"):
            for signer in self.signers(name):
                root.add_key(signer.public_key, name)
            root.roles[name].threshold = len(self.signers(name))
        snapshot = Snapshot(expires=days(7))
        for name in ROLES:
            snapshot.meta[f"{name}.json"] = MetaFile(1)
        timestamp = Timestamp(expires=days(1), snapshot_meta=MetaFile(1))
        documents = {"root": root, "targets": top, **self.delegated, "snapshot": snapshot,
                     "timestamp": timestamp}
        for name, signed in documents.items():
            metadata = Metadata(signed)
            for signer in self.signers(name):
                metadata.sign(signer, append=True)
            file = "timestamp.json" if name == "timestamp" else f"1.{name}.json"
            metadata.to_file(str(self.directory / "metadata" / file))


def days(number: int) -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=number)


def publish(repository: Repository, chain: SupplyChain, step: str, product: str, applies: str,
            dsse: bool) -> None:
    """One file with its layout, the layout's keys and its links."""
    chain.build(step, dsse)
    pubkeys = [f"in-toto-pubkeys/{s.public_key.keyid}.pub" for s in chain.signers]
    for path, signer in zip(pubkeys, chain.signers, strict=True):
        repository.add(path, public_pem(signer))
    layout = f"in-toto-metadata/{step}.layout"
    policy = {"threshold": 2, "applies-to": [applies], "product-of": step}
    repository.add(layout, chain.layout(step, product, dsse),
                   {"in-toto": pubkeys, "carnet": policy})
    links = sorted(chain.links(step).glob("*.link"))
    tag = next(link for link in links if link.name.startswith("tag."))
    folder = f"in-toto-metadata/{hashlib.sha256(tag.read_bytes()).hexdigest()}"
    for link in links:
        repository.add(f"{folder}/{link.name}", link.read_bytes())
    file = next(chain.clones[0].glob(product))
    evidence = [layout, *(f"{folder}/{link.name}" for link in links)]
    repository.add(f"tuf/7.0.1/{file.name}", file.read_bytes(), {"in-toto": evidence})


def main() -> None:
    directory, *clones = (Path(argument) for argument in sys.argv[1:])
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    repository = Repository(directory / "repository")
    chain = SupplyChain(directory, clones)
    publish(repository, chain, "sdist", "dist/*.tar.gz", "tuf/{version}/tuf-{version}.tar.gz", True)
    publish(repository, chain, "wheel", "dist/*.whl", "tuf/{version}/tuf-{version}-*.whl", False)
    repository.write()


if __name__ == "__main__":
    main()
