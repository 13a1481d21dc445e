# SPDX-License-Identifier: Apache-2.0
"""Servers that live as long as a `with`: nginx, carnet serve, distance. Each ends by its own id."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

from measure import BenchFailure, environment
from places import BENCH, CARNET, HERE, PYTHON, WORK


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A process that serves at `port`, once it does."""

    def __init__(self, name: str, command: list[str | Path], port: int) -> None:
        self.name, self.command, self.port = name, [str(word) for word in command], port
        self.log = WORK / f"{name}.log"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(600):
            if self.process.poll() is not None:
                break
            if self.is_ready():
                return self
            time.sleep(0.05)
        self.__exit__()
        raise BenchFailure(f"{self.name} does not serve: {self.log.read_text()[-300:].strip()}")

    def is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self) -> float:
        """Seconds that it and its children, which are alive, have taken till now."""
        ticks = 0
        for process in (self.process.pid, *children(self.process.pid)):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


    def peak(self) -> float:
        """MiB that the largest process of them had at most, resident."""
        return max(
            int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1])
            for process in (self.process.pid, *children(self.process.pid))) / 1024


def children(process: int) -> list[int]:
    return [
        int(child) for child in
        Path(f"/proc/{process}/task/{process}/children").read_text().split()]


class Nginx(Service):
    """nginx with one worker over all that lies in .build/bench."""

    def __init__(self) -> None:
        port, folder = free_port(), WORK / "nginx"
        folder.mkdir(exist_ok=True)
        configuration = folder / "nginx.conf"
        temporary = "".join(
            f"  {kind}_temp_path {folder}/temporary;\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Its workers would become nobody, who may not see the folder.
        user = "user root;\n" if os.geteuid() == 0 else ""
        configuration.write_text(
            f"daemon off;\n{user}worker_processes 1;\nworker_rlimit_nofile 32768;\n"
            f"pid {folder}/pid;\nerror_log {folder}/error.log;\n"
            "events { worker_connections 16384; }\n"
            f"http {{\n{temporary}"
            "  access_log off;\n  sendfile on;\n  tcp_nopush on;\n"
            "  keepalive_requests 100000000;\n  open_file_cache max=8192;\n"
            "  types { application/json json; }\n"
            "  default_type application/octet-stream;\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=4096; root {BENCH}; }}\n}}\n")
        super().__init__("nginx", ["nginx", "-c", configuration], port)

    def url(self, folder: Path) -> str:
        """Of a folder below .build/bench."""
        return f"{self.origin}/{folder.relative_to(BENCH)}"


class CarnetServer(Service):
    """carnet serve, which says itself at which port."""

    def __init__(self, repository: Path) -> None:
        super().__init__("carnet-serve", [CARNET, "serve", repository, "--port", "0"], 0)

    def is_ready(self) -> bool:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text()):
            self.port = int(found[1])
            return super().is_ready()
        return False


class Distance(Service):
    """Another server from so many milliseconds away: delay.py."""

    def __init__(self, port: int, milliseconds: int) -> None:
        own = free_port()
        super().__init__(
            "distance", [PYTHON, HERE / "delay.py", str(own), str(port), str(milliseconds)], own)
