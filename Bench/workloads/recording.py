# SPDX-License-Identifier: Apache-2.0
"""W6: a step's link over many files: recorded once, twice, and twice when nothing was touched."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from contest import Contestant, Run
from data import trees
from measure import shell
from places import CARNET, IN_TOTO_GOLANG, KEYS, VENV, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from workloads.folders import digest_of_file, emptied, expect, files_below
from workloads.keys import with_keys

LINKS = WORK / "links"
BEFORE, BOTH = ["-m", "."], ["-m", ".", "-p", "."]


def measure(run: Run) -> None:
    with_keys("recorder")
    for count in run.sizes.recorded[:-1]:
        run.contest(
            f"w6-twice-{count}", f"W6: {count:,} files recorded twice", twice(count), 3,
            series="recorded", size=count)
    most = run.sizes.recorded[-1]
    run.contest(
        "w6-once", f"W6: {most:,} files recorded once, as materials",
        [carnet(most, BEFORE), python(most, BEFORE), *golang(most, BEFORE), floor(most, 1)], 3)
    run.contest(
        "w6-twice", f"W6: {most:,} files recorded twice, as materials and products, all read twice",
        twice(most), 3, series="recorded", size=most)
    run.contest(
        "w6-unchanged", f"W6: {most:,} files as materials and products, none touched in between",
        [carnet(most, BOTH), python(most, BOTH), *golang(most, BOTH), floor(most, 2)], 3)


def twice(count: int) -> list[Contestant]:
    return [
        carnet(count, [*BOTH, "--rehash"]), python(count, BOTH), *golang(count, BOTH),
        floor(count, 2)]


def carnet(count: int, artifacts: list[str]) -> Contestant:
    does = "" if "--rehash" in artifacts else (
        "a file whose times and place are the same is not read again" if "-p" in artifacts else "")
    return contestant(
        "Carnet", OURS, count, artifacts, does,
        lambda key, links: [
            CARNET, "run", "-n", "build", "--key", f"file:{key}", *artifacts, "-d", links, "-x"])


def python(count: int, artifacts: list[str]) -> Contestant:
    return contestant(
        "in-toto 3.1.0", PEER, count, artifacts, "",
        lambda key, links: [
            VENV / "bin/in-toto-run", "-n", "build", "--signing-key", key, *artifacts, "-d", links,
            "-x"])


def golang(count: int, artifacts: list[str]) -> list[Contestant]:
    return [contestant(
        "in-toto-golang", PEER, count, artifacts, "",
        lambda key, links: [
            IN_TOTO_GOLANG, "run", "-n", "build", "-k", key, *artifacts, "-d", links, "-x"])]


def contestant(
    name: str, kind: str, count: int, artifacts: list[str], does: str,
    command: Callable[[Path, Path], list],
) -> Contestant:
    tree, links = trees.recorded(count), LINKS / name.split()[0]
    return Contestant(
        name, kind, command(KEYS / "recorder.pem", links), does, tree,
        prepare=lambda: emptied(links),
        check=lambda said: expect_link(links, tree, count, with_products="-p" in artifacts))


def floor(count: int, passes: int) -> Contestant:
    tree, sums = trees.recorded(count), WORK / "sums"
    script = (
        f"find . -type f -print0 | xargs -0 -n 1000 -P {os.cpu_count()} openssl dgst -r -sha256 "
        f">>{sums}")
    return Contestant(
        f"openssl dgst, {passes} pass{'es' if passes > 1 else ''}", FLOOR,
        shell("; ".join([script] * passes)),
        "find, xargs with a process on each core, a thousand files for each openssl dgst", tree,
        prepare=lambda: sums.unlink(missing_ok=True),
        check=lambda said: expect(
            sums.read_bytes().count(b"\n"), passes * count, "digests of openssl"))


def expect_link(links: Path, tree: Path, count: int, with_products: bool) -> None:
    file, = links.glob("build.*.link")
    link = json.loads(file.read_bytes())["signed"]
    expect(len(link["materials"]), count, "materials")
    expect(len(link["products"]), count if with_products else 0, "products")
    name = max(file.relative_to(tree).as_posix() for file in files_below(tree))
    digest = {"sha256": digest_of_file(tree / name)}
    expect(link["materials"][name], digest, f"the digest of {name}")
