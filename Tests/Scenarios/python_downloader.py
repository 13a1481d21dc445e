#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A downloader as ITE-3 describes it: python-tuf fetches a wheel and its evidence, python in-toto
verifies it with parameters, in a folder that holds nothing else.

    python_downloader.py ROOT.json URL DIRECTORY PATH NAME=VALUE ...

The wheel is left in DIRECTORY if it verifies.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from in_toto.models.metadata import Metadata
from in_toto.verifylib import in_toto_verify
from python_client import fetch
from securesystemslib.signer import SSlibKey
from tuf.ngclient import Updater


def main() -> None:
    root, url, directory, path, *words = sys.argv[1:]
    parameters = dict(word.split("=", 1) for word in words)
    destination = Path(directory).resolve()
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        state, evidence, alone = folder / "state", folder / "evidence", folder / "alone"
        state.mkdir()
        updater = Updater(str(state), f"{url}metadata/", temporary, f"{url}targets/",
                          bootstrap=Path(root).read_bytes())
        updater.refresh()
        wheel, custom = fetch(updater, path, alone)
        keys = {}
        for name in custom["in-toto"]:
            file, named = fetch(updater, name, evidence)
            if name.endswith(".layout"):
                layout = Metadata.load(str(file))
                for key in named["in-toto"]:
                    pem = fetch(updater, key, evidence)[0].read_bytes()
                    public = SSlibKey.from_crypto(load_pem_public_key(pem))
                    keys[public.keyid] = {"keyid": public.keyid, **public.to_dict()}
        os.chdir(alone)
        in_toto_verify(layout, keys, link_dir_path=str(evidence),
                       substitution_parameters=parameters)
        shutil.copy(wheel, destination)
    print(f"python: {path}: downloaded, verified with {len(parameters)} parameters")


if __name__ == "__main__":
    main()
