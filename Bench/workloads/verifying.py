# SPDX-License-Identifier: Apache-2.0
"""W7: in-toto verification of a chain of steps with many artifacts each, in both containers."""

import shutil
from pathlib import Path

from contest import Contestant, Run
from data.chains import chain, with_changed_digest
from places import CARNET, IN_TOTO_GOLANG, VENV, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from workloads.folders import emptied, expect_refused, removed

USUAL_STEPS = 5
NAMES = {"metablock": "Metablock", "dsse": "DSSE"}


def measure(run: Run) -> None:
    for form in NAMES:
        count = run.sizes.usual_artifacts
        links = chain(form, USUAL_STEPS, count)
        series = "artifacts" if form == "metablock" else ""
        contest(
            run, f"w7-{form}", f"W7: 5 steps of {count:,} + {count:,} artifacts, {NAMES[form]}",
            links, 3, series, count)
        refuses_damage(form, links)


def artifacts(run: Run) -> None:
    """How the cost grows with the artifacts of a link; W7 itself belongs to the series, too."""
    for count in run.sizes.artifacts:
        if count == run.sizes.usual_artifacts:
            continue
        contest(
            run, f"artifacts-{count}", f"5 steps of {count:,} + {count:,} artifacts, Metablock",
            chain("metablock", USUAL_STEPS, count), 3, "artifacts", count)


def steps(run: Run) -> None:
    """How it grows with the number of links."""
    for count in run.sizes.steps:
        contest(
            run, f"steps-{count}", f"{count} steps of 500 + 500 artifacts, Metablock",
            chain("metablock", count, 500), 3, "steps", count)


def most_artifacts(run: Run) -> None:
    """Links of a million artifacts each."""
    count = run.sizes.most_artifacts
    contest(
        run, "most-artifacts", f"2 steps of {count:,} + {count:,} artifacts, Metablock",
        chain("metablock", 2, count), 3, "", count)


def contest(
    run: Run, workload: str, title: str, links: Path, rounds: int, series: str, size: int
) -> None:
    # An empty folder: what lies about in it would be products of an inspection.
    folder = emptied(WORK / "verifying")
    contestants = verifiers(links, folder)
    for each in contestants:
        # The peers take half a minute.
        each.rounds = 1 if size >= 100_000 and each.kind == PEER else each.rounds
    contestants.append(Contestant(
        "orjson", FLOOR,
        ["python3", "-c", "import glob, orjson\nfor name in glob.glob('*.link'):\n"
         " orjson.loads(open(name, 'rb').read())"],
        "parses the links into objects, payloads not; python's start is in it", links))
    run.contest(workload, title, contestants, rounds, series=series, size=size)


def verifiers(links: Path, folder: Path) -> list[Contestant]:
    layout, key = links / "root.layout", links / "owner.pub"
    python = ["-l", layout, "--verification-keys", key, "--link-dir", links]
    return [
        Contestant("Carnet", OURS, [CARNET, "in-toto", "verify", *python], "", folder),
        Contestant(
            "in-toto 3.1.0", PEER, [VENV / "bin/in-toto-verify", *python], "", folder),
        Contestant(
            "in-toto-golang", PEER,
            [IN_TOTO_GOLANG, "verify", "-l", layout, "-k", key, "-d", links], "", folder)]


def refuses_damage(form: str, links: Path) -> None:
    """One digit of one digest changed in one link."""
    damaged = removed(WORK / "damaged")
    shutil.copytree(links, damaged)
    link = min(damaged.glob("step-1.*.link"))
    link.write_bytes(with_changed_digest(link.read_bytes()))
    for each in verifiers(damaged, emptied(WORK / "verifying")):
        expect_refused(
            list(each.command), f"a changed link in {NAMES[form]}, by {each.name}", each.folder)
    shutil.rmtree(damaged)
