# SPDX-License-Identifier: Apache-2.0
"""What it costs to start, and how large the program is."""

from contest import Contestant, Run, told
from measure import run as run_command
from places import CARNET, IN_TOTO_GOLANG, PROGRAMS, PYTHON
from rows import CARNET as OURS
from rows import FLOOR, PEER, Row
from workloads.folders import expect


def measure(run: Run) -> None:
    version = run_command([CARNET, "--version"])
    run.contest("start-version", "start-up: carnet --version", [
        Contestant("Carnet", OURS, [CARNET, "--version"], check=lambda said: expect(
            said, version, "the version")),
        Contestant(
            "python-tuf 7.0.1", PEER, [PYTHON, "-c", "import tuf.ngclient"],
            "python, and import tuf.ngclient"),
        Contestant(
            "in-toto 3.1.0", PEER, [PYTHON, "-c", "import in_toto.verifylib"],
            "python, and import in_toto.verifylib"),
        Contestant("in-toto-golang", PEER, [IN_TOTO_GOLANG, "--help"], "in-toto-golang --help"),
        Contestant("curl --version", FLOOR, ["curl", "--version"], "dynamically linked"),
    ], rounds=25)
    program_sizes(run)


def program_sizes(run: Run) -> None:
    title = "size of the program, stripped"
    print(f"program-size: {title}", flush=True)
    for name, kind, file, does in (
        ("carnet", OURS, CARNET, "libcurl, OpenSSL and the C library come from the system"),
        ("carnet-helper", OURS, PROGRAMS / "carnet-helper", "YAML and the server"),
        ("in-toto-golang", PEER, IN_TOTO_GOLANG, "as Debian has it, linked statically"),
    ):
        row = Row("program-size", title, name, kind, does)
        row.add(bytes=float(file.stat().st_size))
        print(f"  {told(row)}", flush=True)
        run.rows.append(row)
