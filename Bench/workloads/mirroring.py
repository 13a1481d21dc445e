# SPDX-License-Identifier: Apache-2.0
"""W5: a verified copy of a repository, and the same again with nothing new; near and far."""

import shutil
from collections.abc import Callable
from pathlib import Path

from contest import Contestant, Run
from data import repositories
from measure import shell
from places import CARNET, HERE, PYTHON, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from services import Distance, Nginx
from workloads.folders import (
    digest_of_file, emptied, expect, expect_refused, files_below, removed, set_aside)

MIRRORS = WORK / "mirrors"
CONNECTIONS = 16
ROUND_TRIP = 50  # milliseconds


def measure(run: Run) -> None:
    with Nginx() as nginx:
        near(run, nginx)
        far(run, nginx)
        refuses_damage(run, nginx)
    set_aside(MIRRORS)


def near(run: Run, nginx: Nginx) -> None:
    count = run.sizes.mirrored
    source = repositories.mirrored(count)
    url = nginx.url(source)
    floors = [curl(source, url), curl(source, url, hashes=False)]
    run.contest(
        "w5-mirror", f"W5: verified copy of {count:,} files of 16 KiB",
        [carnet(source, url), python_tuf(source, url), *floors], rounds=5)
    again(run, "w5-again", f"W5: the same again, nothing new, {count:,} files", source, url)


def far(run: Run, nginx: Nginx) -> None:
    count = run.sizes.distant
    source = repositories.mirrored(count)
    with Distance(nginx.port, ROUND_TRIP) as distance:
        url = nginx.url(source).replace(nginx.origin, distance.origin)
        run.contest(
            "w5-far", f"W5: {count:,} files of 16 KiB from {ROUND_TRIP} ms away",
            [carnet(source, url), python_tuf(source, url, rounds=1), curl(source, url)],
            rounds=3, warm_ups=0)
        again(run, "w5-far-again", f"W5: the same again from {ROUND_TRIP} ms away", source, url)


def most_files(run: Run) -> None:
    """A first copy of very many files, and the look at one that is complete."""
    count = run.sizes.most_files
    source = repositories.mirrored(count)
    with Nginx() as nginx:
        url = nginx.url(source)
        run.contest(
            "most-files", f"verified copy of {count:,} files of 16 KiB",
            [carnet(source, url), curl(source, url)], rounds=1, warm_ups=0)
        again(run, "most-files-again", f"the same again, nothing new, {count:,} files", source,
              url, with_python=False)
    set_aside(MIRRORS)


def again(
    run: Run, workload: str, title: str, source: Path, url: str, with_python: bool = True
) -> None:
    """The copies of the last contest are there."""
    known = source / "metadata/timestamp.json"
    peers = [python_tuf(source, url, keeps=True)] if with_python else []
    run.contest(workload, title, [
        carnet(source, url, keeps=True), *peers,
        Contestant(
            "curl, cmp", FLOOR,
            shell(f"curl -sSf -O {url}/metadata/timestamp.json; cmp timestamp.json {known}"),
            "one curl for timestamp.json, compared with the one before",
            emptied(MIRRORS / "timestamp")),
    ], rounds=5, warm_ups=0)


def carnet(source: Path, url: str, keeps: bool = False) -> Contestant:
    copy = MIRRORS / "carnet"
    return Contestant(
        "Carnet", OURS,
        [CARNET, "mirror", "sync", url, copy, "--root", source / "metadata/1.root.json"],
        "verified, durable, 16 transfers at once",
        prepare=(lambda: None) if keeps else (lambda: set_aside(copy)),
        check=complete(source, copy / "targets"))


def python_tuf(
    source: Path, url: str, keeps: bool = False, rounds: int = 1000
) -> Contestant:
    copy = MIRRORS / "python"
    return Contestant(
        "python-tuf 7.0.1", PEER,
        [PYTHON, HERE / "peers/tuf_client.py", source / "metadata/1.root.json", url, copy,
         "--all"],
        "its client for each file, one after the other; not durable",
        prepare=(lambda: None) if keeps else (lambda: set_aside(copy)), rounds=rounds,
        check=complete(source, copy / "targets"))


def curl(source: Path, url: str, hashes: bool = True) -> Contestant:
    """All files at once; what there is and what its digests are it knows beforehand."""
    copy, wanted = MIRRORS / "curl", MIRRORS / f"{source.name}.curl"
    sums = MIRRORS / f"{source.name}.sums"
    MIRRORS.mkdir(exist_ok=True)
    names = [file.name for file in files_below(source / "targets")]
    wanted.write_text("".join(
        f'url = "{url}/targets/pool/{name}"\noutput = "{name}"\n' for name in names))
    sums.write_text("".join(f"{name.split('.')[0]}  {name}\n" for name in names))
    get = f"curl -sSf -Z --parallel-max {CONNECTIONS} -K {wanted}"
    return Contestant(
        "curl -Z, sha256sum" if hashes else "curl -Z", FLOOR,
        shell(f"{get}; sha256sum -c --quiet {sums}" if hashes else get),
        f"one curl with {CONNECTIONS} transfers at once, from a list made before"
        + (", then sha256sum -c" if hashes else "; nothing is verified") + "; not durable",
        copy, prepare=lambda: set_aside(copy).mkdir(), check=complete(source, copy))


def complete(source: Path, copy: Path) -> Callable[[str], None]:
    """Whether every file is there, with the bytes that it should have."""
    def check(said: str) -> None:
        wanted = sorted(file.name.split(".")[0] for file in files_below(source / "targets"))
        expect(sorted(map(digest_of_file, files_below(copy))) == wanted, True, "the files copied")
    return check


def refuses_damage(run: Run, nginx: Nginx) -> None:
    """One byte of one file changed on the server."""
    source, damaged = repositories.mirrored(run.sizes.distant), removed(WORK / "damaged")
    shutil.copytree(source, damaged)
    file = min(files_below(damaged / "targets"))
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    contestant = carnet(source, nginx.url(damaged))
    contestant.prepare()
    expect_refused(list(contestant.command), "a mirror's source with a changed file")
    expect((MIRRORS / "carnet/metadata/timestamp.json").exists(), False, "published all the same")
    shutil.rmtree(damaged)
