# SPDX-License-Identifier: Apache-2.0
"""A repository brought to object storage: SeaweedFS in one process on the same cores."""

import hashlib
import json
import shlex
import urllib.request
from pathlib import Path

from contest import Contestant, Run
from data import repositories
from measure import run as run_command
from measure import shell
from places import CARNET, VENV, WORK
from rows import CARNET as OURS
from rows import FLOOR
from services import Service, free_port
from workloads.folders import emptied, expect, files_below

FOLDER = WORK / "store"
BUCKET = "bench"
ACCESS, SECRET = "bench", hashlib.sha256(b"bench store").hexdigest()


class Weed(Service):
    """Master, volume server, filer and S3 gateway; the volume is kept once."""

    def __init__(self) -> None:
        emptied(FOLDER)
        configuration = FOLDER / "s3.json"
        configuration.write_text(json.dumps({"identities": [
            {"name": "bench", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
             "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
            {"name": "anonymous", "actions": ["Read"]}]}))
        ports = {
            name: free_port() for name in (
                "master", "volume", "filer", "s3", "master.grpc", "volume.grpc", "filer.grpc",
                "s3.grpc")}
        words = []
        for name in ("master", "volume", "filer", "s3"):
            words += [f"-{name}.port={ports[name]}", f"-{name}.port.grpc={ports[f'{name}.grpc']}"]
        self.filer = ports["filer"]
        super().__init__("weed", [
            VENV / "bin/weed", "-logtostderr=true", "server", f"-dir={FOLDER}", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", "-master.telemetry=false", "-master.volumeSizeLimitMB=1024",
            "-volume.max=100", "-filer", "-s3", f"-s3.config={configuration}",
            "-s3.port.iceberg=0", "-s3.port.lance=0", *words], ports["s3"])

    def is_ready(self) -> bool:
        """Once a file can be written and read, which is later than it answers."""
        probe = f"http://127.0.0.1:{self.filer}/buckets/{BUCKET}/probe"
        try:
            urllib.request.urlopen(urllib.request.Request(probe, b"probe", method="PUT"), timeout=5)
            return self.read("probe") == b"probe"
        except OSError:
            return False

    def read(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.origin}/{BUCKET}/{path}", timeout=5) as answer:
            return answer.read()


def measure(run: Run) -> None:
    source = repositories.mirrored(run.sizes.stored)
    with Weed() as weed:
        run.contest(
            "store", f"{run.sizes.stored:,} files of 16 KiB published to a bucket, nothing there",
            [carnet(weed, source), curl(weed, source)], rounds=3, warm_ups=0)
        again = carnet(weed, source, keeps=True)
        again.prepare()
        run_command(again.command)
        run.contest(
            "store-again", "published to the bucket again, nothing new",
            [again], rounds=5, warm_ups=0)


def carnet(weed: Weed, source: Path, keeps: bool = False) -> Contestant:
    """To another prefix each time."""
    place = iter(range(1_000_000))
    prefix = {"is": "again" if keeps else ""}
    command: list[str] = []

    def prepare() -> None:
        if not keeps:
            prefix["is"] = f"round-{next(place)}"
        command[:] = [
            "env", f"AWS_ENDPOINT_URL_S3={weed.origin}", "AWS_REGION=us-east-1",
            f"AWS_ACCESS_KEY_ID={ACCESS}", f"AWS_SECRET_ACCESS_KEY={SECRET}", str(CARNET),
            "publish", f"s3://{BUCKET}/{prefix['is']}", "--repository", str(source)]

    return Contestant(
        "Carnet", OURS, command,
        "reads the folder as a client does, 16 transfers at once, conditional writes",
        prepare=prepare, check=lambda said: expect_stored(weed, prefix["is"], source))


def curl(weed: Weed, source: Path) -> Contestant:
    place = iter(range(1_000_000))
    wanted, prefix = FOLDER / "wanted.curl", {"is": ""}

    def prepare() -> None:
        prefix["is"] = f"floor-{next(place)}"
        base = f"{weed.origin}/{BUCKET}/{prefix['is']}"
        names = (file.relative_to(source).as_posix() for file in files_below(source))
        wanted.write_text("\nnext\n".join(
            f'upload-file = "{source}/{name}"\nurl = "{base}/{name}"\noutput = "/dev/null"\n'
            f'fail\nsilent\nshow-error\naws-sigv4 = "aws:amz:us-east-1:s3"\n'
            f'user = "{ACCESS}:{SECRET}"\nheader = "x-amz-content-sha256: UNSIGNED-PAYLOAD"'
            for name in names))

    return Contestant(
        "curl -Z, PUT", FLOOR, shell(f"curl -Z --parallel-max 16 -K {shlex.quote(str(wanted))}"),
        "one curl with 16 uploads at once, signed (SigV4); puts files and looks at nothing",
        prepare=prepare, check=lambda said: expect_stored(weed, prefix["is"], source))


def expect_stored(weed: Weed, prefix: str, source: Path) -> None:
    files = [source / "metadata/timestamp.json", *sorted(files_below(source / "targets"))[::500]]
    for file in files:
        path = file.relative_to(source).as_posix()
        expect(weed.read(f"{prefix}/{path}") == file.read_bytes(), True, f"{path} in the bucket")
