# SPDX-License-Identifier: Apache-2.0
"""Cases: what a repository or an attacker does, and what the client must be seen to do.

    @case()
    def older_timestamp(world):
        '''The server puts back a timestamp of before.'''
        …
        world.refuse().asked("2.root.json", "timestamp.json")

A function that takes more than the world is a table: `@case(label=(…), …)`. `differs` gives the
reason for which python-tuf's client is known to fail here; it is then expected to, which shows
that the case can fail.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from client import Client, Failure, Run
from repository import TOP_LEVEL, Repository
from server import Server

Moment = datetime | str | None


@dataclass(frozen=True)
class Case:
    name: str
    tells: str
    body: Callable[["World"], None]
    differs: str | None
    # Whether python-tuf fails every time, and not only now and then.
    always: bool


CASES: list[Case] = []


def case(
    rows: dict[str, tuple] | None = None, *, differs: str | dict | None = None,
    always: bool = True,
):
    """Adds a case, or one for each row of a table. `differs` may name rows by their label."""

    def add(body: Callable) -> Callable:
        topic = inspect.getmodule(body).__name__.removeprefix("cases_")
        name = f"{topic}/{body.__name__.replace('_', '-')}"
        tells = inspect.cleandoc(body.__doc__ or "")
        if rows is None:
            CASES.append(Case(name, tells, body, differs, always))
            return body
        for label, values in rows.items():
            why = differs.get(label) if isinstance(differs, dict) else differs
            values = values if isinstance(values, tuple) else (values,)
            CASES.append(Case(
                f"{name}[{label}]", tells, lambda world, v=values: body(world, *v), why, always))
        return body

    return add


class World:
    """One repository, its server and a fresh client."""

    def __init__(self, command: list[str], folder: Path, quiet: bool) -> None:
        self.command, self.folder, self.quiet = command, folder, quiet
        self.repo = Repository()
        self.trusts = {self.repo.first_root}

    @cached_property
    def server(self) -> Server:
        return Server(self.repo.files)

    @cached_property
    def client(self) -> Client:
        return Client(self.command, self.folder, self.server)

    def close(self) -> None:
        if "server" in self.__dict__:
            self.server.stop()

    # What the client is told to do

    def init(self, root: bytes | None = None) -> None:
        root = self.repo.first_root if root is None else root
        self.trusts.add(root)
        self.expect(self.client.init(root), 0)

    def start(self, *names: str) -> Run:
        """A client that is up to date with the repository as it is now."""
        self.init()
        return self.accept(*names)

    def accept(self, *names: str, at: Moment = None, keeps: tuple = ()) -> Run:
        """A refresh, or a download of these artifacts, that must succeed.

        Afterwards the trusted metadata is the repository's newest, but for the roles of `keeps`,
        which stay as they were.
        """
        before = self.client.trusted()
        run = self.expect(self.go(names, at), 0)
        after = self.client.trusted()
        for role in TOP_LEVEL:
            expected = before.get(role) if role in keeps else self.repo.latest[role]
            if after.get(role) != expected:
                raise Failure(f"trusted {role} is not the {'old' if role in keeps else 'new'} one")
        return run

    def refuse(
        self, *names: str, at: Moment = None, saves: tuple = (), drops: tuple = (),
        gets: tuple = (),
    ) -> Run:
        """A refresh or download that must fail, and change nothing.

        `saves`: roles that were verified before the failure, and are saved. `drops`: roles that
        are forgotten. `gets`: contents of artifacts that were downloaded before the failure.
        """
        before, files = self.client.trusted(), self.client.downloaded()
        run = self.expect(self.go(names, at), 1)
        after = self.client.trusted()
        changed = {role for role in before.keys() | after.keys()
                   if before.get(role) != after.get(role)}
        if changed != {*saves, *drops}:
            raise Failure(f"trusted roles {sorted(changed)} changed, "
                          f"{sorted({*saves, *drops})} expected")
        if left := [role for role in drops if role in after]:
            raise Failure(f"still trusted: {left}")
        new = sorted(self.client.downloaded().values())
        if new != sorted([*files.values(), *gets]):
            raise Failure(f"{len(new)} artifacts there, {len(files) + len(gets)} expected")
        return run

    def go(self, names: tuple, at: Moment) -> Run:
        return self.client.download(*names, at=at) if names else self.client.refresh(at=at)

    def trusts_only(self, *roles: str) -> None:
        """These are the roles whose metadata is trusted."""
        if list(self.client.trusted()) != sorted(roles):
            raise Failure(f"trusted {list(self.client.trusted())} found, "
                          f"{sorted(roles)} expected")

    def has(self, *contents: bytes) -> None:
        """These are the artifacts that the client has, and no others."""
        found = sorted(self.client.downloaded().values())
        if found != sorted(contents):
            raise Failure(f"artifacts {[c[:40] for c in found]} found, "
                          f"{[c[:40] for c in sorted(contents)]} expected")

    # What must hold after every run

    def expect(self, run: Run, code: int) -> Run:
        words = run.stderr.strip().splitlines()
        if run.code != code:
            raise Failure(f"exit code {run.code} found, {code} expected"
                          + (f": {words[-1]}" if words else ""))
        if self.quiet:
            self.check_words(run, words)
        self.check_folders()
        return run

    def expect_without_looking(self, run: Run, code: int) -> None:
        """Only the exit code: for cases that themselves put strange things into the folders."""
        if run.code != code:
            raise Failure(f"exit code {run.code} found, {code} expected: {run.stderr.strip()}")

    def check_words(self, run: Run, words: list[str]) -> None:
        if run.stdout:
            raise Failure(f"standard output: {run.stdout[:200]!r} found, nothing expected")
        if run.code == 0 and words:
            raise Failure(f"standard error: {words[0]!r} found, nothing expected")
        if run.code == 1 and (len(words) != 1 or not words[0].startswith("carnet: error: ")):
            raise Failure(f"standard error: {run.stderr[:300]!r} found, one error line expected")

    def check_folders(self) -> None:
        """Whatever is trusted was served as it is; whatever was downloaded is an artifact."""
        for role, data in self.client.trusted().items():
            if data not in self.trusts and data not in self.server.served:
                raise Failure(f"{role}.json: bytes that the server never sent")
        for name, data in self.client.downloaded().items():
            if data not in self.repo.contents:
                raise Failure(f"{name}: not a verified artifact, {len(data)} bytes")
