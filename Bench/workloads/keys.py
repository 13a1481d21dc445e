# SPDX-License-Identifier: Apache-2.0
"""Keys in the home of the bench's own Carnet, without passphrases: opening one takes 0.2 s by
intent, which is not what is measured."""

from data.signing import Key
from places import KEYS


def with_keys(*names: str) -> list[str]:
    """Makes them, if they are not there; gives the names."""
    KEYS.mkdir(parents=True, exist_ok=True)
    for name in names:
        key = Key(f"of {name}")
        private = KEYS / f"{name}.pem"
        private.write_bytes(key.private_pem)
        private.chmod(0o600)
        (KEYS / f"{name}.pub").write_bytes(key.public_pem)
    return list(names)
