# SPDX-License-Identifier: Apache-2.0
"""What clients do for one file: Carnet, python-tuf, and curl with sha256sum as the floor."""

import shlex
from pathlib import Path

from contest import Contestant
from data.repositories import WANTED
from measure import shell
from places import CARNET, HERE, PYTHON, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from workloads.folders import emptied, expect_digest

CLIENTS = WORK / "clients"


def digest_of(repository: Path, path: str) -> tuple[str, str]:
    """A target's digest and its name on the server, as its file there is called."""
    parent, _, name = path.rpartition("/")
    place, = (repository / "targets" / parent).glob(f"*.{name}")
    return place.name.split(".")[0], f"targets/{parent}/{place.name}"


def carnet(repository: Path, url: str, path: str = WANTED, keeps: bool = False) -> Contestant:
    folder = CLIENTS / "carnet"
    digest, _ = digest_of(repository, path)
    return Contestant(
        "Carnet", OURS,
        [CARNET, "get", "--root", repository / "metadata/1.root.json", "--from", url, "--cache",
         folder / "state", "-o", folder / "file", "--tuf-only", path],
        prepare=(lambda: None) if keeps else (lambda: emptied(folder)),
        check=lambda said: expect_digest(folder / "file", digest))


def python_tuf(
    repository: Path, url: str, path: str = WANTED, keeps: bool = False, rounds: int = 1000
) -> Contestant:
    folder = CLIENTS / "python"
    digest, _ = digest_of(repository, path)
    return Contestant(
        "python-tuf 7.0.1", PEER,
        [PYTHON, HERE / "peers/tuf_client.py", repository / "metadata/1.root.json", url, folder,
         path],
        prepare=(lambda: None) if keeps else (lambda: emptied(folder)), rounds=rounds,
        check=lambda said: expect_digest(next((folder / "targets").iterdir()), digest))


def curl(repository: Path, url: str, path: str = WANTED, roles: tuple[str, ...] = ()) -> Contestant:
    """The same five requests (one more for a delegated role) by one curl, then sha256sum."""
    folder = CLIENTS / "curl"
    digest, place = digest_of(repository, path)
    files = ["metadata/1.root.json", "metadata/timestamp.json"]
    files += [f"metadata/1.{role}.json" for role in ("snapshot", "targets", *roles)] + [place]
    urls = shlex.join(f"{url}/{file}" for file in files)
    sums = shlex.quote(f"{digest}  {Path(place).name}")
    return Contestant(
        "curl, sha256sum", FLOOR,
        shell(f"curl -sSf --remote-name-all {urls}; echo {sums} | sha256sum -c --quiet"),
        f"one curl for the {len(files)} files, then sha256sum of the target", folder,
        prepare=lambda: emptied(folder),
        check=lambda said: expect_digest(folder / Path(place).name, digest))
