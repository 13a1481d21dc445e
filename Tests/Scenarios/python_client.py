#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python-tuf's own client as a consumer: fetches files, and the evidence that they name.

    python_client.py ROOT.json URL DIRECTORY PATH...

Each target PATH lands in DIRECTORY under its own name; its layout in DIRECTORY/NAME.in-toto, its
links in `links` and the layout's public keys that really signed it in `keys` below that. OpenPGP
certificates, whoever signed, go to `openpgp`, with the ids of those that did in `openpgp.signers`.
"""

import json
import sys
from pathlib import Path, PurePosixPath

from tuf.ngclient import Updater


def fetch(updater: Updater, path: str, folder: Path) -> tuple[Path, dict]:
    folder.mkdir(parents=True, exist_ok=True)
    target = updater.get_targetinfo(path)
    if target is None:
        raise SystemExit(f"python-tuf: {path}: no such target")
    file = folder / PurePosixPath(path).name
    updater.download_target(target, str(file))
    return file, target.custom or {}


def fetch_evidence(updater: Updater, custom: dict, folder: Path) -> None:
    for path in custom["in-toto"]:
        if path.endswith(".link"):
            fetch(updater, path, folder / "links")
            continue
        layout, named = fetch(updater, path, folder)
        signed_by = {s["keyid"] for s in json.loads(layout.read_bytes())["signatures"]}
        by_gpg = sorted(keyid for keyid in signed_by if len(keyid) == 40)
        (folder / "openpgp.signers").write_text("".join(f"{keyid}\n" for keyid in by_gpg))
        for key in named["in-toto"]:
            stem = PurePosixPath(key).stem
            if len(stem) == 40:
                fetch(updater, key, folder / "openpgp")
            elif stem in signed_by:
                fetch(updater, key, folder / "keys")


def main() -> None:
    root, url, directory, *paths = sys.argv[1:]
    state = Path(directory, "state")
    state.mkdir(parents=True, exist_ok=True)
    updater = Updater(str(state), f"{url}metadata/", directory, f"{url}targets/",
                      bootstrap=Path(root).read_bytes())
    updater.refresh()
    for path in paths:
        file, custom = fetch(updater, path, Path(directory))
        fetch_evidence(updater, custom, Path(directory, f"{file.name}.in-toto"))
        print(f"python-tuf: {path}: downloaded and checked")


if __name__ == "__main__":
    main()
