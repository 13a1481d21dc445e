# SPDX-License-Identifier: Apache-2.0
"""Layouts with links for in-toto: steps of which each goes on with what the one before made."""

import json
from collections.abc import Callable
from pathlib import Path

from data.blobs import sha256
from data.kept import kept
from data.signing import EXPIRES, Key, envelope, metablock

FORMS: dict[str, Callable[..., bytes]] = {"metablock": metablock, "dsse": envelope}


def chain(form: str, steps: int, artifacts: int) -> Path:
    """`root.layout`, `owner.pub` and the links; every tenth artifact is changed by each step.

    Materials are matched with the products of the step before, nothing else is allowed.
    """
    wrapped = FORMS[form]

    def make(folder: Path) -> None:
        owner = Key("owner")
        doers = [Key(f"step-{number}") for number in range(steps)]
        (folder / "owner.pub").write_bytes(owner.public_pem)
        # in-toto-golang gives the owner's key another id; a layout may be signed under both.
        (folder / "root.layout").write_bytes(
            wrapped(layout(doers), owner, owner.id, owner.golang_id))
        paths = [f"src/part{number // 1000:03d}/unit{number:06d}.c" for number in range(artifacts)]
        before = {path: {"sha256": sha256(b"0 %d" % place)} for place, path in enumerate(paths)}
        for number, doer in enumerate(doers):
            after = {
                path: {"sha256": sha256(f"{number + 1} {path}".encode())}
                if (place + number) % 10 == 0 else before[path]
                for place, path in enumerate(paths)}
            link = {
                "_type": "link", "name": f"step-{number}", "command": ["build"],
                "environment": {}, "materials": before, "products": after,
                "byproducts": {"return-value": 0, "stdout": "", "stderr": ""}}
            (folder / f"step-{number}.{doer.id[:8]}.link").write_bytes(
                wrapped(link, doer, doer.id))
            before = after
    return kept(f"chain-{form}-{steps}-{artifacts}", make)


def layout(doers: list[Key]) -> dict:
    steps = []
    for number, doer in enumerate(doers):
        taken = ["MATCH", "src/*", "WITH", "PRODUCTS", "FROM", f"step-{number - 1}"]
        steps.append({
            "_type": "step", "name": f"step-{number}", "pubkeys": [doer.id], "threshold": 1,
            "expected_command": ["build"],
            "expected_materials": [taken if number else ["ALLOW", "src/*"], ["DISALLOW", "*"]],
            "expected_products": [["ALLOW", "src/*"], ["DISALLOW", "*"]]})
    keys = {
        doer.id: doer.public | {
            "keyid": doer.id, "keyid_hash_algorithms": ["sha256", "sha512"]}
        for doer in doers}
    return {
        "_type": "layout", "readme": "", "expires": EXPIRES, "inspect": [], "keys": keys,
        "steps": steps}


def with_changed_digest(link: bytes) -> bytes:
    """The same link, one hexadecimal digit of one digest another one; its signature is not."""
    whole = json.loads(link)
    if "payload" not in whole:
        place = link.index(b'"sha256": "') + len(b'"sha256": "')
        return link[:place] + (b"1" if link[place:place + 1] == b"0" else b"0") + link[place + 1:]
    middle = len(whole["payload"]) // 2
    other = "B" if whole["payload"][middle] == "A" else "A"
    payload = whole["payload"]
    return json.dumps(whole | {"payload": payload[:middle] + other + payload[middle + 1:]}).encode()
