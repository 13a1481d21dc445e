# SPDX-License-Identifier: Apache-2.0
"""Time: expired roles are refused, and time is what libc says, also under libfaketime.

In the cases with a time to come all roles but those named are good for a year.
"""

from repository import days
from suite import World, case

BEFORE = {"root": (), "timestamp": ("root",), "snapshot": ("root", "timestamp"),
          "targets": ("root", "timestamp", "snapshot"),
          "role": ("root", "timestamp", "snapshot", "targets")}

ROOT = "python-tuf asks for the timestamp before it looks at root's expiry"
TIMESTAMP = "python-tuf asks for the snapshot before it looks at the timestamp's expiry"


def lasting(world: World, **expiries: float) -> None:
    """All roles, a delegated one included, good for a year, but for the days given by name."""
    repo = world.repo
    repo.delegate("role", paths=["role/*"])
    repo.artifact("role/first", b"first", "role")
    repo.artifact("role/second", b"second", "role")
    for role, signed in repo.signed.items():
        signed.expires = days(expiries.get(role, 365))
    repo.publish("root", "role", "targets", "snapshot", "timestamp")


# TUF 1.0.34 §5.3.10, 5.4.4, 5.5.6, 5.6.5, 4.3d: what is expired ends the update
@case({role: role for role in BEFORE}, differs={"root": ROOT})
def expired(world: World, role: str) -> None:
    """A role is expired when the client first sees it."""
    world.init()
    lasting(world, **{role: -1})
    saved = BEFORE[role] if role != "root" else ("root",)
    last = {"root": "3.root.json", "timestamp": "timestamp.json", "role": "1.role.json"}
    world.refuse("role/first", saves=saved).asked_last(last.get(role, f"2.{role}.json"))


# TUF 1.0.34 §5.4.4, 5.5.6, 5.6.5: a freeze is found out by expiry
@case({role: role for role in BEFORE}, differs={"root": ROOT, "timestamp": TIMESTAMP})
def expires_later(world: World, role: str) -> None:
    """A role was good when it was saved, and the server has no newer one (freeze)."""
    lasting(world, **{role: 7})
    world.start("role/first")
    last = {"root": "3.root.json", "timestamp": "timestamp.json", "role": "1.role.json"}
    run = world.refuse("role/second", at=days(8))
    run.asked_last(last.get(role, f"2.{role}.json"))
    world.accept("role/second", at=days(6))


@case({role: role for role in BEFORE})
def expired_role_is_renewed(world: World, role: str) -> None:
    """A role of the client's is expired; the server has a newer one, which is taken."""
    lasting(world, **{role: 7})
    world.start("role/first")
    world.repo.signed[role].expires = days(365)
    after = ["role", "targets", "snapshot", "timestamp"]
    world.repo.publish(role, *(after[after.index(role) + 1:] if role in after else []))
    world.accept("role/second", at=days(18))
    world.has(b"first", b"second")


# TUF 1.0.34 §5.4.3.1a: the base may be expired
@case()
def expired_timestamp_still_forbids_a_rollback(world: World) -> None:
    """The client's timestamp is expired, but the server may not go back behind it."""
    repo = world.repo
    world.init()
    lasting(world)
    old = repo.latest["timestamp"]
    repo.timestamp.expires = days(7)
    repo.publish("timestamp")
    world.accept()
    repo.put("timestamp", old)
    world.refuse(at=days(18)).asked("3.root.json", "timestamp.json")


# TUF 1.0.34 §5.4.3.2: the base may be expired
@case()
def expired_timestamp_still_forbids_an_older_snapshot(world: World) -> None:
    """The same for the snapshot that the expired timestamp names."""
    repo = world.repo
    world.init()
    lasting(world, timestamp=7)
    world.accept()
    repo.timestamp.expires = days(365)
    repo.timestamp.snapshot_meta.version = 1
    repo.publish("timestamp")
    world.refuse(at=days(18)).asked("3.root.json", "timestamp.json")


# TUF 1.0.34 §5.5.5a: the base may be expired
@case()
def expired_snapshot_still_forbids_a_rollback(world: World) -> None:
    """The client's snapshot is expired, but no role it lists may go back behind it."""
    repo = world.repo
    world.init()
    lasting(world, snapshot=7)
    world.accept()
    repo.snapshot.expires = days(365)
    repo.targets.version = 0
    repo.publish("targets", "snapshot", "timestamp")
    world.refuse(at=days(18), saves=("timestamp",)).asked_last("3.snapshot.json")


@case(differs=TIMESTAMP)
def equal_timestamp_that_is_expired(world: World) -> None:
    """The server has the client's own timestamp, and that one is expired."""
    lasting(world, timestamp=7)
    world.start()
    world.refuse(at=days(8)).asked("3.root.json", "timestamp.json")


# TUF 1.0.34 §5.1: one moment for all of a run
# protocol: clock, start time
@case({"a second before": (-1, True), "at the second": (0, False), "a second after": (1, False)})
def to_the_second(world: World, seconds: int, is_good: bool) -> None:
    """What expires now is expired; the clock stands still while the client runs."""
    lasting(world, timestamp=7)
    world.init()
    moment = days(7 + seconds / 86400).strftime("%Y-%m-%d %H:%M:%S")
    if is_good:
        world.accept(at=moment)
    else:
        world.refuse(at=moment, saves=("root",)).asked_last("timestamp.json")


@case({"a day": -1, "a year": -365, "before there were computers": -30000})
def clock_is_behind(world: World, offset: int) -> None:
    """A clock that is behind makes nothing expired."""
    lasting(world)
    if offset < -1000:
        world.init()
        world.accept("role/first", at="1971-01-02 00:00:00")
        return
    world.start()
    world.accept("role/first", at=days(offset))


# protocol: clock
@case(differs=ROOT)
def clock_beyond_32_bits(world: World) -> None:
    """After January 2038 all of this is expired, and nothing else goes wrong."""
    lasting(world)
    world.start()
    world.refuse(at="2039-06-01 12:00:00").asked("3.root.json")


# TUF 1.0.34 §5.1: one moment for all of a run
# protocol: clock, start time
@case({"fast": "+0 x50", "slow": "+0 x0.1"})
def clock_runs(world: World, pace: str) -> None:
    """A clock that runs at another pace changes nothing."""
    lasting(world)
    world.init()
    world.accept("role/first", "role/second", at=pace)
    world.has(b"first", b"second")


FORMS = {
    "with a fraction": "2999-01-01T00:00:00.5Z", "without Z": "2999-01-01T00:00:00",
    "with an offset": "2999-01-01T00:00:00+01:00", "with a space": "2999-01-01 00:00:00Z",
    "a day": "2999-01-01", "a month too many": "2999-13-01T00:00:00Z",
    "a day too many": "2999-02-30T00:00:00Z", "an hour too many": "2999-01-01T25:00:00Z",
    "a number": 4102444800, "empty": "", "null": None,
}


# TUF 1.0.34 §4.2.3: what is no date is refused
@case(FORMS)
def no_date(world: World, text: object) -> None:
    """An expiry that is none is refused, not taken for never."""
    world.init()
    world.repo.publish("timestamp")
    world.repo.forge("timestamp", lambda signed: signed | {"expires": text})
    world.refuse().asked_last("timestamp.json")


@case()
def far_away(world: World) -> None:
    """A year of four digits is as far as a date goes."""
    world.repo.forge("timestamp", lambda signed: signed | {"expires": "9999-12-31T23:59:59Z"})
    world.start()
