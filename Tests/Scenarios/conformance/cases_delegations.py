# SPDX-License-Identifier: Apache-2.0
"""Delegated roles: which of them are good, how many there may be, and bins by hash."""

import hashlib

from cases_search import TOP, build
from client import Failure
from repository import days
from suite import World, case


# TUF 1.0.34 §5.6.3c: each parent's own keys
@case(differs="python-tuf asks for the role a second time")
def two_parents_with_different_keys(world: World) -> None:
    """A role that parent A's key signed is good by way of A only, in one run and after."""
    repo = world.repo
    for parent in "ab":
        repo.delegate(f"parent-{parent}", paths=[f"team-{parent}/*"])
        repo.delegate("release", f"parent-{parent}", paths=[f"team-{parent}/*"])
    repo.signers["release"].pop()
    repo.artifact("team-a/file", b"trusted", "release")
    repo.artifact("team-b/file", b"malicious", "release")
    repo.contents.remove(b"malicious")
    repo.publish("release", "parent-a", "parent-b", "targets", "snapshot", "timestamp")
    world.init()
    world.refuse("team-a/file", "team-b/file", gets=(b"trusted",),
                 saves=(*TOP, "parent-a", "parent-b", "release"))
    world.expect(world.client.download("team-b/file"), 1)
    world.has(b"trusted")
    world.accept("team-a/file")


# TUF 1.0.34 §4.4a, 5.6.7b: what is not listed is not to be had
@case()
def not_in_the_snapshot(world: World) -> None:
    """A role that the snapshot does not list is not asked for."""
    repo = world.repo
    repo.delegate("role")
    repo.publish("role", "targets")
    del repo.snapshot.meta["role.json"]
    repo.publish("snapshot", "timestamp")
    world.start()
    world.refuse("file.txt").asked("2.root.json", "timestamp.json")


BAD_ROLES = {
    "unsigned": lambda repo: repo.signers["role"].clear(),
    "signed by a stranger": lambda repo: repo.signers.update(role=repo.signers["targets"]),
    "expired": lambda repo: setattr(repo.signed["role"], "expires", days(-1)),
}


# TUF 1.0.34 §5.6.3c, 5.6.5, 5.6.7b: a role that does not verify ends the search
# attack: tough CVE-2026-6967: a delegated role is expired
@case(BAD_ROLES)
def bad_role_ends_the_search(world: World, spoil) -> None:
    """A role that does not verify ends the search: a later one is not asked instead of it."""
    repo = world.repo
    repo.delegate("role")
    repo.delegate("later")
    repo.artifact("file.txt", b"of later", "later")
    spoil(repo)
    repo.publish("role", "later", "targets", "snapshot", "timestamp")
    world.init()
    world.refuse("file.txt", saves=TOP).asked_last("1.role.json")


# TUF 1.0.34 §5.6.1b: asked for by the version that the snapshot lists
@case()
def role_is_updated(world: World) -> None:
    """A delegated role is asked for again when the snapshot lists a newer one, not before."""
    repo = world.repo
    repo.delegate("role")
    repo.artifact("one", b"1", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.start("one")
    repo.artifact("two", b"2", "role")
    repo.publish("role", "snapshot", "timestamp")
    run = world.accept("two")
    run.asked("2.root.json", "timestamp.json", "3.snapshot.json", "2.role.json",
              run.requests[-1])
    world.has(b"1", b"2")


# TUF 1.0.34 §5.6.3c: the keys that the delegation gives now
@case()
def role_gets_other_keys(world: World) -> None:
    """Parent gives a role another key: the client's own file of it is worth nothing then."""
    repo = world.repo
    repo.delegate("role")
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    world.start("file.txt")
    repo.targets.delegations.roles["role"].keyids.clear()
    repo.add_key("role", by="targets")
    repo.publish("targets", "snapshot", "timestamp")
    world.refuse("file.txt", saves=TOP).asked_last("1.role.json")


# Many and deep.

# TUF 1.0.34 §5.6.7.1b: a number of roles at most
# attack: tough cyclic delegations: forty deep
@case()
def deeper_than_anybody_needs(world: World) -> None:
    """Forty roles below each other: the search ends at its limit, and says so in time."""
    build(world, [("targets" if n == 0 else f"r{n - 1}", f"r{n}") for n in range(40)])
    world.init()
    run = world.expect(world.client.download("missing"), 1)
    if len(run.requests) > 4 + 33:
        raise Failure(f"{len(run.requests)} requests")


# TUF 1.0.34 §5.6.7.1b: a number of roles at most
# attack: tough cyclic delegations: 10,000 wide
@case({"all cover the path": True, "one covers it": False})
def wide(world: World, all_cover: bool) -> None:
    """Ten thousand roles beside each other: found at once, or given up at the limit."""
    repo = world.repo
    repo.delegate("r0", paths=["file.txt"])
    repo.artifact("file.txt", b"content", "r0")
    repo.publish("r0", "targets", "snapshot", "timestamp")

    def widen(signed: dict) -> None:
        (role,) = signed["delegations"]["roles"]
        others = [role | {"name": f"x{n}", "paths": ["*" if all_cover else f"x{n}/*"]}
                  for n in range(10_000)]
        signed["delegations"]["roles"] = others + [role]

    def name_all(signed: dict) -> None:
        signed["meta"] |= {f"x{n}.json": {"version": 1} for n in range(10_000)}

    repo.forge("targets", widen)
    repo.forge("snapshot", name_all)
    for n in range(50):
        repo.files[f"metadata/1.x{n}.json"] = repo.latest["r0"].replace(b"file.txt", b"file.no")
        if all_cover:
            signed = {"_type": "targets", "spec_version": "1.0.31", "version": 1,
                      "expires": "2999-01-01T00:00:00Z", "targets": {}}
            repo.files[f"metadata/1.x{n}.json"] = repo.seal("r0", signed)
    world.init()
    if not all_cover:
        world.accept("file.txt")
        return
    run = world.expect(world.client.download("file.txt"), 1)
    if not 4 + 10 < len(run.requests) <= 4 + 33:
        raise Failure(f"{len(run.requests)} requests")


# By digest of the path.

def bin_of(path: str, bits: int) -> int:
    return int(hashlib.sha256(path.encode()).hexdigest()[:8], 16) >> (32 - bits)


# TAP 15b: names of one width
# TAP 15c: the first bits choose the bin
@case({"1 bit": (1, "{:01x}"), "4 bits": (4, "{:01x}"), "5 bits": (5, "{:02x}"),
       "8 bits": (8, "{:02x}"), "9 bits": (9, "{:03x}")})
def hash_bins(world: World, bits: int, form: str) -> None:
    """Succinct roles (TAP 15): one bin is asked for, named by the first bits of the path's hash."""
    repo = world.repo
    repo.delegate_bins(bits, "bin")
    name = "bin-" + form.format(bin_of("dir/file.txt", bits))
    repo.artifact("dir/file.txt", b"content", name)
    names = list(repo.targets.delegations.succinct_roles.get_roles())
    repo.publish(*names, "targets", "snapshot", "timestamp")
    run = world.start("dir/file.txt")
    run.asked("2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
              f"1.{name}.json", run.requests[-1])
    world.refuse("dir/no such file", saves=_other(bits, form, name))


def _other(bits: int, form: str, known: str) -> tuple:
    other = "bin-" + form.format(bin_of("dir/no such file", bits))
    return () if other == known else (other,)


BITS = {"0": 0, "33": 33, "-1": -1, "1.5": 1.5, "'8'": "8", "null": None}


# TAP 15a: bit_length is 1 to 32
# attack: go-tuf #721: bit_length that cannot be
@case(BITS)
def unusable_hash_bins(world: World, bits: object) -> None:
    """Bins of a number of bits that cannot be (go-tuf #721)."""
    repo = world.repo
    repo.delegate_bins(2, "bin")
    repo.publish(*repo.targets.delegations.succinct_roles.get_roles())
    repo.publish("targets", "snapshot", "timestamp")

    def change(signed: dict) -> None:
        signed["delegations"]["succinct_roles"]["bit_length"] = bits

    repo.forge("targets", change)
    world.init()
    world.refuse("file.txt", saves=TOP[:2]).asked_last("2.targets.json")


# TUF 1.0.34 §4.5g: prefixes of the SHA-256 of the path
@case({"two digits": 2, "all digits": 64, "none": 0})
def hash_prefixes(world: World, digits: int) -> None:
    """`path_hash_prefixes`: a role covers paths whose hash begins so."""
    repo = world.repo
    prefix = hashlib.sha256(b"file.txt").hexdigest()[:digits]
    other = f"{int(prefix[:1] or '0', 16) ^ 1:x}"
    repo.delegate("other", prefixes=[other])
    repo.delegate("role", prefixes=["00" * 32, prefix])
    repo.artifact("file.txt", b"content", "role")
    repo.publish("other", "role", "targets", "snapshot", "timestamp")
    if digits == 0:
        world.start()
        return
    run = world.start("file.txt")
    run.asked("2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
              "1.role.json", run.requests[-1])


@case({"paths and prefixes": {"paths": ["*"], "path_hash_prefixes": ["00"]},
       "neither": {}, "paths are no list": {"paths": "*"}, "a path is no text": {"paths": [1]},
       "no terminating": {"paths": ["*"], "terminating": None},
       "no name": {"paths": ["*"], "name": None}},
      differs={"paths are no list": "python-tuf takes each character for a path"})
def unusable_delegation(world: World, members: dict) -> None:
    """A delegation that is none spoils the role that gives it."""
    repo = world.repo
    repo.delegate("role")
    repo.publish("role", "targets", "snapshot", "timestamp")

    def change(signed: dict) -> None:
        (role,) = signed["delegations"]["roles"]
        del role["paths"]
        role.update(members)
        for name in [name for name, value in members.items() if value is None]:
            del role[name]

    repo.forge("targets", change)
    world.init()
    world.refuse("file.txt", saves=TOP[:2]).asked_last("2.targets.json")


# TAP 15e: either named roles or bins
@case()
def bins_and_roles(world: World) -> None:
    """A role delegates either to named roles or to bins."""
    repo = world.repo
    repo.delegate_bins(2, "bin")
    repo.publish(*repo.targets.delegations.succinct_roles.get_roles())
    repo.publish("targets", "snapshot", "timestamp")

    def change(signed: dict) -> None:
        signed["delegations"]["roles"] = []

    repo.forge("targets", change)
    world.init()
    world.refuse("file.txt", saves=TOP[:2]).asked_last("2.targets.json")
