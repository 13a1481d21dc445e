# SPDX-License-Identifier: Apache-2.0
"""python-tuf's client: refreshes and downloads one file, or all that targets.json lists.

    tuf_client.py ROOT URL FOLDER PATH       one file
    tuf_client.py ROOT URL FOLDER --all      every file of the top-level targets, one after another

A target is looked for in FOLDER first: what is there and right is not fetched again.
"""

import sys
from pathlib import Path
from urllib.parse import quote

from tuf.ngclient import Updater, UpdaterConfig

root, url, folder, wanted = sys.argv[1:]
metadata, targets = Path(folder, "metadata"), Path(folder, "targets")
for each in (metadata, targets):
    each.mkdir(parents=True, exist_ok=True)
# Its default bounds would refuse the larger documents.
bounds = UpdaterConfig(targets_max_length=1 << 30, snapshot_max_length=1 << 28)
updater = Updater(
    str(metadata), f"{url}/metadata/", str(targets), f"{url}/targets/", config=bounds,
    bootstrap=Path(root).read_bytes())
updater.refresh()
# There is no public way to list a repository.
paths = list(updater._trusted_set.targets.targets) if wanted == "--all" else [wanted]
for path in paths:
    target = updater.get_targetinfo(path)
    if target is None:
        sys.exit(f"{path}: no such target")
    place = str(targets / quote(path, safe=""))
    if not updater.find_cached_target(target, place):
        updater.download_target(target, place)
