# SPDX-License-Identifier: Apache-2.0
"""W8: `carnet serve` beside nginx with one worker, asked by wrk on the same cores."""

import re
from collections.abc import Callable
from pathlib import Path

from contest import Run, told
from data import repositories
from data.repositories import LARGE, WANTED
from measure import BenchFailure
from measure import run as run_command
from rows import CARNET, FLOOR, Row
from services import CarnetServer, Nginx, Service
from workloads.asking import digest_of

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def measure(run: Run) -> None:
    sizes = run.sizes
    small = repositories.small()
    long = repositories.binned(sizes.binned, sizes.usual_bins)
    large = repositories.large(sizes.served_file)
    snapshot = (long / "metadata/1.snapshot.json").stat().st_size
    for workload, title, folder, path, connections in (
        ("w8-timestamp-8", "timestamp.json, 8 connections", small, "metadata/timestamp.json", 8),
        ("w8-timestamp", "timestamp.json, 64 connections", small, "metadata/timestamp.json", 64),
        ("w8-target", "a target of 16 KiB, 64 connections", small, digest_of(small, WANTED)[1], 64),
        ("w8-snapshot", f"a snapshot of {snapshot // 1000} kB, 64 connections", long,
         "metadata/1.snapshot.json", 64),
        ("w8-large", f"a file of {sizes.served_file >> 20} MiB, 4 connections", large,
         digest_of(large, LARGE)[1], 4),
    ):
        with Nginx() as nginx, CarnetServer(folder) as carnet:
            contest(run, workload, f"W8: {title}", {
                "carnet serve": (carnet, f"{carnet.origin}/{path}"),
                "nginx, one worker": (nginx, f"{nginx.url(folder)}/{path}"),
            }, folder / path, connections)


def contest(
    run: Run, workload: str, title: str, servers: dict[str, tuple[Service, str]], file: Path,
    connections: int,
) -> None:
    print(f"{workload}: {title}", flush=True)
    rows = {
        name: Row(workload, title, name, CARNET if name.startswith("carnet") else FLOOR,
                  "CPU is the server's alone; wrk runs beside it")
        for name in servers}
    seconds = run.sizes.serving_seconds
    for server, url in servers.values():
        expect_served(url, file)
        wrk(url, connections, seconds / 5)
    for _ in range(run.rounds(3)):
        for name, (server, url) in servers.items():
            before = server.cpu()
            figures = wrk(url, connections, seconds)
            spent = server.cpu() - before
            rows[name].add(
                requests=figures("Requests/sec"), p50=figures("50%"), p99=figures("99%"),
                megabytes=figures("Transfer/sec"),
                cpu_per_request=spent / figures("requests in") * 1e6)
    for row in rows.values():
        print(f"  {told(row)}", flush=True)
    run.rows += rows.values()


def expect_served(url: str, file: Path) -> None:
    """That the server gives the file's own bytes."""
    run_command(["sh", "-ec", f"curl -sSf {url} | cmp - {file}"])


def wrk(
    url: str, connections: int, seconds: float, *options: str | Path
) -> Callable[[str], float]:
    """Figures of wrk's report by their words: milliseconds, MB or as they are."""
    whole = max(1, round(seconds))
    said = run_command([
        "wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "30s", "--latency", *options,
        url])
    if "Non-2xx" in said or "Socket errors" in said:
        raise BenchFailure(f"wrk, {url}: {said.strip()}")

    def figure(words: str) -> float:
        if words == "requests in":
            return float(re.search(r"(\d+) requests in", said)[1])
        found = re.search(rf"^\s*{re.escape(words)}:?\s+([\d.]+)([A-Za-z]*)", said, re.M)
        value, unit = float(found[1]), found[2]
        if words.endswith("%"):
            return value * UNITS[unit]
        return value * {"KB": 1e-3, "MB": 1.0, "GB": 1e3}.get(unit, 1.0)

    return figure
