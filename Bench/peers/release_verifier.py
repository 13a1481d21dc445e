# SPDX-License-Identifier: Apache-2.0
"""python-tuf and in-toto in one process, as a downloader of ITE-2 and ITE-3 would have it.

    release_verifier.py ROOT URL FOLDER PATH FILE

Refreshes, looks PATH up, compares FILE with it, fetches the layout, its keys and the links that
PATH names, and verifies the layout with the keys that have signed it, in an empty folder.
"""

import json
import os
import sys
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from in_toto.models.metadata import Metadata
from in_toto.verifylib import in_toto_verify
from securesystemslib.signer import SSlibKey
from tuf.ngclient import Updater

root, url, folder, path, file = sys.argv[1:]
metadata, links, empty = (Path(folder, name) for name in ("metadata", "links", "empty"))
for each in (metadata, links, empty):
    each.mkdir(parents=True, exist_ok=True)
updater = Updater(
    str(metadata), f"{url}/metadata/", folder, f"{url}/targets/",
    bootstrap=Path(root).read_bytes())
updater.refresh()
target = updater.get_targetinfo(path)
if target is None:
    sys.exit(f"{path}: no such target")
target.verify_length_and_hashes(Path(file).read_bytes())


def fetch(path: str) -> tuple[Path, dict]:
    evidence = updater.get_targetinfo(path)
    place = links / PurePosixPath(path).name
    updater.download_target(evidence, str(place))
    return place, evidence.custom or {}


layout, key_paths = None, []
for each in target.custom["in-toto"]:
    place, custom = fetch(each)
    if not each.endswith(".link"):
        layout, key_paths = place, custom["in-toto"]
signed_by = {signature["keyid"] for signature in json.loads(layout.read_bytes())["signatures"]}
keys = {}
for each in key_paths:
    if PurePosixPath(each).stem in signed_by:
        key = SSlibKey.from_crypto(load_pem_public_key(fetch(each)[0].read_bytes()))
        keys[key.keyid] = key.to_dict() | {"keyid": key.keyid}
if not keys:
    sys.exit("nobody whose key is published has signed the layout")
os.chdir(empty)
in_toto_verify(Metadata.load(str(layout)), keys, link_dir_path=str(links))
