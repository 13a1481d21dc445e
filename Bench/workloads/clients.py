# SPDX-License-Identifier: Apache-2.0
"""W1, W2 and W3: one file, from an empty cache or a full one, by small, large and many lists."""

import shutil
from pathlib import Path

from contest import Contestant, Run
from data import repositories
from data.repositories import LARGE
from measure import run as run_command
from measure import shell
from places import WORK
from rows import FLOOR
from services import Nginx
from workloads import asking
from workloads.folders import emptied, expect, expect_refused, removed


def one_file(run: Run) -> None:
    """W1."""
    small = repositories.small()
    with Nginx() as nginx:
        url = nginx.url(small)
        run.contest("w1-cold", "W1 cold: refresh and one file of 16 KiB", [
            asking.carnet(small, url), asking.python_tuf(small, url), asking.curl(small, url),
        ], rounds=15)
        warm(run, "w1-warm", "W1 warm: the same again, nothing new", small, url, rounds=15)
        refuses_damage(nginx, small)


def warm(run: Run, workload: str, title: str, repository: Path, url: str, rounds: int) -> None:
    """Everything is there from before; the floor is the one request that says so."""
    emptied(asking.CLIENTS)
    contestants = [
        asking.carnet(repository, url, keeps=True), asking.python_tuf(repository, url, keeps=True)]
    for each in contestants:
        run_command(each.command)
    known = repository / "metadata/timestamp.json"
    folder = emptied(asking.CLIENTS / "curl")
    contestants.append(Contestant(
        "curl, cmp", FLOOR,
        shell(f"curl -sSf -O {url}/metadata/timestamp.json; cmp timestamp.json {known}"),
        "one curl for timestamp.json, compared with the one before", folder))
    run.contest(workload, title, contestants, rounds)


def refuses_damage(nginx: Nginx, repository: Path) -> None:
    """One byte of the target changed on the server."""
    damaged = removed(WORK / "damaged")
    shutil.copytree(repository, damaged)
    place = damaged / asking.digest_of(repository, repositories.WANTED)[1]
    content = place.read_bytes()
    place.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    for asked in (asking.carnet, asking.python_tuf):
        contestant = asked(repository, nginx.url(damaged))
        contestant.prepare()
        expect_refused(list(contestant.command), f"a changed target, by {contestant.name}")
    shutil.rmtree(damaged)


def large_file(run: Run) -> None:
    """W2."""
    large = repositories.large(run.sizes.large_file)
    digest, place = asking.digest_of(large, LARGE)
    folder = asking.CLIENTS / "curl"

    def floor(name: str, script: str, does: str) -> Contestant:
        return Contestant(
            name, FLOOR, shell(script), does, folder, prepare=lambda: emptied(folder),
            check=lambda said: expect(digest in said, True, "the digest in what openssl said"))

    with Nginx() as nginx:
        url = nginx.url(large)
        get, hash_it = f"curl -sSf -o large {url}/{place}", "openssl dgst -sha256"
        run.contest("w2", f"W2: one file of {run.sizes.large_file >> 20} MiB", [
            asking.carnet(large, url, LARGE),
            asking.python_tuf(large, url, LARGE),
            floor("curl, then openssl", f"{get}; {hash_it} large",
                  "curl to a file, then openssl dgst of it; the file is not made durable"),
            floor("curl | tee | openssl", f"curl -sSf {url}/{place} | tee large | {hash_it}",
                  "hashes while it receives, in three processes; not durable"),
            floor("curl, then openssl, sync", f"{get}; {hash_it} large; sync large",
                  "the first one, then fsync of the file, as Carnet does"),
        ], rounds=3)
    shutil.rmtree(asking.CLIENTS)


def long_lists(run: Run) -> None:
    """W3 with all entries in one targets.json."""
    with Nginx() as nginx:
        for count in run.sizes.flat:
            flat = repositories.flat(count)
            url, many = nginx.url(flat), count >= 1_000_000
            run.contest(
                f"w3-flat-{count}", f"W3: targets.json of {count:,} entries, cold",
                [asking.carnet(flat, url),
                 asking.python_tuf(flat, url, rounds=1 if many else 1000),
                 asking.curl(flat, url), parse_floor(flat)],
                rounds=3 if many else 5, series="entries", size=count)


def parse_floor(repository: Path) -> Contestant:
    file = repository / "metadata/1.targets.json"
    return Contestant(
        "orjson", FLOOR,
        ["python3", "-c", f"import orjson; orjson.loads(open('{file}', 'rb').read())"],
        "parses targets.json into objects, and nothing else; python's start is in it")


def bins(run: Run) -> None:
    """W3 with the entries in hash bins."""
    sizes = run.sizes
    with Nginx() as nginx:
        for count in sizes.bins:
            binned = repositories.binned(sizes.binned, count)
            url, role = nginx.url(binned), the_bin(binned)
            title = f"W3: {count:,} bins over {sizes.binned:,} entries"
            run.contest(
                f"w3-bins-{count}", f"{title}, cold",
                [asking.carnet(binned, url), asking.python_tuf(binned, url),
                 asking.curl(binned, url, roles=(role,))],
                rounds=9 if count == sizes.usual_bins else 3, series="bins", size=count)
            if count == sizes.usual_bins:
                warm(run, f"w3-bins-{count}-warm", f"{title}, warm", binned, url, rounds=9)
        full = repositories.binned(sizes.binned, sizes.usual_bins, with_digests=True)
        url = nginx.url(full)
        run.contest(
            f"w3-digests-{sizes.usual_bins}",
            f"W3: {sizes.usual_bins:,} bins, lengths and digests in the snapshot, cold",
            [asking.carnet(full, url), asking.python_tuf(full, url)], rounds=5)


def most_entries(run: Run) -> None:
    """As many as the largest indexes of packages have versions of files."""
    count, bins = run.sizes.most_entries
    binned = repositories.binned(count, bins)
    title = f"{bins:,} bins over {count:,} entries"
    with Nginx() as nginx:
        url = nginx.url(binned)
        run.contest("most-entries", f"{title}, cold", [
            asking.carnet(binned, url), asking.python_tuf(binned, url),
            asking.curl(binned, url, roles=(the_bin(binned),))], rounds=5)
        warm(run, "most-entries-warm", f"{title}, warm", binned, url, rounds=5)


def the_bin(repository: Path) -> str:
    """The only bin that is there."""
    file, = (repository / "metadata").glob("1.bin-*.json")
    return file.name.removeprefix("1.").removesuffix(".json")


def roles(run: Run) -> None:
    """How a client's cost grows with the number of delegated roles that have keys of their own."""
    with Nginx() as nginx:
        for count in run.sizes.roles:
            delegated = repositories.delegated(count)
            url = nginx.url(delegated)
            run.contest(
                f"roles-{count}", f"{count:,} delegated roles with keys of their own, cold",
                [asking.carnet(delegated, url), asking.python_tuf(delegated, url),
                 asking.curl(delegated, url, roles=(f"project-{count - 1}",))],
                rounds=3, series="roles", size=count)
