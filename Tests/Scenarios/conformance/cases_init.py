# SPDX-License-Identifier: Apache-2.0
"""The first root: checked before it is trusted, and nothing is left of what was trusted before."""

import json
from pathlib import Path

from client import Failure
from repository import Repository
from suite import World, case

VECTORS = Path(__file__).resolve().parents[3] / "Fixtures" / "Vectors" / "TUFMetadata"


def edited(root: bytes, change) -> bytes:
    whole = json.loads(root)
    change(whole)
    return json.dumps(whole).encode()


def with_signature_of_another_root(whole: dict) -> None:
    whole["signatures"][0]["sig"] = json.loads(Repository().first_root)["signatures"][0]["sig"]


BAD_ROOTS = {
    "no version": (lambda root: edited(root, lambda whole: whole["signed"].pop("version")),),
    "no signature": (lambda root: edited(root, lambda whole: whole["signatures"].clear()),),
    "signature of another root": (lambda root: edited(root, with_signature_of_another_root),),
    "signature twice": (lambda root: edited(
        root, lambda whole: whole["signatures"].append(whole["signatures"][0])),),
    "changed after signing": (lambda root: root.replace(b'"version": 1', b'"version": 2'),),
    "a page": (lambda root: b"<html>not found</html>",),
    "empty": (lambda root: b"",),
    "cut short": (lambda root: root[:-20],),
    "more after the end": (lambda root: root + b"{}",),
}


# TUF 1.0.34 §5.2a: the trusted root verifies itself
# protocol: init, exit
@case(BAD_ROOTS)
def bad_root(world: World, spoil) -> None:
    """A first root that its own keys do not sign is refused; no folder comes into being."""
    world.client.metadata.rmdir()
    root = spoil(world.repo.first_root)
    if root == world.repo.first_root:
        raise Failure("the case spoils nothing")
    world.expect(world.client.init(root), 1)
    if world.client.metadata.exists() and world.client.trusted():
        raise Failure(f"left behind: {list(world.client.trusted())}")
    world.refuse().asked()


# TUF 1.0.34 §5.2a: a bad root is used for no request
@case(BAD_ROOTS)
def bad_root_put_in_place(world: World, spoil) -> None:
    """A bad root that got into the folder in some other way is not used for any request."""
    root = spoil(world.repo.first_root)
    world.trusts.add(root)
    (world.client.metadata / "root.json").write_bytes(root)
    world.refuse().asked()


@case({role: role for role in ("timestamp", "snapshot", "targets")})
def another_role(world: World, role: str) -> None:
    """Metadata of another role, well signed, is no root."""
    world.expect(world.client.init(world.repo.latest[role]), 1)
    world.trusts_only()


# protocol: init
@case()
def makes_no_request(world: World) -> None:
    """Trusting a root does not touch the network, and makes the folder if need be."""
    world.client.metadata.rmdir()
    world.init()
    world.trusts_only("root")
    if world.server.log:
        raise Failure(f"requests {world.server.log}")


@case()
def no_root_file(world: World) -> None:
    """A root file that is not there."""
    run = world.client.run(
        ["init", str(world.folder / "nowhere.json")],
        ["--metadata-dir", str(world.client.metadata)])
    world.expect(run, 1)
    world.trusts_only()


@case()
def refused_root_leaves_the_trusted_one(world: World) -> None:
    """A second root that is refused changes nothing of what is trusted."""
    world.start()
    before = world.client.trusted()
    world.expect(world.client.init(BAD_ROOTS["no signature"][0](world.repo.first_root)), 1)
    if world.client.trusted() != before:
        raise Failure("trusted metadata changed")


@case(differs="python-tuf's suite client puts the root in place and leaves the rest")
def another_repository(world: World) -> None:
    """A new root replaces all that was trusted, delegated roles too; other files stay."""
    world.repo.delegate("a/b")
    world.repo.publish("a/b", "targets", "snapshot", "timestamp")
    world.init()
    world.accept()
    world.refuse("nothing", saves=("a%2Fb",))
    settings = world.client.metadata / "settings.json"
    settings.write_text('{"signed": "no"}')
    (world.client.metadata / "snapshot.json").write_bytes(b"damaged")
    other = Repository()
    world.trusts |= {other.first_root, settings.read_bytes()}
    world.expect(world.client.init(other.first_root), 0)
    world.trusts_only("root", "settings")
    settings.unlink()
    world.repo.files.clear()
    world.repo.files.update(other.files)
    world.repo.latest = other.latest
    world.accept()


# TUF 1.0.34 §5.2a: without a root nothing is asked for
@case()
def refresh_without_a_root(world: World) -> None:
    """Without a first root nothing is asked for, and no folder comes into being."""
    world.client.metadata.rmdir()
    world.refuse().asked()


# TUF 1.0.34 §4.3f: ids that are not the hash of their keys serve
@case({
    "sigstore": "sigstore-prod-tuf-root.json",
    "sigstore, version 3": "sigstore-3.root.json",
    "GitHub": "github-tuf-root.json",
}, differs={"sigstore, version 3": "python-tuf no longer reads the keys of that time"})
def real_root(world: World, file: str) -> None:
    """Roots of real repositories are trusted and are the start of a refresh."""
    root = (VECTORS / file).read_bytes()
    world.init(root)
    version = json.loads(root)["signed"]["version"]
    world.repo.files.clear()
    run = world.refuse(at="2022-01-01 00:00:00" if version == 3 else None)
    run.asked(f"{version + 1}.root.json", *run.requests[1:])
