# SPDX-License-Identifier: Apache-2.0
"""Artifacts: only verified ones are there, one file each, and none is asked for in vain."""

import os

import server
from client import Failure
from suite import World, case

FILE, CONTENT = "dir/file.txt", b"the content of the artifact\n"


def offering(world: World, **more: bytes) -> None:
    repo = world.repo
    repo.artifact(FILE, CONTENT)
    for path, content in more.items():
        repo.artifact(path, content)
    repo.publish("targets", "snapshot", "timestamp")


def replace(world: World, path: str, content: bytes) -> None:
    """The server has something else in the place of an artifact."""
    for name in world.repo.artifact_names(world.repo.targets.targets[path]):
        world.repo.files[name] = content


# protocol: artifacts
@case()
def after_a_refresh(world: World) -> None:
    """A refresh downloads no artifact; a download gets one."""
    offering(world)
    world.start()
    world.has()
    world.accept(FILE)
    world.has(CONTENT)


# protocol: once, same file
@case()
def twice(world: World) -> None:
    """What is there already is not asked for again, and not touched."""
    offering(world)
    world.start(FILE)
    file = next(world.client.artifacts.rglob("*"))
    before = file.stat()
    world.accept(FILE).asked("2.root.json", "timestamp.json")
    after = file.stat()
    if (before.st_ino, before.st_mtime_ns) != (after.st_ino, after.st_mtime_ns):
        raise Failure("the file was written again")


# TUF 1.0.34 §5.7.1: the file at hand is checked too
@case({"changed": CONTENT.swapcase(), "longer": CONTENT + b" ", "shorter": CONTENT[:-1],
       "empty": b""})
def own_file_is_spoilt(world: World, found: bytes) -> None:
    """A file that is not the artifact any more is replaced."""
    offering(world)
    world.start(FILE)
    file = next(world.client.artifacts.rglob("*"))
    file.write_bytes(found)
    world.accept(FILE).asked(
        "2.root.json", "timestamp.json",
        *world.repo.artifact_names(world.repo.targets.targets[FILE]))
    world.has(CONTENT)


@case()
def spoilt_file_stays_if_it_cannot_be_replaced(world: World) -> None:
    """The server has no good one either: the command fails."""
    offering(world)
    world.start(FILE)
    file = next(world.client.artifacts.rglob("*"))
    file.write_bytes(CONTENT.swapcase())
    world.repo.contents.add(CONTENT.swapcase())
    replace(world, FILE, CONTENT.title())
    world.refuse(FILE)


WRONG = {
    "other": CONTENT.swapcase(), "longer": CONTENT + b"more", "much longer": CONTENT * 100_000,
    "shorter": CONTENT[:-1], "empty": b"",
}


# TUF 1.0.34 §5.7.1, 5.7.3a, 5.7.3b: length and hashes are those of the metadata
# attack: endless data: a target file that is much longer
# protocol: artifacts
@case(WRONG)
def wrong_content(world: World, served: bytes) -> None:
    """The server has something else: nothing is kept, whether or not the artifact was there."""
    offering(world, other=b"other")
    replace(world, FILE, served)
    world.start("other")
    run = world.refuse(FILE)
    run.asked_last(world.repo.artifact_names(world.repo.targets.targets[FILE])[0])
    world.has(b"other")


# TUF 1.0.34 §5.7.3d: stored under its own name, whatever the digest
# protocol: same file
@case()
def new_content(world: World) -> None:
    """A path whose content changes keeps its file name, and the old content is gone."""
    offering(world)
    world.start(FILE)
    names = list(world.client.downloaded())
    for number in range(5):
        content = f"content {number}\n".encode()
        world.repo.artifact(FILE, content)
        world.repo.artifact(f"new-{number}", b"new")
        world.repo.publish("targets", "snapshot", "timestamp")
        world.accept(FILE)
        world.has(content)
        replace(world, FILE, b"malicious")
        world.repo.publish("timestamp")
        world.accept(FILE)
        world.has(content)
    if list(world.client.downloaded()) != names:
        raise Failure(f"{list(world.client.downloaded())} found, {names} expected")


# TUF 1.0.34 §5.7.2: what no role lists is not to be had
@case()
def artifact_is_withdrawn(world: World) -> None:
    """What no role lists any more cannot be had, even if its file is there."""
    offering(world)
    world.start(FILE)
    world.repo.targets.targets.clear()
    world.repo.publish("targets", "snapshot", "timestamp")
    world.refuse(FILE, saves=("timestamp", "snapshot", "targets")).asked_last("3.targets.json")


@case()
def missing(world: World) -> None:
    """The server does not have an artifact that is listed."""
    offering(world)
    for name in world.repo.artifact_names(world.repo.targets.targets[FILE]):
        del world.repo.files[name]
    world.start()
    world.refuse(FILE)


# protocol: several, once
@case()
def several(world: World) -> None:
    """Several artifacts are one run: one refresh, and one request for each, in order."""
    offering(world, b=b"2", a=b"1", c=b"3")
    names = [world.repo.artifact_names(world.repo.targets.targets[path])[0] for path in "bac"]
    world.start("b", "a", "c", "a").asked(
        "2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", *names)
    world.has(b"1", b"2", b"3")


# protocol: several, artifacts
@case({"unknown": "nowhere", "withheld": "withheld", "wrong": "wrong"})
def first_failure_ends_it(world: World, second: str) -> None:
    """The artifacts before the one that fails stay; those after it are not asked for."""
    offering(world, a=b"1", withheld=b"2", wrong=b"3", c=b"4")
    for name in world.repo.artifact_names(world.repo.targets.targets["withheld"]):
        del world.repo.files[name]
    replace(world, "wrong", b"malicious")
    world.init()
    world.refuse("a", second, "c", saves=("timestamp", "snapshot", "targets"), gets=(b"1",))


@case({"empty": b"", "of a byte": b"x", "of three million": os.urandom(3_000_000)})
def size(world: World, content: bytes) -> None:
    """Artifacts of any size, none included."""
    world.repo.artifact("file", content)
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start("file")
    world.has(content)
    world.accept("file").asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5.7.3c: one of its digests in the name
@case({"sha256": ("sha256",), "sha384": ("sha384",), "sha512": ("sha512",),
       "two": ("sha256", "sha512"), "two in another order": ("sha512", "sha256"),
       "all": ("sha512", "sha384", "sha256")})
def algorithms(world: World, *hashes: str) -> None:
    """Any of the digests may stand in the file's name; all of them must be right."""
    target = world.repo.artifact(FILE, CONTENT, hashes=hashes)
    world.repo.publish("targets", "snapshot", "timestamp")
    run = world.start(FILE)
    world.has(CONTENT)
    if run.requests[4:] not in [[name] for name in world.repo.artifact_names(target)]:
        raise Failure(f"requests {run.requests[4:]}")
    world.accept(FILE).asked("2.root.json", "timestamp.json")


# TUF 1.0.34 §5.7.3b: all digests that are listed
@case()
def one_digest_of_two_wrong(world: World) -> None:
    """One digest is that of the content, the other is not."""
    target = world.repo.artifact(FILE, CONTENT, hashes=("sha256", "sha512"))
    target.hashes["sha512"] = "ab" * 64
    world.repo.publish("targets", "snapshot", "timestamp")
    for digest in target.hashes.values():
        world.repo.files[f"targets/dir/{digest}.file.txt"] = CONTENT
    world.start()
    world.refuse(FILE)


@case()
def only_an_unknown_digest(world: World) -> None:
    """An artifact that cannot be checked is not taken, however it is asked for."""
    target = world.repo.artifact(FILE, CONTENT)
    digest = target.hashes.pop("sha256")
    target.hashes["sha-of-tomorrow"] = digest
    world.repo.publish("targets", "snapshot", "timestamp")
    world.init()
    world.expect(world.client.download(FILE), 1)
    world.has()


# TUF 1.0.34 §4.5a: custom may be any object
@case()
def custom_data(world: World) -> None:
    """Custom data of an artifact may be any object."""
    target = world.repo.artifact(FILE, CONTENT)
    target.unrecognized_fields["custom"] = {"sigstore": {"usage": "Unknown"}, "list": [None, 1]}
    world.repo.publish("targets", "snapshot", "timestamp")
    world.start(FILE)


@case()
def folder_is_made(world: World) -> None:
    """The folder for artifacts need not be there; if nothing comes of it, it is not left."""
    offering(world)
    world.client.artifacts.rmdir()
    world.start()
    world.client.artifacts = world.client.artifacts / "not" / "there"
    world.refuse("nowhere")
    if world.client.artifacts.parent.exists():
        raise Failure("a folder was made for nothing")
    world.accept(FILE)
    world.has(CONTENT)


@case({"the artifact": True, "a role": False})
def killed(world: World, in_artifact: bool) -> None:
    """The client is killed in the middle of a file: nothing of it is left, the next run works."""
    repo = world.repo
    offering(world)
    world.start()
    path = repo.artifact_names(repo.targets.targets[FILE])[0]
    if not in_artifact:
        repo.publish("targets", "snapshot", "timestamp")
        path = repo.name("targets")
    world.server.answers[path] = server.dripping(repo.files[path][:-1] + b" ", 0.05)
    world.client.download_killed_at(path, FILE)
    world.has()
    world.check_folders()
    world.server.answers.clear()
    world.accept(FILE)
    world.has(CONTENT)


@case({"a file": True, "a folder in the artifact's place": False})
def folder_is_none(world: World, is_file: bool) -> None:
    """Something else is where the folder or the artifact should be: it is left as it is."""
    offering(world)
    world.start(FILE)
    place = next(world.client.artifacts.iterdir())
    if is_file:
        place.unlink()
        world.client.artifacts.rmdir()
        place = world.client.artifacts
        place.write_bytes(b"precious")
        world.client.artifacts = world.client.folder / "none"
        world.expect_without_looking(world.client.run(["download"], [
            *world.client.places(), "--target-name", FILE, "--target-dir", str(place),
            "--target-base-url", world.client.targets_url]), 1)
        if place.read_bytes() != b"precious":
            raise Failure("a file was overwritten")
        return
    place.unlink()
    (place / "inside").mkdir(parents=True)
    world.expect_without_looking(world.client.download(FILE), 1)
    if not (place / "inside").is_dir():
        raise Failure("a folder was replaced")
