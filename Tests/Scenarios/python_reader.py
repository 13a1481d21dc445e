#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python-tuf's own client reads a repository's folder, from its first root on.

    python_reader.py REPOSITORY [PATH...]

Refreshes with an empty cache and downloads each target PATH; prints the version of each
top-level role. A target that is not offered is an error.
"""

import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater


class FolderFetcher(FetcherInterface):
    """Reads `folder:` URLs from the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def _fetch(self, url: str):
        path = self.folder / unquote(url.removeprefix("folder:/"))
        try:
            return iter([path.read_bytes()])
        except FileNotFoundError:
            raise DownloadHTTPError(f"{path}: not found", 404) from None


def main() -> None:
    repository, *paths = sys.argv[1:]
    folder = Path(repository)
    root = (folder / "metadata/1.root.json").read_bytes()
    with tempfile.TemporaryDirectory() as cache:
        updater = Updater(cache, "folder:/metadata/", cache, "folder:/targets/",
                          fetcher=FolderFetcher(folder), bootstrap=root)
        updater.refresh()
        for path in paths:
            target = updater.get_targetinfo(path)
            if target is None:
                raise SystemExit(f"python-tuf: {path}: no such target")
            updater.download_target(target, str(Path(cache, "target")))
        trusted = updater._trusted_set
        print(f"root {trusted.root.version} timestamp {trusted.timestamp.version} "
              f"snapshot {trusted.snapshot.version} targets {trusted.targets.version}")


if __name__ == "__main__":
    main()
