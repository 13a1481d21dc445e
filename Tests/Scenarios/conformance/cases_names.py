# SPDX-License-Identifier: Apache-2.0
"""Names of roles and artifacts: in URLs, in file names, and never as a way out of a folder."""

from urllib.parse import quote

from client import Failure
from suite import World, case

ROLES = ["?", "#", "/delegatedrole", "../delegatedrole", "a/b/../../c", "..", ".", "a b", "%2F",
         "%2e%2e%2f", "100%", "a+b", "a&b=c;d", "Überrolle", "役割", "~tilde_dot.dash-", "a.json",
         "role.", "-rf", "a:b", "a*b", "'\"", "A", "C:\\role"]


def outside(world: World) -> list[str]:
    """What is in the client's parent folder, apart from what belongs there."""
    known = {"metadata", "artifacts", "initial_root.json"}
    return sorted(file.name for file in world.folder.iterdir() if file.name not in known)


# attack: python-tuf CVE-2021-41131, tough CVE-2021-41149: a role named ../../x is one file
@case({name: name for name in ROLES})
def role(world: World, name: str) -> None:
    """A delegated role's name is encoded in the URL and in the file name."""
    repo = world.repo
    repo.delegate(name)
    repo.artifact("file.txt", b"content", name)
    repo.publish(name, "targets", "snapshot", "timestamp")
    target = repo.signed[name].targets["file.txt"]
    world.start("file.txt").asked(
        "2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
        f"1.{quote(name, '')}.json", f"targets/{target.hashes['sha256']}.file.txt")
    world.trusts_only("root", "timestamp", "snapshot", "targets", quote(name, ""))
    if outside(world):
        raise Failure(f"outside of the client's folders: {outside(world)}")
    world.accept("file.txt").asked("2.root.json", "timestamp.json")


@case()
def roles_that_differ_in_case_and_form(world: World) -> None:
    """`a` and `A`, one letter composed in two ways: different roles with different files."""
    repo = world.repo
    names = ["a", "A", "\u00e9", "e\u0301"]
    for name in names:
        repo.delegate(name, paths=[f"{name}-*"])
        repo.artifact(f"{name}-file", f"of {name}".encode(), name)
    repo.publish(*names, "targets", "snapshot", "timestamp")
    world.start(*[f"{name}-file" for name in names])
    world.has(*[f"of {name}".encode() for name in names])


RESERVED = ["root", "timestamp", "snapshot", "targets", "1.root", "2.timestamp", "1.2.targets"]


# attack: python-tuf GHSA-77hh: a delegated role named root, 1.root
@case({name: name for name in RESERVED}, differs={
    name: "python-tuf reserves only the four names themselves" for name in RESERVED[4:]})
def role_named_as_a_top_level_role(world: World, name: str) -> None:
    """A delegation to a role of such a name spoils its parent (python-tuf GHSA-77hh)."""
    repo = world.repo
    repo.delegate("role")
    repo.publish("role", "targets")

    def rename(signed: dict) -> None:
        signed["delegations"]["roles"][0]["name"] = name

    repo.forge("targets", rename)
    repo.snapshot.meta.setdefault(f"{name}.json", repo.snapshot.meta["role.json"])
    repo.publish("snapshot", "timestamp")
    repo.files[f"metadata/1.{name}.json"] = repo.latest["role"]
    world.init()
    world.refuse("file.txt", saves=("timestamp", "snapshot")).asked_last("2.targets.json")


@case({"long": "x" * 500, "long when encoded": "ü" * 120, "empty": ""}, differs={
    "long": "python-tuf saves the parent, and fails when it saves the role",
    "long when encoded": "python-tuf saves the parent, and fails when it saves the role"})
def role_that_fits_no_file_name(world: World, name: str) -> None:
    """A role's name that no file could have spoils its parent."""
    repo = world.repo
    repo.delegate("role")
    repo.publish("role", "targets", "snapshot", "timestamp")

    def rename(signed: dict) -> None:
        signed["delegations"]["roles"][0]["name"] = name

    repo.forge("targets", rename)
    world.init()
    world.refuse("file.txt", saves=("timestamp", "snapshot")).asked_last("2.targets.json")


PATHS = ["a b.txt", "dir/sub/file.txt", "ü/ñ.txt", "100%.txt", "%41.txt", "a%2Fb", "q?x=1",
         "part#1", "a+b", "a&b;c", "-rf", "~/.profile", ".hidden", "dir/.hidden", "a:b",
         "..a/b..", "...", "x" * 190, "/".join(["deep"] * 100), "ü" * 90, "a*b", "'\""]
PLAIN = "python-tuf does not encode target paths in URLs"
ENCODED = {"100%.txt", "%41.txt", "a%2Fb", "q?x=1", "part#1", "a+b", "a&b;c", "a:b", "a*b", "'\""}


# TUF 1.0.34 §5.7.3c, 5.7.3d: encoded in the URL, stored under its own name
@case({(path if len(path) < 30 else f"{path[:8]}, {len(path)} characters"): path
       for path in PATHS}, differs={
    **{path: PLAIN for path in ENCODED},
    **{f"{'/'.join(['deep'] * 100)[:8]}, 499 characters": "python-tuf names files by long paths",
       f"{'ü' * 8}, 90 characters": "python-tuf names files by long paths"}})
def artifact(world: World, path: str) -> None:
    """An artifact's path is encoded segment by segment in the URL; its file is found again."""
    world.repo.artifact(path, b"content")
    world.repo.publish("targets", "snapshot", "timestamp")
    run = world.start(path)
    name = world.repo.artifact_names(world.repo.targets.targets[path])[0]
    run.asked("2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", name)
    world.has(b"content")
    if outside(world):
        raise Failure(f"outside of the client's folders: {outside(world)}")
    world.accept(path).asked("2.root.json", "timestamp.json")


@case(differs=PLAIN)
def artifacts_with_similar_paths(world: World) -> None:
    """Paths that encode, fold or compose to each other are different artifacts."""
    paths = ["a/b", "a%2Fb", "A/B", "a%2fb", "é", "e\u0301", ".a", "%2Ea", "x" * 170]
    for path in paths:
        world.repo.artifact(path, path.encode())
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start(*paths)
    world.has(*[path.encode() for path in paths])


UNSAFE = ["../escaped", "a/../../escaped", "a/../b", "/tmp/conformance-escaped", "//host/share",
          "a//b", "a/", "./a", "a/./b", "..", ".", "a\\b", "..\\escaped", "C:\\escaped", "a\nb",
          "a\x7fb"]


# TUF 1.0.34 §4.5b: a path that leaves its folder is no target's
# attack: python-tuf CVE-2021-41131: a target named ../escaped, a/../b or absolute
@case({repr(path)[1:-1]: path for path in UNSAFE},
      differs="python-tuf takes any path: it never makes folders of it")
def unsafe_artifact(world: World, path: str) -> None:
    """A path that leaves its folder, or means two things, is no artifact's, though it is signed."""
    world.repo.artifact(path, b"content")
    world.repo.artifact("good.txt", b"good")
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start("good.txt")
    run = world.refuse(path)
    run.asked("2.root.json", "timestamp.json")
    if outside(world):
        raise Failure(f"outside of the client's folders: {outside(world)}")


@case()
def empty_path(world: World) -> None:
    """The empty path names nothing."""
    world.start()
    world.refuse("").asked("2.root.json", "timestamp.json")


# Links that somebody else put in the client's folders.

@case({"a file": True, "nothing": False}, differs="python-tuf writes through symbolic links")
def link_in_place_of_an_artifact(world: World, exists: bool) -> None:
    """The artifact's place is a link that leads elsewhere: nothing is written there."""
    world.repo.artifact("file.txt", b"content")
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start("file.txt")
    place = next(world.client.artifacts.iterdir())
    place.unlink()
    victim = world.folder / "victim"
    if exists:
        victim.write_bytes(b"precious")
    place.symlink_to(victim)
    world.expect_without_looking(world.client.download("file.txt"), 1)
    if exists != victim.exists() or (exists and victim.read_bytes() != b"precious"):
        raise Failure("written through a link")


# attack: tough CVE-2026-6968: a link in place of a metadata file
@case({role: role for role in ("root", "timestamp", "snapshot", "targets")})
def link_in_place_of_metadata(world: World, role: str) -> None:
    """A trusted file is a link that leads elsewhere: an update replaces the link only."""
    world.start()
    victim = world.folder / "victim"
    place = world.client.metadata / f"{role}.json"
    victim.write_bytes(place.read_bytes())
    place.unlink()
    place.symlink_to(victim)
    old = victim.read_bytes()
    world.repo.publish("root", "targets", "snapshot", "timestamp")
    world.accept()
    if victim.read_bytes() != old:
        raise Failure("written through a link")
