# SPDX-License-Identifier: Apache-2.0
"""Lengths and digests where timestamp and snapshot give them."""

import hashlib

from suite import World, case

BEFORE = {"snapshot": ("timestamp",), "targets": ("timestamp", "snapshot"),
          "role": ("timestamp", "snapshot", "targets")}


def entry(world: World, role: str):
    if role == "snapshot":
        return world.repo.timestamp.snapshot_meta
    return world.repo.snapshot.meta[f"{role}.json"]


def listing(world: World, role: str, hashes: dict | None, length: int | None) -> None:
    """Publishes all roles; what is said of `role` is this."""
    repo = world.repo
    repo.delegate("role")
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets")
    if role != "snapshot":
        entry(world, role).hashes, entry(world, role).length = hashes, length
    repo.publish("snapshot")
    if role == "snapshot":
        entry(world, role).hashes, entry(world, role).length = hashes, length
    repo.publish("timestamp")
    world.init()


@case()
def right(world: World) -> None:
    """Right lengths and digests, also of local files."""
    repo = world.repo
    repo.lists_hashes = True
    repo.delegate("role")
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.start("file.txt")
    world.accept("file.txt").asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5.5.2, 5.6.2: the hashes are those listed
# attack: tough CVE-2026-6967: wrong hash or length
@case({role: role for role in BEFORE})
def wrong_digest(world: World, role: str) -> None:
    """The file is another one than its digest says, though well signed (tough CVE-2026-6967)."""
    listing(world, role, {"sha256": "46" * 32}, None)
    world.refuse("file.txt", saves=BEFORE[role])


# TUF 1.0.34 §5.5.1a, 5.6.1a: the length is the one listed
# attack: tough CVE-2026-6967: wrong hash or length
@case({f"{role}, {label}": (role, change) for role in BEFORE
       for label, change in (("too long", -1), ("too short", 1))})
def wrong_length(world: World, role: str, change: int) -> None:
    """The file is longer or shorter than its length says."""
    repo = world.repo
    repo.lists_hashes = True
    repo.delegate("role")
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets")
    if role != "snapshot":
        entry(world, role).length += change
    repo.publish("snapshot")
    if role == "snapshot":
        entry(world, role).length += change
    repo.publish("timestamp")
    world.init()
    world.refuse("file.txt", saves=BEFORE[role])


@case({"sha256": ["sha256"], "sha384": ["sha384"], "sha512": ["sha512"],
       "two": ["sha256", "sha512"]})
def algorithms(world: World, names: list[str]) -> None:
    """Each algorithm of the specification is understood."""
    repo = world.repo
    repo.publish("targets")
    data = repo.latest["targets"]
    entry(world, "targets").hashes = {n: hashlib.new(n, data).hexdigest() for n in names}
    repo.publish("snapshot", "timestamp")
    world.start()


# TUF 1.0.34 §5.5.2, 5.6.2: every hash that is listed
@case()
def one_of_two_wrong(world: World) -> None:
    """Every digest that is listed must be right, not only one."""
    repo = world.repo
    repo.publish("targets")
    data = repo.latest["targets"]
    entry(world, "targets").hashes = {
        "sha256": hashlib.sha256(data).hexdigest(), "sha512": "00" * 64}
    repo.publish("snapshot", "timestamp")
    world.init()
    world.refuse(saves=("timestamp", "snapshot"))


@case(differs="python-tuf refuses what has a digest of an unknown algorithm")
def one_of_two_unknown(world: World) -> None:
    """A digest of an unknown algorithm beside one that is known and right."""
    repo = world.repo
    repo.publish("targets")
    data = repo.latest["targets"]
    entry(world, "targets").hashes = {
        "sha256": hashlib.sha256(data).hexdigest(), "sha-of-tomorrow": "00"}
    repo.publish("snapshot", "timestamp")
    world.start()


BAD = {
    "empty": {},
    "only an unknown algorithm": {"sha-of-tomorrow": "00" * 32},
    "upper case": {"sha256": "AB" * 32},
    "empty digest": {"sha256": ""},
    "digest cut short": {"sha256": "ab" * 16},
    "no text": {"sha256": 5},
    "a list": ["sha256"],
}


LATER = "python-tuf takes it, and cannot take any snapshot then"


# TUF 1.0.34 §4.4d: hashes are one or more digests
# attack: go-tuf #716: empty hashes
@case(BAD, differs={label: LATER for label in (
    "only an unknown algorithm", "upper case", "empty digest", "digest cut short")})
def unusable(world: World, hashes: object) -> None:
    """A timestamp that lists no usable digest where it lists digests (go-tuf #716)."""

    def change(signed: dict) -> None:
        signed["meta"]["snapshot.json"]["hashes"] = hashes

    world.init()
    world.repo.publish("timestamp")
    world.repo.forge("timestamp", change)
    world.refuse()


LENGTHS = {"0": 0, "-1": -1, "1.5": 1.5, "'900'": "900", "true": True}


@case(LENGTHS, differs={"0": LATER, "true": LATER})
def unusable_length(world: World, length: object) -> None:
    """A timestamp with a length of the snapshot that is none."""

    def change(signed: dict) -> None:
        signed["meta"]["snapshot.json"]["length"] = length

    world.init()
    world.repo.publish("timestamp")
    world.repo.forge("timestamp", change)
    world.refuse()
