# SPDX-License-Identifier: Apache-2.0
"""Older metadata than the trusted one, and the ways back from a version that was far too high."""

import json

from client import Failure
from repository import days
from suite import World, case

HASHES = {"versions only": False, "with hashes": True}


# TUF 1.0.34 §5.4.3.1a, 4.3c: a lower version is discarded
# attack: go-tuf CVE-2022-29173: an older timestamp
@case()
def timestamp(world: World) -> None:
    """The server puts back a timestamp of before."""
    old = world.repo.latest["timestamp"]
    world.repo.publish("timestamp")
    world.start()
    world.repo.put("timestamp", old)
    world.refuse().asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5.4.3.2: the version of the snapshot does not go down
# attack: tough CVE-2025-2888: names a lower snapshot
# attack: go-tuf CVE-2022-29173: an older snapshot
@case(HASHES)
def snapshot(world: World, lists_hashes: bool) -> None:
    """A new timestamp names an older snapshot: neither is taken, no snapshot is asked for."""
    repo = world.repo
    repo.lists_hashes = lists_hashes
    repo.publish("snapshot", "timestamp")
    world.start()
    repo.snapshot.version = 0
    repo.publish("snapshot", "timestamp")
    world.refuse().asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5a: the next good update works
# attack: tough CVE-2025-2888: a lower snapshot is not kept, the next one is taken
@case()
def snapshot_of_before_recovers(world: World) -> None:
    """The timestamp that named an older snapshot is not kept: the next good one is taken."""
    repo = world.repo
    repo.publish("snapshot", "timestamp")
    world.start()
    repo.timestamp.snapshot_meta.version = 1
    repo.publish("timestamp")
    world.refuse().asked("2.root.json", "timestamp.json")
    repo.publish("snapshot")
    repo.reissue("timestamp")
    world.accept()


# TUF 1.0.34 §5.5.5a: no version goes down
# attack: go-tuf CVE-2022-29173: older targets, and the snapshot is not saved before
@case(HASHES)
def targets(world: World, lists_hashes: bool) -> None:
    """A new snapshot lists an older targets: it is not taken, no targets is asked for."""
    repo = world.repo
    repo.lists_hashes = lists_hashes
    repo.publish("targets", "snapshot", "timestamp")
    world.start()
    repo.targets.version = 0
    repo.publish("targets", "snapshot", "timestamp")
    world.refuse(saves=("timestamp",)).asked("2.root.json", "timestamp.json", "3.snapshot.json")


# TUF 1.0.34 §5.5.5a: no version goes down, delegated roles included
# attack: tough CVE-2025-2887: lowers a delegated role
@case(HASHES)
def delegated_role(world: World, lists_hashes: bool) -> None:
    """A new snapshot lists an older version of a delegated role (tough CVE-2025-2887)."""
    repo = world.repo
    repo.lists_hashes = lists_hashes
    repo.delegate("role")
    repo.publish("role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.start()
    repo.signed["role"].version = 0
    repo.publish("role", "snapshot", "timestamp")
    world.refuse(saves=("timestamp",)).asked_last("3.snapshot.json")


# TUF 1.0.34 §5.5.5b: what was listed is listed still
# attack: tough CVE-2025-2887: drops a delegated role
@case({"targets": "targets", "delegated role": "role"})
def role_vanishes(world: World, role: str) -> None:
    """A new snapshot does not list a role any more."""
    repo = world.repo
    repo.delegate("role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.start()
    del repo.snapshot.meta[f"{role}.json"]
    repo.publish("snapshot", "timestamp")
    world.refuse(saves=("timestamp",)).asked_last("3.snapshot.json")


# TUF 1.0.34 §5.5.5a: whatever its hash, it is the base
@case()
def snapshot_whose_hash_is_another_stays_the_base(world: World) -> None:
    """The new timestamp's hash does not fit the local snapshot, which still forbids a rollback."""
    repo = world.repo
    repo.publish("targets", "snapshot", "timestamp")
    world.start()
    repo.lists_hashes = True
    repo.targets.version = 1
    repo.reissue("targets")
    repo.publish("snapshot", "timestamp")
    world.refuse(saves=("timestamp",)).asked_last("3.snapshot.json")


@case(differs="python-tuf does not compare a local snapshot with the timestamp's hash")
def same_snapshot_version_with_other_content(world: World) -> None:
    """Timestamp vouches by hash for another snapshot of the same version, with an older role."""
    repo = world.repo
    repo.lists_hashes = True
    repo.publish("targets", "snapshot", "timestamp")
    world.start()
    repo.targets.version = 1
    repo.reissue("targets")
    repo.reissue("snapshot")
    repo.publish("timestamp")
    world.refuse(saves=("timestamp",)).asked_last("2.snapshot.json")


# attack: go-tuf CVE-2022-29173: an older timestamp, after a restart
@case()
def whole_repository(world: World) -> None:
    """The server as it was last week, after the client has seen today's (go-tuf CVE-2022-29173)."""
    repo = world.repo
    world.init()
    old = dict(repo.files)
    repo.publish("targets", "snapshot", "timestamp")
    world.accept()
    repo.files.clear()
    repo.files.update(old)
    world.refuse().asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5.5.4: the version is the timestamp's
@case()
def mixture_of_two_states(world: World) -> None:
    """Today's timestamp with yesterday's snapshot under today's name."""
    repo = world.repo
    world.start()
    old = repo.latest["snapshot"]
    repo.publish("targets", "snapshot", "timestamp")
    repo.files["metadata/2.snapshot.json"] = old
    world.refuse(saves=("timestamp",)).asked_last("2.snapshot.json")


@case({"snapshot": "snapshot", "targets": "targets", "role": "role"})
def old_file_under_a_new_name(world: World, role: str) -> None:
    """Without consistent names the server gives an old file to a client that knows nothing yet."""
    repo = world.repo
    repo.root.consistent_snapshot = False
    repo.publish("root")
    repo.delegate("role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    old = repo.latest[role]
    repo.publish("role", "targets", "snapshot", "timestamp")
    repo.files[repo.name(role)] = old
    world.init()
    order = ["timestamp", "snapshot", "targets", "role"]
    saved = ("root", *order[:order.index(role)])
    world.refuse("nothing", saves=saved).asked_last(f"{role}.json")


# Recovery: the repository goes back to low versions by giving new keys.

# TUF 1.0.34 §5.3.11: new timestamp keys
@case()
def recovery_of_timestamp(world: World) -> None:
    """New timestamp keys end the trust in a timestamp whose version was far too high."""
    repo = world.repo
    world.init()
    repo.timestamp.version = 1_000_000
    repo.reissue("timestamp")
    world.accept()
    repo.rotate("timestamp")
    repo.timestamp.version = 0
    repo.publish("root", "timestamp")
    world.accept()
    if version(world, "timestamp") != 1:
        raise Failure("the timestamp is not version 1")


# TUF 1.0.34 §5.3.11: new snapshot keys
@case()
def recovery_of_snapshot(world: World) -> None:
    """New keys of timestamp and snapshot end the trust in a snapshot version."""
    repo = world.repo
    world.init()
    repo.snapshot.version = 1_000_000
    repo.publish("snapshot", "timestamp")
    world.accept()
    repo.rotate("snapshot")
    repo.rotate("timestamp")
    repo.snapshot.version = 0
    repo.publish("root", "snapshot", "timestamp")
    world.accept()


@case(differs="python-tuf forgets no local file, it only checks each with the new keys")
def recovery_of_snapshot_by_its_own_key(world: World) -> None:
    """New snapshot keys alone end the trust in the timestamp, too (TUF 1.0.34 §5.3.11)."""
    repo = world.repo
    world.init()
    repo.snapshot.version = 1_000_000
    repo.publish("snapshot", "timestamp")
    world.accept()
    repo.rotate("snapshot")
    repo.snapshot.version = 0
    repo.publish("root", "snapshot", "timestamp")
    world.accept()


@case()
def keys_are_forgotten_with_the_files(world: World) -> None:
    """A rotation is saved with what it ends, even if the server has nothing good after it."""
    repo = world.repo
    world.start()
    repo.rotate("timestamp")
    repo.publish("root")
    repo.timestamp.version = 0
    repo.signers["timestamp"] = []
    repo.publish("timestamp")
    world.expect(world.client.refresh(), 1).asked("2.root.json", "3.root.json", "timestamp.json")
    repo.timestamp.version = 0
    repo.signers["timestamp"] = []
    repo.rotate("timestamp")
    repo.publish("root", "timestamp")
    world.accept()


# TUF 1.0.34 §5.3.11: versions may go down and roles vanish then
@case()
def recovery_of_targets(world: World) -> None:
    """New snapshot keys let versions of targets go down and roles vanish."""
    repo = world.repo
    repo.delegate("role")
    repo.targets.version = 1_000_000
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.init()
    world.accept()
    repo.rotate("snapshot")
    repo.targets.version = 0
    del repo.snapshot.meta["role.json"]
    repo.publish("root", "targets", "snapshot", "timestamp")
    world.accept()


# TUF 1.0.34 §5.3.11: other keys delete nothing
@case()
def no_recovery_by_other_keys(world: World) -> None:
    """New keys of targets alone do not let the timestamp's version go down."""
    repo = world.repo
    old = repo.latest["timestamp"]
    repo.publish("timestamp")
    world.start()
    repo.rotate("targets")
    repo.publish("root", "targets")
    repo.put("timestamp", old)
    world.refuse(saves=("root",)).asked_last("timestamp.json")


@case()
def recovery_in_a_root_on_the_way(world: World) -> None:
    """The new timestamp key came two roots ago; the roots since then changed nothing of it."""
    repo = world.repo
    world.init()
    repo.timestamp.version = 1_000_000
    repo.reissue("timestamp")
    world.accept()
    repo.rotate("timestamp")
    for _ in range(3):
        repo.publish("root")
    repo.timestamp.version = 0
    repo.publish("timestamp")
    world.accept()


# TUF 1.0.34 §5.3.11: also while the timestamp is unexpired
# attack: sigstore #1091: an unexpired timestamp
@case()
def recovery_while_the_timestamp_is_still_good(world: World) -> None:
    """A client whose timestamp is not expired asks all the same (sigstore #1091)."""
    repo = world.repo
    repo.timestamp.expires = days(300)
    repo.publish("timestamp")
    world.start()
    repo.rotate("timestamp")
    repo.publish("root", "timestamp")
    world.accept()


def version(world: World, role: str) -> int:
    return json.loads(world.client.trusted()[role])["signed"]["version"]
