# SPDX-License-Identifier: Apache-2.0
"""Servers that do not end, do not hurry, send elsewhere, or answer something else."""

import server
from client import Failure
from server import Answer, Server
from suite import World, case

BEFORE = {"root": (), "timestamp": (), "snapshot": ("timestamp",),
          "targets": ("timestamp", "snapshot"), "role": ("timestamp", "snapshot", "targets"),
          "artifact": ("timestamp", "snapshot", "targets", "role")}
HURRY = "+0 x20"


def answering(world: World, what: str, answer: Answer | None) -> str:
    """A client that knows version 1 of all; a new version of all, with this in place of one."""
    repo = world.repo
    world.start()
    repo.delegate("role")
    target = repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")
    if what == "root":
        repo.publish("root")
    name = repo.artifact_names(target)[0] if what == "artifact" else repo.name(what)
    if answer:
        world.server.answers[name] = answer
    return name.removeprefix("metadata/")


STATUSES = [201, 204, 206, 301, 304, 400, 401, 403, 410, 429, 500, 503]
ENDS = "python-tuf takes 403 for the end of the roots"
AGAIN = "python-tuf's HTTP library tries again, up to three times"


# TUF 1.0.34 §5.3.3b: only 404 ends the roots
# protocol: once, exit
@case({f"{what}, {code}": (what, code) for what in ("root", "timestamp") for code in STATUSES}
      | {f"artifact, {code}": ("artifact", code) for code in (206, 404, 500)},
      differs={"root, 403": ENDS})
def status(world: World, what: str, code: int) -> None:
    """Only 200 brings a file, and only 404 ends the row of roots; there is no second try."""
    name = answering(world, what, server.status(code))
    world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)


# attack: slow retrieval: 200 with a page
@case({what: what for what in BEFORE})
def login_page(world: World, what: str) -> None:
    """Some network in between answers 200 with a page of its own."""
    name = answering(world, what, server.login_page())
    world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)


# attack: endless data: root, timestamp, snapshot, targets, a target file
@case({f"{what}, {label}": (what, announces) for what in BEFORE
       for label, announces in (("announced", True), ("not announced", False))})
def endless(world: World, what: str, announces: bool) -> None:
    """A file that never ends is given up at its limit."""
    name = answering(world, what, server.endless(b'{"signed": ', announces))
    world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)


@case({what: what for what in BEFORE})
def truncated(world: World, what: str) -> None:
    """The connection ends before the file does."""
    name = answering(world, what, None)
    path = name if what == "artifact" else f"metadata/{name}"
    missing = 3 if what == "artifact" else 10
    world.server.answers[path] = server.truncated(world.repo.files[path], missing)
    world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)


@case({what: what for what in ("timestamp", "snapshot", "role", "artifact")},
      differs="python-tuf's HTTP library unpacks what nobody asked for")
def compressed(world: World, what: str) -> None:
    """Nobody asked for an encoding: what comes is not unpacked."""
    name = answering(world, what, None)
    path = name if what == "artifact" else f"metadata/{name}"
    world.server.answers[path] = server.compressed(world.repo.files[path])
    world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)


HONEST = {"in chunks": server.in_chunks, "without a length": server.without_length}


@case({f"{what}, {label}": (what, make) for what in ("timestamp", "role", "artifact")
       for label, make in HONEST.items()})
def other_ways_to_send(world: World, what: str, make) -> None:
    """HTTP knows several ways to say where a body ends; all of them are understood."""
    name = answering(world, what, None)
    path = name if what == "artifact" else f"metadata/{name}"
    world.server.answers[path] = make(world.repo.files[path])
    world.accept("file.txt")
    world.has(b"content")


# Redirects.

@case({what: what for what in ("root", "timestamp", "artifact")},
      differs="python-tuf follows redirects to anywhere")
def redirect_to_another_server(world: World, what: str) -> None:
    """Another port is another server: it is not asked."""
    other = Server(world.repo.files)
    try:
        name = answering(world, what, None)
        path = name if what == "artifact" else f"metadata/{name}"
        world.server.answers[path] = server.redirect(f"{other.origin}{server.BASE}{path}")
        world.refuse("file.txt", saves=BEFORE[what]).asked_last(name)
        if other.log:
            raise Failure(f"the other server was asked for {other.log}")
    finally:
        other.stop()


@case({"a file": "file:///etc/hostname", "another scheme": "ftp://127.0.0.1/x",
       "nothing": "", "no URL": "http://", "a host of the internet": "http://192.0.2.1/x"},
      differs={"no URL": AGAIN})
def redirect_to_nowhere(world: World, to: str) -> None:
    """A redirect that leads away from the server altogether."""
    name = answering(world, "timestamp", server.redirect(to))
    world.refuse(at=HURRY).asked_last(name)


# attack: slow retrieval: a redirect after the other
@case()
def redirect_on_and_on(world: World) -> None:
    """Redirect after redirect, each to another place of the same server."""
    answering(world, "timestamp", server.redirect(f"{server.BASE}hop-0"))
    for hop in range(100):
        world.server.answers[f"hop-{hop}"] = server.redirect(f"{server.BASE}hop-{hop + 1}")
    run = world.refuse()
    if len(run.requests) > 2 + 20:
        raise Failure(f"{len(run.requests)} requests")


@case()
def redirect_within_the_server(world: World) -> None:
    """A server may keep its files elsewhere on itself."""
    answering(world, "timestamp", server.redirect(f"{server.BASE}metadata/elsewhere.json"))
    world.repo.files["metadata/elsewhere.json"] = world.repo.latest["timestamp"]
    world.accept()


# Time.

# attack: slow retrieval: a byte now and then
@case({what: what for what in ("timestamp", "role", "artifact")},
      differs="python-tuf has no least speed: it takes a byte in half a second for ever")
def slow(world: World, what: str) -> None:
    """Byte after byte, each long after the other, by a clock that runs twenty times as fast."""
    name = answering(world, what, server.dripping(b"{" + b" " * 200, 0.5))
    world.client.longest = 20
    if what == "artifact":
        world.repo.signed["role"].targets["file.txt"].length = 200
        world.repo.publish("role", "snapshot", "timestamp")
    world.refuse("file.txt", at=HURRY, saves=BEFORE[what]).asked_last(name)


@case({what: what for what in ("root", "artifact")}, differs=AGAIN)
def silent(world: World, what: str) -> None:
    """The server takes the request and says nothing."""
    name = answering(world, what, server.silent())
    world.refuse("file.txt", at=HURRY, saves=BEFORE[what]).asked_last(name)


# Connections.

@case({what: what for what in BEFORE}, differs=AGAIN)
def hangs_up(world: World, what: str) -> None:
    """The server closes the connection without an answer."""
    name = answering(world, what, server.hang_up())
    world.client.may_ask_again = True
    run = world.refuse("file.txt", saves=BEFORE[what])
    run.asked_last(name)
    if run.requests.count(name) > 2:
        raise Failure(f"{name} asked for {run.requests.count(name)} times")


@case(differs=AGAIN)
def headers_without_end(world: World) -> None:
    """An answer that never gets to its body."""
    name = answering(world, "timestamp", server.headers_without_end())
    world.refuse().asked_last(name)


@case()
def server_is_gone(world: World) -> None:
    """Nobody listens any more; a later refresh works again."""
    world.start()
    url = world.client.metadata_url
    world.client.metadata_url = "http://127.0.0.1:1/metadata"
    world.refuse().asked()
    world.client.metadata_url = url
    world.accept()


@case({"no URL": "nowhere", "empty": "", "another scheme": "ftp://127.0.0.1/",
       "no host": "http:///", "spaces": "http://127.0.0.1/a b/"})
def unusable_url(world: World, url: str) -> None:
    """A metadata URL that is none."""
    world.start()
    world.client.metadata_url = url
    world.refuse().asked()


@case({"an address of documentation": "192.0.2.1", "any address of this machine": "0.0.0.0"},
      differs={"any address of this machine": "python-tuf sends plain HTTP to anywhere"})
def plain_http_to_another_machine(world: World, host: str) -> None:
    """Without TLS nothing but the loopback addresses is asked."""
    world.init()
    world.client.metadata_url = world.server.metadata_url.replace("127.0.0.1", host)
    run = world.refuse(at=HURRY)
    run.asked()
    if run.seconds > 10:
        raise Failure("a connection was tried")


@case()
def by_name(world: World) -> None:
    """`localhost` is this machine."""
    world.client.metadata_url = world.server.metadata_url.replace("127.0.0.1", "localhost")
    world.start()
