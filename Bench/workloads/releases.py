# SPDX-License-Identifier: Apache-2.0
"""One release with its evidence, verified from start to finish: with a server, and without."""

import json
from pathlib import Path

from contest import Contestant, Run
from measure import shell
from measure import run as run_command
from places import CARNET, HERE, PYTHON, WORK
from rows import CARNET as OURS
from rows import FLOOR, PEER
from services import Nginx
from workloads.folders import emptied, expect, expect_refused, files_below
from workloads.keys import with_keys

RELEASE = WORK / "release"
PATH = "demo/1.0/demo-1.0.tar.gz"
FILE = RELEASE / "dist/demo-1.0.tar.gz"
REPOSITORY = RELEASE / "repository"
ROOT = REPOSITORY / "metadata/1.root.json"


def make() -> None:
    """A project of two steps, released as the README has it."""
    emptied(RELEASE)
    for name in ("src", "dist", "links"):
        (RELEASE / name).mkdir()
    (RELEASE / "src/main.c").write_text("int main(void) { return 0; }\n")
    root, targets, layouts, online, alice = with_keys(
        "root", "targets", "layouts", "online", "alice")

    def carnet(*words: str) -> None:
        run_command([CARNET, *words], RELEASE)

    carnet("init", "repository", "--name", "demo", "--root", root, "--targets", targets,
           "--layouts", layouts, "--online", online, "--yes")
    carnet("layout", "new", "build-package", "--project", "demo", "--functionary", alice,
           "-o", "repository/layouts/demo.yaml")
    carnet("layout", "add", "repository/layouts/demo.yaml", "--key", alice,
           "--repository", "repository")
    carnet("run", "-n", "build", "--key", alice, "-m", "src", "-p", "src", "build", "-d", "links",
           "--", "sh", "-c", "mkdir build && cp src/main.c build/main.c")
    pack = "tar --sort=name --mtime=@0 -czf dist/demo-1.0.tar.gz src build"
    carnet("run", "-n", "package", "--key", alice, "-m", "src", "build", "-p", "dist",
           "-d", "links", "--", *pack.split())
    carnet("release", "dist/demo-1.0.tar.gz", "--links", "links", "--repository", "repository")


def measure(run: Run) -> None:
    make()
    with Nginx() as nginx:
        url = nginx.url(REPOSITORY)
        run.contest(
            "verify", "carnet verify of one release, start to finish, from an empty cache",
            [carnet(url), python(url), floor(url)], rounds=15)
        known = carnet(url, "--offline", state="known")
        run_command([word for word in known.command if word != "--offline"])
        run.contest("start-offline", "start-up: an offline verify of the release", [
            known, sha256sum()], rounds=25)
        changed = RELEASE / "changed.tar.gz"
        changed.write_bytes(FILE.read_bytes() + b"\0")
        for asked in (carnet, python):
            contestant = asked(url)
            contestant.prepare()
            command = [changed if word == FILE else word for word in contestant.command]
            expect_refused(command, f"a changed release, by {contestant.name}")


def carnet(url: str, *more: str, state: str = "state") -> Contestant:
    folder = RELEASE / state
    return Contestant(
        "Carnet", OURS,
        [CARNET, "verify", FILE, "--as", PATH, "--root", ROOT, "--from", url, "--cache", folder,
         *more],
        "judges by what it saw before, asks nobody" if more else
        "refreshes, fetches layout, keys and links, and verifies them",
        prepare=(lambda: None) if more else (lambda: emptied(folder)),
        check=lambda said: expect(said.startswith("VERIFIED"), True, "VERIFIED in the first line"))


def python(url: str) -> Contestant:
    folder = RELEASE / "python"
    return Contestant(
        "python-tuf 7.0.1, in-toto 3.1.0", PEER,
        [PYTHON, HERE / "peers/release_verifier.py", ROOT, url, folder, PATH, FILE],
        "both libraries in one process, the same evidence",
        prepare=lambda: emptied(folder))


def floor(url: str) -> Contestant:
    """Everything that Carnet asks the server for."""
    folder = RELEASE / "curl"
    versions = json.loads(newest("snapshot").read_bytes())["signed"]["meta"]
    names = ["timestamp.json", newest("snapshot").name]
    names += [f"{versions[f'{role}.json']['version']}.{role}.json"
              for role in ("targets", "releases", "layouts", "links") if f"{role}.json" in versions]
    urls = [f"{url}/metadata/{name}" for name in names]
    evidence = [
        file for file in files_below(REPOSITORY / "targets") if not file.name.endswith(".gz")]
    urls += [f"{url}/{file.relative_to(REPOSITORY).as_posix()}" for file in evidence]
    return Contestant(
        "curl, sha256sum", FLOOR,
        shell(f"curl -sSf --remote-name-all {' '.join(urls)}; sha256sum * {FILE} >sums"),
        f"one curl for {len(urls)} files, then sha256sum of them and of the release", folder,
        prepare=lambda: emptied(folder))


def newest(role: str) -> Path:
    return max(
        (REPOSITORY / "metadata").glob(f"*.{role}.json"),
        key=lambda file: int(file.name.split(".")[0]))


def sha256sum() -> Contestant:
    return Contestant("sha256sum", FLOOR, ["sha256sum", FILE], "of the file")
