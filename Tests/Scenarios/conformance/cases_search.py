# SPDX-License-Identifier: Apache-2.0
"""The search for an artifact through delegated roles: pre-order, depth first."""

from tuf.api.metadata import Targets

from client import Failure
from repository import days
from suite import World, case

TOP = ("timestamp", "snapshot", "targets")

# Rows: delegations as (parent, role, what differs from `*`), and the roles visited in order.
ANY, PY = ["*"], ["*.py"]
GRAPHS = {
    "one role": ([("targets", "A")], "A"),
    "two roles": ([("targets", "A"), ("targets", "B")], "AB"),
    "two levels": ([("targets", "A"), ("targets", "B"), ("B", "C")], "ABC"),
    "children before siblings": (
        [("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")], "ACDB"),
    "three levels": (
        [("targets", "A"), ("targets", "B"), ("A", "C"), ("C", "D")], "ACDB"),
    "terminating": (
        [("targets", "A"), ("targets", "B"), ("A", "C", True), ("A", "D")], "AC"),
    "terminating, with a child": (
        [("targets", "A"), ("targets", "B"), ("A", "C", True), ("C", "D")], "ACD"),
    "terminating, but for other paths": (
        [("targets", "A", True, PY), ("targets", "B")], "B"),
    "terminating and last": ([("targets", "A"), ("targets", "B", True)], "AB"),
    "other paths": (
        [("targets", "A", False, PY), ("targets", "B"), ("A", "C")], "B"),
    "other paths on the second level": (
        [("targets", "A"), ("targets", "B"), ("A", "C", False, PY), ("C", "D")], "AB"),
    "no paths": ([("targets", "A", False, []), ("targets", "B")], "B"),
    "a cycle": (
        [("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B")], "ABCD"),
    "a role that delegates to itself": ([("targets", "A"), ("A", "A"), ("targets", "B")], "AB"),
    "a cycle of two": ([("targets", "A"), ("A", "B"), ("B", "A")], "AB"),
    "two parents of one role": (
        [("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C")], "ACB"),
    "two parents, one for other paths": (
        [("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C", False, PY)], "ABC"),
}


# TUF 1.0.34 §5.6.7a, 5.6.7.1a, 5.6.7.2: pre-order, each role once, in order
# TUF 1.0.34 §5.6.7.2.1, 5.6.7.2.2: terminating or going on
# attack: tough cyclic delegations: A to B to A, a role that delegates to itself
@case(GRAPHS)
def graph(world: World, edges: list[tuple], visited: str) -> None:
    """Roles are asked for in the order of the search, once each, until there are no more."""
    build(world, edges)
    world.init()
    world.refuse("missing", saves=(*TOP, *visited)).asked(
        "2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
        *[f"1.{role}.json" for role in visited])
    world.refuse("missing").asked("2.root.json", "timestamp.json")


def build(world: World, edges: list[tuple]) -> None:
    repo = world.repo
    for parent, role, *rest in edges:
        terminating, paths = (*rest, *[False, ANY][len(rest):])
        repo.signed.setdefault(parent, Targets(expires=days(30)))
        repo.delegate(role, parent, terminating=terminating, paths=paths)
    roles = dict.fromkeys(role for edge in edges for role in edge[:2] if role != "targets")
    repo.publish(*roles, "targets", "snapshot", "timestamp")


def tree(world: World) -> None:
    """targets delegates to A and B, B to C and D."""
    repo = world.repo
    repo.delegate("A", paths=["*.doc", "*.md", "foo-?.tgz"])
    repo.delegate("B", paths=["releases/*/*"])
    repo.delegate("C", "B", paths=["releases/x/*"])
    repo.delegate("D", "B", paths=["releases/y/*.zip"])
    listed = {
        "targetfile": "targets", "README.md": "A", "releases/README.md": "A", "foo-1.tgz": "A",
        "foo-alpha.tgz": "A", "releases/x/x_v1": "C", "releases/y/y_v1.zip": "D",
        "releases/z/z_v1.zip": "D", "releases/x": "C", "a/b.doc": "A",
    }
    for path, role in listed.items():
        repo.artifact(path, f"{path} by {role}".encode(), role)
    repo.publish("A", "B", "C", "D", "targets", "snapshot", "timestamp")


SEARCHES = {
    "targetfile": ("", True), "README.md": ("A", True), "foo-1.tgz": ("A", True),
    "releases/x/x_v1": ("BC", True), "releases/y/y_v1.zip": ("BD", True),
    # Not delegated by every role of the chain.
    "releases/z/z_v1.zip": ("B", False),
    # A wildcard stands for no slash, a question mark for one character, and case matters.
    "releases/README.md": ("", False), "a/b.doc": ("", False), "releases/x": ("", False),
    "foo-alpha.tgz": ("", False), "README.MD": ("", False), "Releases/x/x_v1": ("", False),
}


# TUF 1.0.34 §4.5h, 4.5i, 4.5j: every pattern of the chain covers the path
# TUF 1.0.34 §5.6.7.1c: the first that lists it ends the search
@case({path: (path, *row) for path, row in SEARCHES.items()})
def search(world: World, path: str, visited: str, is_found: bool) -> None:
    """Only roles whose patterns cover the path are asked for, and only they can answer."""
    tree(world)
    world.init()
    if is_found:
        run = world.accept(path)
        world.has(f"{path} by {visited[-1] if visited else 'targets'}".encode())
    else:
        run = world.refuse(path, saves=(*TOP, *visited))
    roles = [name for name in run.requests[4:] if not name.startswith("targets/")]
    if roles != [f"1.{role}.json" for role in visited]:
        raise Failure(f"roles {roles} asked for, {list(visited)} expected")


# TUF 1.0.34 §4.5k: in the order in which they are listed
# TUF 1.0.34 §5.6.7.2: likewise
@case({"first": ("AB", "A"), "second": ("BA", "B")})
def order_decides(world: World, order: str, wins: str) -> None:
    """Two roles list a path: the one that its parent names first is believed."""
    repo = world.repo
    for role in order:
        repo.delegate(role)
        repo.artifact("file.txt", f"of {role}".encode(), role)
    repo.publish("A", "B", "targets", "snapshot", "timestamp")
    world.start("file.txt")
    world.has(f"of {wins}".encode())


# TUF 1.0.34 §5.6.7a: depth first
# attack: go-tuf CVE-2024-47534: the order of A, C, B decides
@case()
def deep_role_comes_before_a_later_sibling(world: World) -> None:
    """targets names A and B, A names C; B and C list the path: C is believed
    (go-tuf CVE-2024-47534)."""
    repo = world.repo
    repo.delegate("A")
    repo.delegate("B")
    repo.delegate("C", "A")
    for role in "BC":
        repo.artifact("file.txt", f"of {role}".encode(), role)
    repo.publish("A", "B", "C", "targets", "snapshot", "timestamp")
    world.start("file.txt")
    world.has(b"of C")


# TUF 1.0.34 §5.6.7a, 5.6.7.1c: pre-order
@case()
def parent_comes_before_its_roles(world: World) -> None:
    """What a role lists itself is not looked for further down."""
    repo = world.repo
    repo.delegate("A")
    for role in ("targets", "A"):
        repo.artifact("file.txt", f"of {role}".encode(), role)
    repo.publish("A", "targets", "snapshot", "timestamp")
    world.start("file.txt").asked_last(
        repo.artifact_names(repo.targets.targets["file.txt"])[0])
    world.has(b"of targets")


# TUF 1.0.34 §5.6.7.2.1: a terminating delegation ends it, found or not
# attack: tough CVE-2025-2886: terminating A lacks it, later B has it
@case()
def terminating_role_without_the_artifact(world: World) -> None:
    """Terminating A lacks it, later B has it: not found (tough CVE-2025-2886)."""
    repo = world.repo
    repo.delegate("A", terminating=True)
    repo.delegate("B")
    repo.artifact("file.txt", b"of B", "B")
    repo.publish("A", "B", "targets", "snapshot", "timestamp")
    world.init()
    world.refuse("file.txt", saves=(*TOP, "A")).asked_last("1.A.json")
