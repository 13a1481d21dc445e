# SPDX-License-Identifier: Apache-2.0
"""Very many clients at once that refresh: `carnet serve` beside nginx with one worker."""

import json

from contest import Run, told
from data import repositories
from data.repositories import WANTED
from places import WORK
from rows import CARNET, FLOOR, Row
from services import CarnetServer, Nginx
from workloads.asking import digest_of
from workloads.serving import expect_served, wrk

PATHS = ["metadata/timestamp.json", "metadata/1.snapshot.json", "metadata/1.targets.json"]
# wrk's own language: the next request of each thread is the next of these.
SCRIPT = """
local paths, asked = {%s}, 0
function request()
    asked = asked + 1
    return wrk.format("GET", wrk.path .. paths[asked %% #paths + 1])
end
"""


def measure(run: Run) -> None:
    """A connection that fails or waits longer than 30 s ends the run, as in W8."""
    connections, seconds = run.sizes.most_clients, run.sizes.crowd_seconds
    workload, title = "most-clients", f"{connections:,} clients that refresh and get 16 KiB"
    print(f"{workload}: {title}", flush=True)
    small = repositories.small()
    paths = [*PATHS, digest_of(small, WANTED)[1]]
    script = WORK / "refresh.lua"
    script.write_text(SCRIPT % ", ".join(json.dumps(path) for path in paths))
    with Nginx() as nginx, CarnetServer(small) as carnet:
        for name, kind, server, url in (
            ("carnet serve", CARNET, carnet, f"{carnet.origin}/"),
            ("nginx, one worker", FLOOR, nginx, f"{nginx.url(small)}/"),
        ):
            for path in paths:
                expect_served(url + path, small / path)
            before = server.cpu()
            figures = wrk(url, connections, seconds, "-s", script)
            row = Row(
                workload, title, name, kind,
                "four files in turn; CPU is the server's alone; wrk runs beside it")
            row.add(
                requests=figures("Requests/sec"), p50=figures("50%"), p99=figures("99%"),
                megabytes=figures("Transfer/sec"), peak=server.peak(),
                cpu_per_request=(server.cpu() - before) / figures("requests in") * 1e6)
            print(f"  {told(row)}", flush=True)
            run.rows.append(row)
