# SPDX-License-Identifier: Apache-2.0
"""The client under test: a command that speaks the protocol of the public conformance suite."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server import Server


class Failure(Exception):
    """The client did not do what it should have done."""


@dataclass
class Run:
    """What one run of the client did that can be seen from outside."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    # Paths below the base, `metadata/` left out: `2.root.json`, `targets/….txt`.
    requests: list[str]

    def asked(self, *paths: str) -> None:
        if self.requests != list(paths):
            raise Failure(f"requests {self.requests} found, {list(paths)} expected")

    def asked_last(self, path: str) -> None:
        last = self.requests[-1] if self.requests else "none"
        if last != path:
            raise Failure(f"last request {last} found, {path} expected")


class Client:
    """Runs the command in folders of its own and looks at them."""

    def __init__(self, command: list[str], folder: Path, server: Server) -> None:
        self.command = command
        self.server = server
        self.folder = folder
        self.metadata = folder / "metadata"
        self.artifacts = folder / "artifacts"
        # As the public suite does: both folders are there, the options stand first.
        self.metadata.mkdir()
        self.artifacts.mkdir()
        self.options_first = True
        # Over a connection that was kept and that the server closed, HTTP lets a client try again.
        self.may_ask_again = False
        # Seconds after which a run has failed.
        self.longest = 60.0
        self.metadata_url = server.metadata_url
        self.targets_url = server.targets_url

    def init(self, root: bytes) -> Run:
        file = self.folder / "initial_root.json"
        file.write_bytes(root)
        return self.run(["init", str(file)], ["--metadata-dir", str(self.metadata)])

    def refresh(self, at: datetime | str | None = None) -> Run:
        return self.run(["refresh"], self.places(), at)

    def download(self, *names: str, at: datetime | str | None = None) -> Run:
        options = self.places()
        for name in names:
            options += ["--target-name", name]
        options += ["--target-dir", str(self.artifacts), "--target-base-url", self.targets_url]
        return self.run(["download"], options, at)

    def places(self) -> list[str]:
        return ["--metadata-url", self.metadata_url, "--metadata-dir", str(self.metadata)]

    def run(
        self, words: list[str], options: list[str], at: datetime | str | None = None
    ) -> Run:
        arguments = options + words if self.options_first else words + options
        started, first = time.monotonic(), len(self.server.log)
        process = self.begin(arguments, at)
        try:
            stdout, stderr = process.communicate(timeout=self.longest)
        except subprocess.TimeoutExpired:
            self.kill(process)
            raise Failure(f"{words[0]}: not at an end after {self.longest:.0f} s") from None
        log = self.server.log[first:]
        if other := [f"{method} {path}" for method, path in log if method != "GET"]:
            raise Failure(f"requests other than GET: {other}")
        paths = [path.removeprefix("metadata/") for _, path in log]
        again = sorted({path for path in paths if paths.count(path) > 1})
        if again and not self.may_ask_again:
            raise Failure(f"asked more than once in one run: {again}")
        return Run(
            process.returncode, stdout.decode(errors="replace"),
            stderr.decode(errors="replace"), time.monotonic() - started, paths)

    def begin(self, arguments: list[str], at: datetime | str | None = None) -> subprocess.Popen:
        return subprocess.Popen(
            [*clock(at), *self.command, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})

    def kill(self, process: subprocess.Popen) -> None:
        """Ends it at once, with all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def download_killed_at(self, path: str, name: str) -> None:
        """A download that is killed as soon as the server has been asked for a path."""
        options = self.places() + ["--target-name", name, "--target-dir", str(self.artifacts),
                                   "--target-base-url", self.targets_url]
        process = self.begin([*options, "download"])
        end = time.monotonic() + self.longest
        while ("GET", path) not in self.server.log and time.monotonic() < end:
            time.sleep(0.02)
        # A moment for the client to receive something.
        time.sleep(0.3)
        self.kill(process)

    def trusted(self) -> dict[str, bytes]:
        """The trusted metadata: every file in the folder whose name ends in .json."""
        if not self.metadata.exists():
            return {}
        return {file.name.removesuffix(".json"): file.read_bytes()
                for file in sorted(self.metadata.iterdir()) if file.name.endswith(".json")}

    def downloaded(self) -> dict[str, bytes]:
        """Everything below the artifacts' folder, hidden or not, by its path there."""
        return {str(file.relative_to(self.artifacts)): file.read_bytes()
                for file in sorted(self.artifacts.rglob("*")) if not file.is_dir()}


def clock(at: datetime | str | None) -> list[str]:
    """The words before a command that make it live at another time.

    A string is in libfaketime's own form: `2030-01-01 00:00:00` stands still, `+0 x10` runs.
    """
    if at is None:
        return []
    if shutil.which("faketime") is None:
        raise Failure("faketime is not installed")
    return ["faketime", f"{at}"] if isinstance(at, datetime) else ["faketime", "-f", at]
