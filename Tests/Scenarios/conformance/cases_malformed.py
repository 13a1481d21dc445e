# SPDX-License-Identifier: Apache-2.0
"""Files that are not what they should be: refused, whatever they are, and never a crash."""

import json

from suite import World, case

BEFORE = {"root": (), "timestamp": (), "snapshot": ("timestamp",),
          "targets": ("timestamp", "snapshot")}

# Files that take the place of a role's; nobody signs them.
FILES = {
    "empty": b"", "a space": b" ", "null": b"null", "a number": b"5", "a text": b'"text"',
    "a list": b"[]", "an object": b"{}", "signed is a number": b'{"signed":5,"signatures":[]}',
    "signed is null": b'{"signed":null,"signatures":[]}',
    "signed is a list": b'{"signed":[],"signatures":[]}',
    "no signatures": b'{"signed":{}}', "signatures are an object": b'{"signed":{},"signatures":{}}',
    "signatures are null": b'{"signed":{},"signatures":null}',
    "a signature is null": b'{"signed":{},"signatures":[null]}',
    "a signature without an id": b'{"signed":{},"signatures":[{"sig":"00"}]}',
    "a signature that is a number": b'{"signed":{},"signatures":[{"keyid":"a","sig":5}]}',
    "no type": b'{"signed":{"version":1},"signatures":[]}',
    "a type that is a list": b'{"signed":{"_type":[]},"signatures":[]}',
    "a page": b"<!DOCTYPE html><html></html>", "zeros": b"\0" * 500, "noise": bytes(range(256)),
    "brackets": b"[" * 15_000, "objects": b'{"a":' * 3_000,
    "brackets, closed": b"[" * 7_000 + b"]" * 7_000,
}


# All of them as a timestamp, a few as each of the others.
# TUF 1.0.34 §4.1: what is no document is refused
# attack: go-tuf CVE-2026-23991, #749: null and arrays for objects
# attack: slow retrieval: 200 with a page
@case({f"{role}, {label}": (role, data)
       for role in BEFORE for number, (label, data) in enumerate(FILES.items())
       if role == "timestamp" or number % 4 == len(role) % 4})
def file(world: World, role: str, data: bytes) -> None:
    """No metadata at all, where a new version is expected."""
    world.start()
    world.repo.publish("root" if role == "root" else "targets", "snapshot", "timestamp")
    world.repo.files[world.repo.name(role)] = data
    world.refuse(saves=BEFORE[role]).asked_last(
        world.repo.name(role).removeprefix("metadata/"))


def inside(text: bytes, of: bytes = b'"version"'):
    """Puts text before a member of the signed part."""
    return lambda data: data.replace(of, text + of, 1)


# Changes of good bytes that leave a lenient reader with the same content, or nearly so.
BYTES = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "in UTF-16": lambda data: data.decode().encode("utf-16"),
    "more after the end": lambda data: data + b"{}",
    "a zero at the end": lambda data: data + b"\0",
    "a comment": inside(b"/* 1 */"),
    "a member twice": inside(b'"version": 1000,'),
    "a member twice, escaped": inside(b'"vers\\u0069on": 1000,'),
    "signed twice": lambda data: data.rstrip()[:-1] + b',"signed":{}}',
    "signatures twice": lambda data: data.rstrip()[:-1] + b',"signatures":[]}',
    "a comma at the end": lambda data: data.rstrip()[:-1] + b",}",
    "NaN": inside(b'"x": NaN,'),
    "Infinity": inside(b'"x": Infinity,'),
    "single quotes": lambda data: data.replace(b'"version"', b"'version'", 1),
    "invalid UTF-8": inside(b'"\xc3\x28": 1,'),
    "a surrogate": inside(b'"\\ud800": 1,'),
    "a control character": inside(b'"a\tb": 1,'),
    "an escape that is none": inside(b'"\\x41": 1,'),
    "deeply nested": inside(b'"x": ' + b"[" * 6_000 + b"]" * 6_000 + b","),
    "cut short": lambda data: data[: len(data) // 2],
}
SAME = "Python's JSON takes the last one, which is the one that is signed"


# TUF 1.0.34 §4.1: JSON that two readers may read in two ways
# TUF 1.0.34 §4.3g: a member twice is refused
@case(BYTES, differs={label: SAME for label in (
    "a member twice", "a member twice, escaped")})
def spoilt_bytes(world: World, spoil) -> None:
    """JSON that two readers may read in two ways, and what is no JSON at all."""
    world.start()
    world.repo.publish("timestamp")
    data = world.repo.latest["timestamp"]
    world.repo.put("timestamp", spoil(data))
    world.refuse().asked("2.root.json", "timestamp.json")


def numbered(text: str):
    """A version written in some way; the signature is over what it means."""
    return lambda data: data.replace(b'"version": 2', b'"version": ' + text.encode(), 1)


# TUF 1.0.34 §4.3b: an integer above 0, in plain digits
@case({text: numbered(text) for text in (
    "2.0", "2e0", "20e-1", "02", "+2", "0x2", "2 000", "true", '"2"', "[2]", "null", "0", "-2",
    "9223372036854775808", "1" + "0" * 400)})
def version(world: World, write) -> None:
    """A version is an integer above zero, in plain digits."""
    world.start()
    world.repo.publish("timestamp")
    text = json.dumps(json.loads(world.repo.latest["timestamp"])).encode()
    world.repo.put("timestamp", write(text))
    world.refuse().asked("2.root.json", "timestamp.json")


def without(*path: str):
    def change(signed: dict) -> None:
        for name in path[:-1]:
            signed = signed[name]
        del signed[path[-1]]

    return change


def put(value: object, *path: str):
    def change(signed: dict) -> None:
        for name in path[:-1]:
            signed = signed[name]
        signed[path[-1]] = value

    return change


ANYTHING = {"null": None, "a number": 5, "a text": "text", "a list": [], "an object": {}}


def wrongly_typed(role: str, *path: str, right: str) -> dict:
    return {f"{role}: {'/'.join(path)} is {label}": (role, put(value, *path))
            for label, value in ANYTHING.items() if label != right}


SIGNED = {
    **{f"{role}: no {member}": (role, without(member))
       for role, members in {
           "root": ("_type", "spec_version", "version", "expires", "keys", "roles"),
           "timestamp": ("_type", "spec_version", "version", "expires", "meta"),
           "snapshot": ("_type", "spec_version", "version", "expires", "meta"),
           "targets": ("_type", "spec_version", "version", "expires", "targets")}.items()
       for member in members},
    **{f"root: no role {role}": ("root", without("roles", role)) for role in BEFORE},
    **wrongly_typed("root", "keys", right="an object"),
    **wrongly_typed("root", "roles", right="an object"),
    **wrongly_typed("root", "roles", "targets", right=""),
    **wrongly_typed("root", "roles", "targets", "keyids", right="a list"),
    **wrongly_typed("root", "consistent_snapshot", right=""),
    **wrongly_typed("timestamp", "meta", right=""),
    **wrongly_typed("timestamp", "meta", "snapshot.json", right=""),
    **wrongly_typed("timestamp", "meta", "snapshot.json", "version", right="a number"),
    **wrongly_typed("snapshot", "meta", right=""),
    **wrongly_typed("snapshot", "meta", "targets.json", right=""),
    **wrongly_typed("snapshot", "meta", "other.json", right=""),
    **wrongly_typed("targets", "targets", right="an object"),
    **wrongly_typed("targets", "delegations", right=""),
    "timestamp: no snapshot": ("timestamp", without("meta", "snapshot.json")),
    "snapshot: version 0": ("snapshot", put({"version": 0}, "meta", "other.json")),
    "targets: length -1": ("targets", put(
        {"f": {"length": -1, "hashes": {"sha256": "00" * 32}}}, "targets")),
    "targets: length 1.5": ("targets", put(
        {"f": {"length": 1.5, "hashes": {"sha256": "00" * 32}}}, "targets")),
    "targets: no length": ("targets", put({"f": {"hashes": {"sha256": "00" * 32}}}, "targets")),
    "targets: no hashes": ("targets", put({"f": {"length": 1}}, "targets")),
    "targets: empty hashes": ("targets", put({"f": {"length": 1, "hashes": {}}}, "targets")),
    "targets: a file is null": ("targets", put({"f": None}, "targets")),
}


NAMES = "python-tuf takes an object for the list of its names"
TRUTH = "python-tuf takes what Python takes for true or false"


# TUF 1.0.34 §4.2.1c, 4.3e, 4.4a, 4.4e, 4.6: members that must be there are there
# attack: go-tuf CVE-2026-23991, #749: missing _type, ill-typed _type
@case(SIGNED, differs={
    "root: roles/targets/keyids is an object": NAMES,
    **{f"root: consistent_snapshot is {label}": TRUTH for label in ANYTHING if label != "null"}})
def signed_part(world: World, role: str, change) -> None:
    """Members that are missing or of another kind, all of it well signed (go-tuf #749)."""
    world.start()
    world.repo.publish("root" if role == "root" else "targets", "snapshot", "timestamp")
    world.repo.forge(role, change)
    if role == "snapshot":
        world.repo.reissue("timestamp")
    world.refuse(saves=BEFORE[role]).asked_last(
        world.repo.name(role).removeprefix("metadata/"))


# TUF 1.0.34 §4.6: other entries are passed over
@case(differs="python-tuf forgets what else a timestamp lists, and with it what was signed")
def meta_of_a_stranger_in_the_timestamp(world: World) -> None:
    """A timestamp may list more than the snapshot; nothing comes of it."""
    world.start()
    world.repo.publish("timestamp")
    world.repo.forge("timestamp", put({"version": 7}, "meta", "stranger.json"))
    world.accept().asked("2.root.json", "timestamp.json")


@case()
def large_numbers(world: World) -> None:
    """Versions up to 2^53 and lengths of many gigabytes are numbers like others."""
    repo = world.repo
    repo.timestamp.version = (1 << 53) - 1
    repo.reissue("timestamp")
    repo.artifact("small", b"1")
    repo.artifact("huge", b"2").length = 1 << 50
    repo.contents.remove(b"2")
    repo.publish("targets", "snapshot")
    repo.reissue("timestamp")
    world.start("small")
    world.refuse("huge")
