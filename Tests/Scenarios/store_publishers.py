#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many publishers release to one repository in a store, while clients read it from the web.

    store_publishers.py CARNET STORE WEB ROOT HOME PUBLISHERS RELEASES [PATH=FILE]

STORE is the repository's URL for `carnet release`, WEB the same for clients, ROOT its first root,
HOME a folder with the keys, of which each publisher gets a copy. Every publisher makes RELEASES
releases, and repeats each until it is acknowledged. Meanwhile Carnet and python-tuf read: what they
are refused is a failure, for nobody has attacked anything.

Prints `acknowledged N` for each release to standard error, so that whoever started this can end parts of the store
at a moment of his choice; then the counts. PATH is in the repository from the start and FILE is what it has to be:
readers ask for it as long as nothing was released, and now and then. At last a client that knows the first root alone gets
every release that was acknowledged.
"""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tuf.ngclient import Updater

CARNET, STORE, WEB, ROOT, HOME = sys.argv[1:6]
PUBLISHERS, RELEASES = int(sys.argv[6]), int(sys.argv[7])
KNOWN = dict(word.split("=", 1) for word in sys.argv[8:])
FINGERPRINT = hashlib.sha256(Path(ROOT).read_bytes()).hexdigest()
ATTEMPTS = 60

chance = random.Random(20261123)
lock = threading.Lock()
acknowledged = []
failures = {}
reads = {"carnet": 0, "python-tuf": 0}
faults = []
stop = threading.Event()


def content(path):
    return Path(KNOWN[path]).read_bytes() if path in KNOWN else f"what {path} is\n".encode()


def some_path():
    """A path that readers must get; None if there is none yet."""
    with lock:
        # Half of the time what was there before, if there is any.
        paths = [*KNOWN] if KNOWN and chance.random() < 0.5 else acknowledged or [*KNOWN]
        return chance.choice(paths) if paths else None


def command(words, home):
    return subprocess.run(
        [CARNET, *words], capture_output=True, text=True,
        env={**os.environ, "CARNET_HOME": str(home), "NO_COLOR": "1"})


def publish(number):
    home = Path(f"publisher-{number}")
    shutil.copytree(HOME, home)
    source = home / "source.txt"
    for release in range(RELEASES):
        path = f"demo/{number}/file-{release}.txt"
        source.write_bytes(content(path))
        for _ in range(ATTEMPTS):
            said = command(
                ["release", str(source), "--as", path, "--repository", STORE,
                 "--fingerprint", FINGERPRINT], home)
            if said.returncode == 0:
                break
            with lock:
                failures[said.returncode] = failures.get(said.returncode, 0) + 1
            # The store is not well, which is no fault of the publisher's: it asks again.
            if said.returncode not in (2, 5):
                raise RuntimeError(f"{path}: {said.returncode} {said.stderr}")
            time.sleep(chance.uniform(0.1, 1))
        else:
            raise RuntimeError(f"{path}: not acknowledged: {said.stderr}")
        with lock:
            acknowledged.append(path)
            print("acknowledged", len(acknowledged), file=sys.stderr, flush=True)


def read_with_carnet():
    home = Path("reader")
    home.mkdir()
    said = command(["trust", "add", "demo", WEB, "--root", ROOT], home)
    assert said.returncode == 0, said.stderr
    while not stop.is_set():
        path = some_path()
        words = ["get", f"demo/{path}", "-o", str(home / "got")] if path else ["list", "demo"]
        said = command(words, home)
        if said.returncode != 0:
            raise RuntimeError(f"carnet {' '.join(words)}: {said.returncode} {said.stderr}")
        if path and (home / "got").read_bytes() != content(path):
            raise RuntimeError(f"{path}: other bytes")
        reads["carnet"] += 1


def tuf_client(cache):
    return Updater(
        str(cache), f"{WEB}/metadata/", str(cache), f"{WEB}/targets/",
        bootstrap=Path(ROOT).read_bytes())


def read_with_python():
    while not stop.is_set():
        with tempfile.TemporaryDirectory() as cache:
            updater = tuf_client(cache)
            updater.refresh()
            path = some_path()
            if path:
                # What was acknowledged after the refresh may not be known to it yet.
                updater = tuf_client(cache)
                target = updater.get_targetinfo(path)
                if target is None:
                    raise RuntimeError(f"{path}: acknowledged and not offered")
                updater.download_target(target)
        reads["python-tuf"] += 1


def guarded(body, *arguments):
    try:
        body(*arguments)
    except BaseException as error:  # noqa: BLE001: a thread must not die unheard
        with lock:
            faults.append(f"{body.__name__}: {error!r}")


def main():
    readers = [threading.Thread(target=guarded, args=(read,))
               for read in (read_with_carnet, read_with_python)]
    publishers = [threading.Thread(target=guarded, args=(publish, number))
                  for number in range(PUBLISHERS)]
    begun = time.monotonic()
    for thread in readers + publishers:
        thread.start()
    for thread in publishers:
        thread.join()
    seconds = time.monotonic() - begun
    stop.set()
    for thread in readers:
        thread.join()
    missing = []
    with tempfile.TemporaryDirectory() as cache:
        updater = tuf_client(cache)
        for path in acknowledged:
            target = updater.get_targetinfo(path)
            if target is None or target.length != len(content(path)):
                missing.append(path)
            elif Path(updater.download_target(target)).read_bytes() != content(path):
                missing.append(path)
        version = updater._trusted_set.timestamp.version
    print(f"{len(acknowledged)} releases of {PUBLISHERS} publishers acknowledged in {seconds:.1f} s, "
          f"{len(missing)} of them lost; attempts that failed, by exit code: {failures or 'none'}; "
          f"timestamp version {version}; reads: {reads['carnet']} by carnet, "
          f"{reads['python-tuf']} by python-tuf", file=sys.stderr)
    for fault in faults + [f"lost: {path}" for path in missing]:
        print(fault, file=sys.stderr)
    if faults or missing or len(acknowledged) != PUBLISHERS * RELEASES or not all(reads.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
