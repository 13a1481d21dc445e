# SPDX-License-Identifier: Apache-2.0
"""W4: a repository of many files in hash bins, and one more file."""

import re
import shlex
from functools import partial
from pathlib import Path

from contest import Contestant, Run
from data import trees
from data.blobs import blob
from measure import run as run_command
from measure import shell
from places import CARNET, HERE, PYTHON, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from workloads.folders import expect, expect_digest, files_below, removed, set_aside
from workloads.keys import with_keys

PUBLISHERS = WORK / "publishers"
ONE_MORE = WORK / "one-more.bin"
PATH = "0000/one-more.bin"
BIN = re.compile(r"\.(releases|bin)-[0-9a-f]+\.json$")


def measure(run: Run) -> None:
    for count, bins in run.sizes.published:
        files = trees.published(count)
        run.contest(
            f"w4-create-{count}", f"W4: {count:,} files of 1 KiB into {bins:,} bins",
            [carnet_creates(files, count, bins), python_creates(files, count, bins),
             copies(files, count), copies(files, count, durable=True)],
            rounds=1 if count >= 1_000_000 else 3,
            warm_ups=1 if count < 100_000 else 0, series="published", size=count)
        one_more(run, f"w4-add-{count}", f"W4: one file more, {count:,} files in {bins:,} bins")
    set_aside(PUBLISHERS)


def release_bins(run: Run) -> None:
    """How the cost of releasing one file grows with the number of bins."""
    count = run.sizes.published[0][0]
    files = trees.published(count)
    for bins in run.sizes.release_bins:
        with_python = bins <= 16_384  # which takes half a minute to make more
        makers = [carnet_creates(files, count, bins)]
        makers += [python_creates(files, count, bins)] if with_python else []
        for each in makers:
            each.prepare()
            run_command(each.command)
            each.check("")
        one_more(
            run, f"add-{bins}", f"one file more in {bins:,} bins", with_python, "release-bins",
            bins)
    set_aside(PUBLISHERS)


def one_more(
    run: Run, workload: str, title: str, with_python: bool = True, series: str = "", size: int = 0
) -> None:
    """Other bytes each time, as the next version of one path."""
    rounds = iter(range(1_000_000))

    def prepare() -> None:
        ONE_MORE.write_bytes(blob(f"one more {next(rounds)}", 1024))

    repositories = {name: PUBLISHERS / name for name in ("carnet", "python")}
    contestants = [Contestant(
        "Carnet", OURS,
        [CARNET, "release", ONE_MORE, "--as", PATH, "--replace", "--repository",
         repositories["carnet"]],
        "judged as a consumer would before it is published, locked, durable",
        prepare=prepare, check=partial(is_published, repositories["carnet"]))]
    if with_python:
        contestants.append(Contestant(
            "python-tuf 7.0.1 API", PEER,
            [PYTHON, HERE / "peers/tuf_publisher.py", "add", ONE_MORE, PATH,
             repositories["python"]],
            "not durable", prepare=prepare, check=partial(is_published, repositories["python"])))
    contestants.append(rewrites(repositories["carnet"], prepare))
    run.contest(workload, title, contestants, rounds=9, series=series, size=size)


def is_published(repository: Path, said: str) -> None:
    found = {file.read_bytes() for file in (repository / "targets/0000").glob("*.one-more.bin")}
    expect(ONE_MORE.read_bytes() in found, True, "the file in the repository")


def carnet_creates(files: Path, count: int, bins: int) -> Contestant:
    root, targets, layouts, online = with_keys("root", "targets", "layouts", "online")
    repository = PUBLISHERS / "carnet"
    make = shlex.join(str(word) for word in [
        CARNET, "init", repository, "--name", "bench", "--files", "*/*", "--unattested", "*/*",
        "--root", root, "--targets", targets, "--layouts", layouts, "--online", online, "--yes"])
    fill = shlex.join(str(word) for word in [
        CARNET, "release", "--folder", files, "--link", "--bins", bins, "--repository",
        repository])

    def check(said: str) -> None:
        expect_repository(repository, count, bins)
        wanted = min(files_below(files))
        path, got = wanted.relative_to(files).as_posix(), PUBLISHERS / "got"
        run_command([
            CARNET, "get", "--root", repository / "metadata/1.root.json", "--from",
            f"file://{repository}", "--no-cache", "--tuf-only", "-o", got, path])
        expect(got.read_bytes(), wanted.read_bytes(), f"what carnet get gives for {path}")
        got.unlink()

    return Contestant(
        "Carnet", OURS, shell(f"{make}; {fill}"),
        "init, then release; a sample is judged as a consumer would, locked, durable",
        prepare=lambda: set_aside(repository), check=check)


def python_creates(files: Path, count: int, bins: int) -> Contestant:
    repository = PUBLISHERS / "python"
    return Contestant(
        "python-tuf 7.0.1 API", PEER,
        [PYTHON, HERE / "peers/tuf_publisher.py", "create", files, str(bins), repository],
        "not durable", prepare=lambda: set_aside(repository),
        check=lambda said: expect_repository(repository, count, bins))


def expect_repository(repository: Path, count: int, bins: int) -> None:
    expect(sum(1 for _ in files_below(repository / "targets")), count, "files in the repository")
    names = (file.name for file in (repository / "metadata").iterdir())
    found = {name.split(".")[1] for name in names if BIN.search(name)}
    expect(len(found), bins, "bins in the repository")


def copies(files: Path, count: int, durable: bool = False) -> Contestant:
    copy = PUBLISHERS / "floor"
    script = (
        f"cd {files}; find . -type f | sort | xargs sha256sum >{PUBLISHERS}/sums; "
        f"cp -rl {files} {copy}")
    return Contestant(
        "sha256sum, cp -l, sync" if durable else "sha256sum, cp -l", FLOOR,
        shell(f"{script}; sync -f {copy}" if durable else script),
        "hashes all files and gives them second names; no metadata, no signature"
        + (", then syncfs" if durable else ", not durable"),
        prepare=lambda: set_aside(copy),
        check=lambda said: expect(sum(1 for _ in files_below(copy)), count, "files copied"))


def rewrites(repository: Path, prepare) -> Contestant:
    """What cannot be saved: the same bytes written and made durable, without making them."""
    folder = PUBLISHERS / "rewritten"

    def prepare_all() -> None:
        prepare()
        removed(folder).mkdir()

    def newest(pattern: str) -> Path:
        found = list((repository / "metadata").glob(pattern))
        return max(found, key=lambda file: int(file.name.split(".")[0]))

    sources = [newest("*.snapshot.json"), newest("*.releases-*.json"),
               repository / "metadata/timestamp.json"]
    names = " ".join(shlex.quote(str(source)) for source in sources)
    return Contestant(
        "sha256sum, cp, sync", FLOOR,
        shell(f"sha256sum {ONE_MORE} >sum; cp {ONE_MORE} {names} .; sync *; sync ."),
        "copies the file, a snapshot, a bin and a timestamp as they are, fsync of each", folder,
        prepare=prepare_all,
        check=lambda said: expect_digest(folder / ONE_MORE.name, digest(folder / "sum")))


def digest(sums: Path) -> str:
    return sums.read_text().split()[0]
