#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An index of wheels in the shape of ITE-3, by the python tools alone.

in-toto-run records a developer's tag with a key of gpg, and CI's two steps; in-toto's API makes
the layout, python-tuf's API the repository: layout and layout keys in top-level targets, wheels
in roles by letter, links in roles by hexadecimal digit. Nothing in it is Carnet's.

    python_index.py DIRECTORY SOURCES.git KEYRING FINGERPRINT PROJECT=NAME=VERSION ...

The repository is DIRECTORY/repository. SOURCES has a tag NAME-VERSION for each project, in the
folder NAME; KEYRING is a folder of gpg's with the developer's key.
"""

import hashlib
import string
import subprocess
import sys
from pathlib import Path, PurePosixPath

from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.metadata import Metablock
from python_publisher import days, public_pem
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

LAYOUT = "in-toto-metadata/1.core.root.layout"
WHEEL = "{wheel_distribution_name}-{package_version}-py3-none-any.whl"
SIMPLE = "simple/{standard_distribution_name}"
COMMANDS = {
    "tag": ["git", "rev-parse", "--verify", "{wheel_distribution_name}-{package_version}"],
    "wheels-builder": ["python3", "-m", "build", "--no-isolation", "--wheel", "--outdir", "dist",
                       "{package_github_dir}"],
    "wheels-signer": ["install", "-D", "--mode=644", f"--target-directory={SIMPLE}",
                      f"dist/{WHEEL}"],
}
# Roles that hold no files themselves, and what each delegates to: name and pattern.
SPLIT = {
    "wheels-signer": ("simple/*/*", [
        (f"wheels-signer-{c}", f"simple/{c}*/*") for c in string.ascii_lowercase + string.digits
    ]),
    "in-toto-metadata-signer": ("in-toto-metadata/*/*.link", [
        (f"in-toto-metadata-signer-{c}", f"in-toto-metadata/{c}*/*.link")
        for c in "0123456789abcdef"
    ]),
}


class Project:
    def __init__(self, words: str) -> None:
        project, name, version = words.split("=")
        self.parameters = {
            "standard_distribution_name": project,
            "wheel_distribution_name": name,
            "package_version": version,
            "package_github_dir": name,
        }
        self.tag = f"{name}-{version}"
        self.folder = name
        self.wheel = f"{SIMPLE}/{WHEEL}".format(**self.parameters)

    def command(self, step: str) -> list[str]:
        return [word.format(**self.parameters) for word in COMMANDS[step]]


class SupplyChain:
    """A developer with a key of gpg, CI's two keys, and two who own the layout together."""

    def __init__(self, work: Path, keyring: str, fingerprint: str) -> None:
        self.work = work.resolve()
        self.keyring = keyring
        self.fingerprint = fingerprint.lower()
        self.owners = [CryptoSigner.generate_ed25519(), CryptoSigner.generate_rsa()]
        self.machines = {step: CryptoSigner.generate_ed25519()
                         for step in ("wheels-builder", "wheels-signer")}
        for step, signer in self.machines.items():
            self.key(step).parent.mkdir(parents=True, exist_ok=True)
            self.key(step).write_bytes(signer.private_bytes)

    def key(self, step: str) -> Path:
        return self.work / "keys" / f"{step}.pem"

    def make(self, project: Project, sources: str) -> tuple[bytes, list[Path]]:
        """Tags, builds and signs off; returns the wheel and the links."""
        clone = self.work / "clones" / project.folder
        links = self.work / "links" / project.folder
        links.mkdir(parents=True)
        subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--branch",
                        project.tag, sources, str(clone)], check=True)
        by_gpg = ["--gpg", self.fingerprint, "--gpg-home", self.keyring]
        self.record(project, "tag", clone, links, project.folder, project.folder, by_gpg)
        for step, materials, products in (("wheels-builder", project.folder, "dist"),
                                          ("wheels-signer", "dist", "simple")):
            by_file = ["--signing-key", str(self.key(step))]
            self.record(project, step, clone, links, materials, products, by_file)
        return (clone / project.wheel).read_bytes(), sorted(links.glob("*.link"))

    def record(self, project: Project, step: str, clone: Path, links: Path, materials: str,
               products: str, key: list[str]) -> None:
        run = ["in-toto-run", "-n", step, *key, "-m", materials, "-p", products, "-d", str(links),
               "--run-timeout", "120", "--", *project.command(step)]
        subprocess.run(run, cwd=clone, check=True, stdout=subprocess.DEVNULL)

    def layout(self) -> bytes:
        layout = Layout()
        layout.set_relative_expiration(months=12)
        developer = layout.add_functionary_key_from_gpg_keyid(self.fingerprint, self.keyring)
        pubkeys = {"tag": developer["keyid"]}
        for step, signer in self.machines.items():
            key = signer.public_key
            layout.keys[key.keyid] = {"keyid": key.keyid, **key.to_dict()}
            pubkeys[step] = key.keyid
        folder, end = "{package_github_dir}", ["DISALLOW", "*"]
        required = ["REQUIRE", f"{folder}/pyproject.toml"]
        rules = {
            "tag": (
                [["ALLOW", "*"]],
                [required, ["MATCH", "*", "WITH", "MATERIALS", "FROM", "tag"], end]),
            "wheels-builder": (
                [required, ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "tag"], end],
                [["CREATE", "dist/*.whl"], end]),
            "wheels-signer": (
                [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "wheels-builder"], end],
                [["MATCH", "*", "IN", SIMPLE, "WITH", "PRODUCTS", "IN", "dist", "FROM",
                  "wheels-builder"], end]),
        }
        layout.steps = [
            Step(name=step, pubkeys=[pubkeys[step]], threshold=1, expected_materials=materials,
                 expected_products=products, expected_command=COMMANDS[step])
            for step, (materials, products) in rules.items()
        ]
        signed_off = ["MATCH", "*.whl", "WITH", "PRODUCTS", "IN", SIMPLE, "FROM", "wheels-signer"]
        unpacked = []
        for ending in ("py", "yaml", "yml"):
            unpacked.append(
                ["MATCH", f"*.{ending}", "WITH", "PRODUCTS", "IN", folder, "FROM", "tag"])
            unpacked.append(["DISALLOW", f"*.{ending}"])
        layout.inspect = [
            Inspection(name="unpack", run=["unzip", "-q", WHEEL],
                       expected_materials=[signed_off, end], expected_products=unpacked)
        ]
        metablock = Metablock(signed=layout)
        for owner in self.owners:
            metablock.create_signature(owner)
        file = self.work / "root.layout"
        metablock.dump(str(file))
        return file.read_bytes()


class Repository:
    """Root and targets by two of three keys; what they delegate to is signed online."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.online = CryptoSigner.generate_ed25519()
        self.keys = {role: [CryptoSigner.generate_ed25519() for _ in range(3)]
                     for role in ("root", "targets")}
        self.top = Targets(expires=days(365))
        self.split = {name: Targets(expires=days(365)) for name in SPLIT}
        self.bins = {name: Targets(expires=days(7)) for _, bins in SPLIT.values()
                     for name, _ in bins}
        self.delegate(self.top, [(n, pattern) for n, (pattern, _) in SPLIT.items()], offline=True)
        for name, (_, bins) in SPLIT.items():
            self.delegate(self.split[name], bins, offline=False)

    def delegate(self, to: Targets, roles: list[tuple[str, str]], offline: bool) -> None:
        holders = self.keys["targets"] if offline else [self.online]
        to.delegations = Delegations({}, {
            name: DelegatedRole(name, [], 2 if offline else 1, True, paths=[pattern])
            for name, pattern in roles
        })
        for name, _ in roles:
            for signer in holders:
                to.add_key(signer.public_key, name)

    def role(self, path: str) -> Targets:
        for name, (_, bins) in SPLIT.items():
            delegations = self.split[name].delegations.roles
            for bin_name, _ in bins:
                if delegations[bin_name].is_delegated_path(path):
                    return self.bins[bin_name]
        return self.top

    def add(self, path: str, content: bytes, custom: dict | None = None) -> None:
        target = TargetFile.from_data(path, content, ["sha256"])
        if custom:
            target.unrecognized_fields["custom"] = custom
        self.role(path).targets[path] = target
        place = PurePosixPath(path)
        folder = self.directory / "targets" / place.parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{target.hashes['sha256']}.{place.name}").write_bytes(content)

    def write(self) -> None:
        """Signs and writes every role, timestamp last."""
        (self.directory / "metadata").mkdir(parents=True)
        root = Root(expires=days(365), consistent_snapshot=True)
        for name in ("root", "targets", "snapshot", "timestamp"):
            for signer in self.keys.get(name, [self.online]):
                root.add_key(signer.public_key, name)
            root.roles[name].threshold = 2 if name in self.keys else 1
        snapshot = Snapshot(expires=days(7))
        delegated = self.split | self.bins
        snapshot.meta |= {f"{name}.json": MetaFile(1) for name in delegated}
        documents = {"root": root, "targets": self.top, **delegated, "snapshot": snapshot,
                     "timestamp": Timestamp(expires=days(1), snapshot_meta=MetaFile(1))}
        for name, signed in documents.items():
            metadata = Metadata(signed)
            offline = self.keys["targets"] if name in self.split else self.keys.get(name)
            for signer in offline[:2] if offline else [self.online]:
                metadata.sign(signer, append=True)
            file = "timestamp.json" if name == "timestamp" else f"1.{name}.json"
            metadata.to_file(str(self.directory / "metadata" / file))


def main() -> None:
    directory, sources, keyring, fingerprint, *projects = sys.argv[1:]
    repository = Repository(Path(directory, "repository"))
    chain = SupplyChain(Path(directory), keyring, fingerprint)
    pubkeys = {f"in-toto-pubkeys/{s.public_key.keyid}.pub": s for s in chain.owners}
    for path, signer in pubkeys.items():
        repository.add(path, public_pem(signer))
    repository.add(LAYOUT, chain.layout(), {"in-toto": list(pubkeys)})
    for project in map(Project, projects):
        wheel, links = chain.make(project, sources)
        tag = next(link for link in links if link.name.startswith("tag."))
        folder = f"in-toto-metadata/{hashlib.sha256(tag.read_bytes()).hexdigest()}"
        for link in links:
            repository.add(f"{folder}/{link.name}", link.read_bytes())
        evidence = [LAYOUT, *(f"{folder}/{link.name}" for link in links)]
        repository.add(project.wheel, wheel, {"in-toto": evidence, "root-layout-type": "core"})
    repository.write()


if __name__ == "__main__":
    main()
