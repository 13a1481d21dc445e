#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python-tuf's own client behind the protocol of the public conformance suite.

The suite runs it to test the suite: it must pass, except where Carnet is stricter on purpose.
"""

import sys
from pathlib import Path

from tuf.ngclient import Updater


def main() -> None:
    words, options = [], {"--target-name": []}
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        if argument == "--target-name":
            options[argument].append(next(arguments))
        elif argument.startswith("--"):
            options[argument] = next(arguments)
        else:
            words.append(argument)
    command, *files = words
    root = Path(files[0]).read_bytes() if command == "init" else None
    updater = Updater(
        options["--metadata-dir"], options.get("--metadata-url", ""),
        options.get("--target-dir"), options.get("--target-base-url"), bootstrap=root)
    if command == "init":
        return
    updater.refresh()
    for name in options["--target-name"]:
        target = updater.get_targetinfo(name)
        if target is None:
            raise SystemExit(f"{name}: not found")
        if updater.find_cached_target(target) is None:
            updater.download_target(target)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
