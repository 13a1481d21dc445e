# SPDX-License-Identifier: Apache-2.0
"""Repositories in the shape of real ones."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import CryptoSigner

from repository import days
from suite import World, case


def owners(world: World, role: str, number: int, threshold: int) -> None:
    """People with hardware keys of P-256, as tuf-on-ci writes them."""
    repo = world.repo
    repo.root.roles[role].keyids.clear()
    repo.signers[role] = []
    for owner in range(number):
        signer = CryptoSigner(ec.generate_private_key(ec.SECP256R1()))
        signer.public_key.unrecognized_fields["x-tuf-on-ci-keyowner"] = f"@owner-{owner}"
        repo.add_key(role, signer)
    repo.root.roles[role].threshold = threshold


@case()
def like_sigstore(world: World) -> None:
    """Five owners, three needed; signatures not yet made are there, but empty; an online key
    signs timestamp and snapshot; a delegated role; custom data."""
    repo = world.repo
    owners(world, "root", 5, 3)
    owners(world, "targets", 5, 3)
    online = repo.signers["timestamp"][0]
    online.public_key.unrecognized_fields["x-tuf-on-ci-online-uri"] = "awskms:alias/key"
    repo.root.roles["snapshot"].keyids.clear()
    repo.signers["snapshot"] = []
    repo.add_key("snapshot", online)
    for role in ("timestamp", "snapshot"):
        repo.root.roles[role].unrecognized_fields |= {
            "x-tuf-on-ci-expiry-period": 7, "x-tuf-on-ci-signing-period": 6}
    repo.delegate("registry.npmjs.org", paths=["registry.npmjs.org/*"], terminating=True)
    repo.artifact("registry.npmjs.org/keys.json", b"{}", "registry.npmjs.org")
    log = repo.artifact("trusted_root.json", b'{"log": 1}', hashes=("sha256", "sha512"))
    log.unrecognized_fields["custom"] = {"sigstore": {"status": "Active", "usage": "Rekor"}}
    repo.publish("registry.npmjs.org", "targets", "snapshot", "timestamp")
    repo.reissue("root")

    def not_yet_signed(whole: dict) -> None:
        for entry in whole["signatures"][3:]:
            entry["sig"] = ""

    repo.tamper("root", not_yet_signed)
    root = repo.latest["root"]
    repo.tamper("targets", not_yet_signed)
    repo.publish("snapshot", "timestamp")
    world.init(root)
    world.accept("trusted_root.json", "registry.npmjs.org/keys.json")
    world.has(b'{"log": 1}', b"{}")


@case({"project of the first bin": "a", "of another": "zlib/zlib-1.0.tar.gz"})
def like_the_python_index(world: World, path: str) -> None:
    """PEP 458: targets, then bins, then a bin for each beginning of a path's hash."""
    repo = world.repo
    repo.targets.expires = days(365)
    repo.delegate("bins", paths=["*", "*/*", "*/*/*"])
    digest = hashlib.sha256(path.encode()).hexdigest()
    for number in range(16):
        name = f"bin-{number:x}"
        repo.delegate(name, "bins", prefixes=[f"{number:x}{second:x}" for second in range(16)])
    repo.artifact(path, b"content", f"bin-{digest[0]}")
    repo.publish(*[f"bin-{number:x}" for number in range(16)], "bins")
    repo.publish("targets", "snapshot", "timestamp")
    run = world.start(path)
    run.asked("2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
              "1.bins.json", f"1.bin-{digest[0]}.json", run.requests[-1])


@case()
def like_a_repository_of_two_owners(world: World) -> None:
    """Two owners who both must sign all but timestamp and snapshot, no consistent names."""
    repo = world.repo
    repo.root.consistent_snapshot = False
    for role in ("root", "targets"):
        owners(world, role, 2, 2)
    repo.reissue("root")
    repo.delegate("releases", paths=["releases/*"], threshold=2)
    repo.add_key("releases", by="targets")
    repo.artifact("releases/1.0.tar.gz", b"release", "releases")
    repo.publish("releases", "targets", "snapshot", "timestamp")
    world.init(repo.latest["root"])
    world.accept("releases/1.0.tar.gz")
    repo.signers["releases"].pop()
    repo.publish("releases", "snapshot", "timestamp")
    world.refuse("releases/1.0.tar.gz", saves=("timestamp", "snapshot"))
