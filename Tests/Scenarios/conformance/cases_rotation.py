# SPDX-License-Identifier: Apache-2.0
"""Root after root: every one signed by a threshold of the old keys and of its own."""

import json

from securesystemslib.signer import CryptoSigner

from client import Failure
from repository import days
from suite import World, case

# Rows: versions of root as (keys, threshold, keys that signed); whether the last one is taken.
ROOTS = {
    "1 of 1, key replaced": (
        [([1], 1, [1]), ([2], 1, [2, 1]), ([2], 1, [2])], True),
    "1 of 1, signatures of strangers": (
        [([1], 1, [3, 1, 4]), ([2], 1, [3, 2, 1, 4]), ([2], 1, [3, 2, 4])], True),
    "3 of 5, other signers each time": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 2, 3, 4], 3, [4, 1, 0]),
         ([0, 1, 2, 3, 4], 3, [0, 1, 3]), ([0, 1, 2, 3, 4], 3, [1, 2, 3])], True),
    "3 of 5, one key replaced": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 1])], True),
    "3 of 5, one key replaced, overlapping": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4, 5]),
         ([0, 1, 3, 4, 5], 3, [0, 4, 5])], True),
    "3 of 5, all keys replaced": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]),
         ([5, 6, 7, 8, 9], 3, [5, 6, 7])], True),
    "threshold raised": (
        [([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [1, 2])], True),
    "threshold lowered": (
        [([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1, 2]), ([1, 2, 3], 1, [1])], True),
    "threshold and keys raised": (
        [([1], 1, [1]), ([1, 2], 2, [1, 2])], True),
    "not signed by the old key": (
        [([1], 1, [1]), ([2], 1, [2, 3, 4])], False),
    "not signed by the new key": (
        [([1], 1, [1]), ([2], 1, [1, 3, 4])], False),
    "two of the three new keys": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4])], False),
    "two of the three old keys": (
        [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 5])], False),
    "raised threshold not met": (
        [([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [2])], False),
    "lowered threshold used at once": (
        [([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1])], False),
    "the last of three badly signed": (
        [([1], 1, [1]), ([2], 1, [1, 2]), ([3], 1, [2, 3]), ([4], 1, [4, 5])], False),
}


# TUF 1.0.34 §5.3.4a, 5.3.4b, 5.3.4d, 6.1: the thresholds of both, met or not
# attack: python-tuf CVE-2020-15163: the last of several is badly signed
@case(ROOTS)
def root(world: World, versions: list[tuple], is_taken: bool) -> None:
    """Client follows a row of new roots as far as they are signed, and stays there."""
    repo = world.repo
    keys = [CryptoSigner.generate_ed25519() for _ in range(10)]
    del repo.latest["root"]
    published = []
    for owners, threshold, signers in versions:
        repo.root.roles["root"].keyids.clear()
        for number in owners:
            repo.root.add_key(keys[number].public_key, "root")
        repo.root.roles["root"].threshold = threshold
        repo.signers["root"] = [keys[number] for number in signers]
        repo.publish("root")
        published.append(repo.latest["root"])
    world.init(published[0])
    if is_taken:
        world.accept()
        return
    saved = ("root",) if len(published) > 2 else ()
    world.refuse(saves=saved).asked_last(f"{len(versions)}.root.json")
    # After a restart it is still the last good one that is trusted, and the bad one that is not.
    world.refuse().asked(f"{len(versions)}.root.json")
    if world.client.trusted()["root"] != published[-2]:
        raise Failure("another root than the last good one is trusted")


OTHERS = {
    "key replaced": ([2], 1, [2], True),
    "signatures of strangers": ([1], 1, [3, 1, 4], True),
    "not signed by the new key": ([2], 1, [1, 3, 4], False),
    "two of three keys, one stranger": ([0, 1, 3, 4, 5], 3, [0, 2, 4], False),
    "two of three keys": ([0, 1, 3, 4, 5], 3, [0, 4], False),
    "three of five keys": ([0, 1, 2, 3, 4], 3, [0, 2, 4], True),
    "three of five keys in another order": ([0, 1, 2, 3, 4], 3, [4, 1, 0], True),
    "five of five keys": ([0, 1, 2, 3, 4], 5, [0, 1, 2, 3, 4], True),
    "six needed of five keys": ([0, 1, 2, 3, 4], 6, [0, 1, 2, 3, 4], False),
}
BEFORE = {"timestamp": [], "snapshot": ["timestamp"], "targets": ["timestamp", "snapshot"]}


# TUF 1.0.34 §5.4.2a, 5.5.3a, 5.6.3a: a threshold of the keys in the new root
@case({f"{role}, {label}": (role, *row)
       for role in BEFORE for label, row in OTHERS.items()})
def other_roles(
    world: World, role: str, owners: list, threshold: int, signers: list, is_taken: bool
) -> None:
    """A new root gives a role other keys; what the role publishes must be signed by these."""
    repo = world.repo
    world.init()
    keys = [CryptoSigner.generate_ed25519() for _ in range(6)]
    repo.root.roles[role].keyids.clear()
    for number in owners:
        repo.root.add_key(keys[number].public_key, role)
    repo.root.roles[role].threshold = threshold
    repo.signers[role] = [keys[number] for number in signers]
    repo.publish("root", "targets", "snapshot", "timestamp")
    if is_taken:
        world.accept()
    else:
        world.refuse(saves=("root", *BEFORE[role])).asked_last(
            repo.name(role).removeprefix("metadata/"))


# TUF 1.0.34 §5.3.5: N+1 exactly
# attack: tough CVE-2025-2885: version N+3, N or less
@case({"ahead": 6, "the one before": 1, "the same": 2, "zero": 0, "negative": -1})
def root_of_another_version(world: World, version: int) -> None:
    """`3.root.json`, signed as it should be, says it is another version (tough CVE-2025-2885)."""
    world.init()
    world.repo.publish("root")
    world.repo.publish("root")
    world.repo.forge("root", lambda signed: signed | {"version": version})
    world.refuse(saves=("root",)).asked("2.root.json", "3.root.json")


@case()
def root_of_before_is_served_again(world: World) -> None:
    """The server answers `2.root.json` with version 1, byte for byte."""
    world.init()
    world.repo.put("root", world.repo.first_root, 2)
    world.refuse().asked("2.root.json")


# TUF 1.0.34 §5.3.3b: what is not there ends the roots
@case()
def gap_between_roots(world: World) -> None:
    """Version 2 is missing: version 3 is not looked for."""
    world.init()
    world.repo.publish("root")
    world.repo.publish("root")
    del world.repo.files["metadata/2.root.json"]
    run = world.expect(world.client.refresh(), 0)
    run.asked("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")
    world.trusts_only("root", "snapshot", "targets", "timestamp")


@case()
def rotated_root_key_is_worth_nothing(world: World) -> None:
    """Whoever steals a root key that was replaced cannot make a new root with it."""
    world.init()
    stolen = world.repo.signers["root"][0]
    new = CryptoSigner.generate_ed25519()
    world.repo.root.roles["root"].keyids.clear()
    world.repo.add_key("root", new)
    world.repo.publish("root")
    world.repo.signers["root"] = [new]
    world.accept()
    world.repo.signers["root"] = [stolen]
    world.repo.publish("root")
    world.refuse().asked("3.root.json")


@case()
def role_loses_its_key(world: World) -> None:
    """A role that a new root gives to nobody has no valid metadata, old files included."""
    world.start()
    world.repo.root.roles["targets"].keyids.clear()
    world.repo.publish("root")
    world.refuse(saves=("root",)).asked_last("1.targets.json")


# TUF 1.0.34 §5.3.8, 5.3.10: saved, and then found expired
@case(differs="python-tuf asks for the timestamp before it looks at root's expiry")
def expired_last_root(world: World) -> None:
    """The newest root is expired: it is saved all the same, and nothing else is asked for."""
    world.start()
    world.repo.root.expires = days(-1)
    world.repo.publish("root", "targets", "snapshot", "timestamp")
    world.refuse(saves=("root",)).asked("2.root.json", "3.root.json")
    if json.loads(world.client.trusted()["root"])["signed"]["version"] != 2:
        raise Failure("root version 2 is not trusted")
