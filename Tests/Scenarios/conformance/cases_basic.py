# SPDX-License-Identifier: Apache-2.0
"""The workflow of a refresh: what is asked for, what is saved, in which order."""

import json
from concurrent.futures import ThreadPoolExecutor

from client import Failure
from repository import Repository, days
from suite import Moment, World, case


# TUF 1.0.34 §5b, 5.3.3b, 5.4.1b: root, timestamp, snapshot, targets, in this order
# TUF 1.0.34 §5.5.1b, 5.6.1b: the last two by their versions
# protocol: requests, once, files, exit
@case()
def first_refresh(world: World) -> None:
    """A fresh client asks for four files, and keeps them byte for byte."""
    run = world.start()
    run.asked("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")
    world.trusts_only("root", "snapshot", "targets", "timestamp")


# TUF 1.0.34 §5.4.3.1b: the same timestamp is no error
# protocol: local, once
@case()
def nothing_new(world: World) -> None:
    """Valid local snapshot and targets are used without being asked for."""
    world.start()
    world.accept().asked("2.root.json", "timestamp.json")


# protocol: local
@case()
def only_timestamp_is_new(world: World) -> None:
    """A new timestamp for the same snapshot costs one file."""
    world.start()
    world.repo.publish("timestamp")
    world.accept().asked("2.root.json", "timestamp.json")


# protocol: local
@case()
def snapshot_is_new_but_targets_is_not(world: World) -> None:
    """A new snapshot that lists the same targets costs two files."""
    world.start()
    world.repo.publish("snapshot", "timestamp")
    world.accept().asked("2.root.json", "timestamp.json", "2.snapshot.json")


# TUF 1.0.34 §5.7.2: without metadata there is no such target
# protocol: as verified
@case()
def implicit_refresh(world: World) -> None:
    """A download refreshes first; that the artifact is unknown undoes nothing."""
    world.init()
    run = world.refuse("no such artifact", saves=("timestamp", "snapshot", "targets"))
    run.asked("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")


# protocol: slash
@case({"with": ("/",), "without": ("",)})
def trailing_slash(world: World, end: str) -> None:
    """Both URLs may or may not end in a slash."""
    world.repo.artifact("dir/file.txt", b"content")
    world.repo.publish("targets", "snapshot", "timestamp")
    world.client.metadata_url = world.server.metadata_url.rstrip("/") + end
    world.client.targets_url = world.server.targets_url.rstrip("/") + end
    world.start("dir/file.txt")
    world.has(b"content")


@case()
def options_after_the_command(world: World) -> None:
    """Options may stand on either side of the command."""
    world.repo.artifact("file.txt", b"content")
    world.repo.publish("targets", "snapshot", "timestamp")
    world.client.options_first = False
    world.start("file.txt")
    world.has(b"content")


WORDS = {
    "unknown option": ["refresh", "--no-such-option", "x"], "unknown command": ["renew"],
    "no metadata URL": ["refresh"], "no value": ["refresh", "--metadata-url"],
    "no root": ["init"], "no artifact": ["download", "--target-dir", "x"],
}


@case(WORDS)
def words_that_say_nothing(world: World, words: list[str]) -> None:
    """Even a command line that cannot be understood ends with exactly 1."""
    world.init()
    run = world.client.run(words, ["--metadata-dir", str(world.client.metadata)])
    world.expect(run, 1).asked()
    world.trusts_only("root")


UNSIGNED = {
    "root": ("root", []),
    "timestamp": ("timestamp", ["root"]),
    "snapshot": ("snapshot", ["root", "timestamp"]),
    "targets": ("targets", ["root", "timestamp", "snapshot"]),
}


# TUF 1.0.34 §5.3.4d, 5.4.2a, 5.5.3a, 5.6.3a: what is not signed is discarded
# protocol: as verified
@case(UNSIGNED)
def unsigned(world: World, role: str, saved: list[str]) -> None:
    """A role is not signed at all: those before it are saved, it and those after are not."""
    world.init()
    world.repo.signers[role].clear()
    world.repo.publish("root", "targets", "snapshot", "timestamp")
    world.refuse(saves=tuple(saved)).asked_last(world.repo.name(role).removeprefix("metadata/"))


# TUF 1.0.34 §5.3.5, 5.5.4, 5.6.4: the version is the one asked for
@case({role: values for role, values in UNSIGNED.items() if role != "timestamp"})
def other_version_than_asked_for(world: World, role: str, saved: list[str]) -> None:
    """The file at `2.ROLE.json` says it is version 3, and is signed so."""
    world.init()
    world.repo.publish("root", "targets", "snapshot")
    world.repo.forge(role, lambda signed: signed | {"version": 3})
    world.repo.publish("timestamp")
    world.refuse(saves=tuple(saved)).asked_last(f"2.{role}.json")


# TUF 1.0.34 §4.2.1c: _type is that of the role
# attack: go-tuf CVE-2026-23991: ill-typed _type
@case({
    "snapshot as timestamp": ("timestamp", "snapshot", ["root"]),
    "targets as snapshot": ("snapshot", "targets", ["root", "timestamp"]),
    "timestamp as targets": ("targets", "timestamp", ["root", "timestamp", "snapshot"]),
    "root as targets": ("targets", "root", ["root", "timestamp", "snapshot"]),
})
def other_type_than_asked_for(world: World, role: str, kind: str, saved: list[str]) -> None:
    """A file that fits in every other way, signatures included, says it is of another type."""
    world.init()
    world.repo.publish("root", "targets", "snapshot", "timestamp")
    world.repo.forge(role, lambda signed: signed | {"_type": kind})
    world.refuse(saves=tuple(saved)).asked_last(world.repo.name(role).removeprefix("metadata/"))


# TUF 1.0.34 §5.4.3.1b: the same version is discarded without an error
@case()
def same_timestamp_version_with_other_content(world: World) -> None:
    """A timestamp of the version that the client has replaces nothing, whatever it says."""
    world.start()
    world.repo.timestamp.snapshot_meta.version = 100
    world.repo.reissue("timestamp")
    world.accept(keeps=("timestamp",)).asked_last("timestamp.json")


# protocol: once, as verified
@case({
    "timestamp": ("timestamp", []),
    "snapshot": ("snapshot", ["timestamp"]),
    "targets": ("targets", ["timestamp", "snapshot"]),
})
def missing(world: World, role: str, saved: list[str]) -> None:
    """The server does not have the file that it ought to have; no second try is made."""
    world.start()
    world.repo.publish("targets", "snapshot", "timestamp")
    name = world.repo.name(role)
    del world.repo.files[name]
    world.refuse(saves=tuple(saved)).asked_last(name.removeprefix("metadata/"))


FORMS = {
    "a space at the end": (lambda text: text + b" ",),
    "line ends of another system": (lambda text: text.replace(b"\n", b"\r\n") + b"\r\n",),
    "indented and unsorted": (lambda text: json.dumps(
        dict(reversed(json.loads(text).items())), indent=7).encode(),),
    "compact": (lambda text: json.dumps(json.loads(text), separators=(",", ":")).encode(),),
    "escapes": (lambda text: text.replace(b'"version"', b'"\\u0076ersi\\u006Fn"'),),
}


# TUF 1.0.34 §4.2.1b: the canonical form is what is signed
# protocol: files
@case(FORMS)
def bytes_are_kept(world: World, form) -> None:
    """Metadata comes in whatever form; what is trusted is kept as it came."""
    for role in ("timestamp", "snapshot", "targets"):
        world.repo.put(role, form(world.repo.latest[role]))
    world.start()
    world.accept()


# TUF 1.0.34 §4a: members that nobody knows are signed like others
@case()
def unknown_members(world: World) -> None:
    """Members that TUF does not know are part of what is signed, at every level."""
    world.start()
    repo = world.repo
    signer = repo.add_key("root")
    signer.public_key.unrecognized_fields["x-key"] = {"b": [1, None, True], "a": "ä"}
    repo.root.unrecognized_fields["x-root"] = "value"
    repo.root.roles["root"].unrecognized_fields["x-role"] = ["value", {}]
    repo.timestamp.unrecognized_fields["x-timestamp"] = 1
    repo.targets.unrecognized_fields["x-targets"] = {"signed": {}, "signatures": []}
    repo.publish("root", "targets", "snapshot", "timestamp")
    world.accept()


@case({"a list": (["md5"],), "a string": ("md5",), "an object": ({"sha256": None},)})
def hash_algorithms_of_key_ids(world: World, value: object) -> None:
    """`keyid_hash_algorithms` of older tools means nothing and may be any JSON."""
    repo = world.repo
    repo.rotate("snapshot")
    repo.signers["snapshot"][0].public_key.unrecognized_fields["keyid_hash_algorithms"] = value
    repo.publish("root", "snapshot", "timestamp")
    world.start()


# TUF 1.0.34 §5.3.12, 5.5.1b, 5.6.1b, 5.7.3c: names without versions and digests
@case()
def without_consistent_snapshots(world: World) -> None:
    """Names carry neither versions nor digests; only root's has a version."""
    world.repo = Repository(consistent=False)
    world.repo.artifact("dir/file.txt", b"content")
    world.repo.delegate("role", paths=["dir/*"])
    world.repo.artifact("dir/other.txt", b"other content", "role")
    world.repo.publish("role", "targets", "snapshot", "timestamp")
    world.start("dir/file.txt", "dir/other.txt").asked(
        "2.root.json", "timestamp.json", "snapshot.json", "targets.json",
        "targets/dir/file.txt", "role.json", "targets/dir/other.txt")
    world.has(b"content", b"other content")


# TUF 1.0.34 §5.3.12: names are as the last root says
@case({"on": (False, True), "off": (True, False)})
def consistent_snapshots_are_turned(world: World, before: bool, after: bool) -> None:
    """A new root says that names carry versions from now on, or no more."""
    world.repo = Repository(consistent=before)
    world.start()
    world.repo.root.consistent_snapshot = after
    world.repo.publish("root", "targets", "snapshot", "timestamp")
    version = "2." if after else ""
    world.accept().asked("2.root.json", "3.root.json", "timestamp.json",
                         f"{version}snapshot.json", f"{version}targets.json")


# TUF 1.0.34 §5.3.1, 5.3.7, 5.3.9: every root between is downloaded, in order
@case()
def many_roots(world: World) -> None:
    """Forty new roots are taken one by one, and none is left out."""
    world.init()
    for _ in range(40):
        world.repo.rotate("targets")
        world.repo.publish("root")
    world.repo.publish("targets", "snapshot", "timestamp")
    world.accept().asked(
        *[f"{version}.root.json" for version in range(2, 43)],
        "timestamp.json", "2.snapshot.json", "2.targets.json")


@case({"now": None, "at another time": days(1)}, differs="python-tuf has no lock", always=False)
def at_the_same_time(world: World, at: Moment) -> None:
    """Six clients with one folder: each ends well, and nothing is asked for more than needed."""
    world.init()
    world.client.may_ask_again = True
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: world.client.refresh(at), range(6)))
    for run in runs:
        world.expect(run, 0)
    world.accept()
    asked = [path for _, path in world.server.log]
    if asked.count("metadata/1.snapshot.json") != 1:
        raise Failure(f"snapshot asked for {asked.count('metadata/1.snapshot.json')} times")


# TUF 1.0.34 §5.3.6: the expiry of a root on the way does not matter
@case()
def expired_root_on_the_way(world: World) -> None:
    """A root between the trusted and the newest one may be expired."""
    world.init()
    world.repo.root.expires = days(-20)
    world.repo.publish("root")
    world.repo.root.expires = days(20)
    world.repo.publish("root")
    world.accept()


SPEC_VERSIONS = {
    "1.0": True, "1.0.0": True, "1.0.34": True, "1.1.0": True, "1.999.3": True, "2.0.0": False,
    "0.9.0": False, "1": False, "": False, "one": False, "1.0.34-beta": False,
}


# TUF 1.0.34 §4.3a: any 1.x, nothing else
@case({text or "empty": (text, good) for text, good in SPEC_VERSIONS.items()})
def specification_version(world: World, text: str, good: bool) -> None:
    """Every 1.x is understood, nothing else is."""
    world.init()
    world.repo.forge("timestamp", lambda signed: signed | {"spec_version": text})
    if good:
        world.accept()
    else:
        world.refuse().asked_last("timestamp.json")


# TUF 1.0.34 §5a: a damaged file is in nobody's way
@case({
    "timestamp": ("timestamp", ["timestamp.json"]),
    "snapshot": ("snapshot", ["timestamp.json", "2.snapshot.json"]),
    "targets": ("targets", ["timestamp.json", "2.targets.json"]),
})
def local_file_is_damaged(world: World, role: str, asked: list[str]) -> None:
    """A local file that is cut short is asked for again: not trusted and not in the way."""
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start()
    damage(world, role)
    world.accept().asked("2.root.json", *asked)


def damage(world: World, role: str) -> None:
    file = world.client.metadata / f"{role}.json"
    file.write_bytes(file.read_bytes()[:100])
    world.trusts.add(file.read_bytes())


# TUF 1.0.34 §5.2a: without a good root nothing is asked for
@case()
def local_root_is_damaged(world: World) -> None:
    """Without a trusted root nothing is asked for."""
    world.start()
    damage(world, "root")
    world.refuse().asked()
