#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the conformance cases against a TUF client.

    run.py --client ".build/release/carnet conformance"
    run.py --peer            python-tuf's client; it must fail where a case says so, else pass
    run.py --list            names and what each case is about
    run.py --peer --differing    only the cases where it must fail
    run.py … --only TEXT     cases whose name has TEXT in it

The client speaks the protocol of the public suite (theupdateframework/tuf-conformance,
CLIENT-CLI.md); with Carnet as the client, what it prints is checked, too. Exit code 0 if every
case came out as expected.
"""

import argparse
import importlib
import os
import shlex
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Modules beside this one, without leaving compiled ones there.
sys.dont_write_bytecode = True

from client import Failure  # noqa: E402
from suite import CASES, Case, World  # noqa: E402

for module in sorted(Path(__file__).parent.glob("cases_*.py")):
    importlib.import_module(module.stem)


BROKEN = "the case itself is broken:"


def attempt(case: Case, command: list[str], quiet: bool) -> str | None:
    """Why the case failed; `None` if it passed."""
    with tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True) as folder:
        world = World(command, Path(folder).resolve(), quiet)
        try:
            case.body(world)
            return None
        except Failure as failure:
            return str(failure)
        except Exception as error:
            return f"{BROKEN} {type(error).__name__}: {error}"
        finally:
            world.close()


def judge(case: Case, failure: str | None, peer: bool) -> str | None:
    """What is wrong with the outcome of a case."""
    if not peer or case.differs is None or (failure or "").startswith(BROKEN):
        return failure
    if not case.always:
        return None
    return None if failure else f"passed, though expected to fail: {case.differs}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--client", help="command of the client under test")
    parser.add_argument("--peer", action="store_true", help="test the suite with python-tuf")
    parser.add_argument("--differing", action="store_true", help="only where python-tuf differs")
    parser.add_argument("--only", default="", help="part of the names of the cases to run")
    parser.add_argument("--list", action="store_true", help="show the cases and run none")
    parser.add_argument("--jobs", type=int, default=2, help="cases at the same time")
    parser.add_argument("--slowest", type=int, default=0, help="show so many slow cases")
    options = parser.parse_args()
    chosen = [case for case in CASES if options.only in case.name
              and (case.differs or not options.differing)]
    if options.list:
        for case in chosen:
            print(f"{case.name}: {' '.join(case.tells.split())}")
        return
    if bool(options.client) == options.peer:
        parser.error("give either --client COMMAND or --peer")
    peer_client = Path(__file__).with_name("python_tuf_client.py")
    command = [sys.executable, str(peer_client)] if options.peer else shlex.split(options.client)
    if os.sep in command[0]:
        command[0] = os.path.abspath(command[0])

    started = time.monotonic()
    times: dict[str, float] = {}

    def run(case: Case) -> str | None:
        begun = time.monotonic()
        wrong = judge(case, attempt(case, command, not options.peer), options.peer)
        times[case.name] = time.monotonic() - begun
        return wrong

    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for case, wrong in zip(chosen, pool.map(run, chosen)):
            if wrong:
                failed += 1
                print(f"{case.name}: {wrong}\n    {' '.join(case.tells.split())}", flush=True)
    for name in sorted(times, key=times.get, reverse=True)[:options.slowest]:
        print(f"{times[name]:6.2f} s  {name}")
    count, seconds = len(chosen), time.monotonic() - started
    print(f"conformance: {count - failed} of {count} cases as expected, {seconds:.0f} s")
    sys.exit(1 if failed or not chosen else 0)


if __name__ == "__main__":
    main()
