#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes rules.json and documents.json beside this script: what python in-toto says of them.

rules.json      [tokens of a rule, its parts by in_toto.rulelib.unpack_rule or null if it is none]
documents.json  written   documents as Metablock writes them, with the bytes that it signs
                read      the same, changed in one place: the bytes that it checks, null if refused

Nothing is random; a second run writes the same bytes.

    pip install in-toto==3.1.0 'securesystemslib[crypto]==1.6.0'
    python3 generate.py
"""

import copy
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from in_toto.rulelib import unpack_rule
from securesystemslib.exceptions import FormatError
from securesystemslib.signer import SSlibKey

HERE = pathlib.Path(__file__).parent
A, B = "ab" * 32, "cd" * 32

RULES = """
CREATE a; create a; CrEaTe *; DELETE a; MODIFY a; ALLOW a; DISALLOW *; REQUIRE a; require [x]
allow  ; ALLOW é; MATCH a WITH MATERIALS FROM s; MATCH a WITH PRODUCTS FROM s
match a with products from s; MaTcH a wItH pRoDuCtS fRoM s; MATCH a IN p WITH PRODUCTS FROM s
MATCH a WITH PRODUCTS IN q FROM s; MATCH a IN p WITH MATERIALS IN q FROM s
MATCH a in p/q with materials in r/ from s; MATCH IN IN IN WITH PRODUCTS IN IN FROM FROM
MATCH WITH WITH PRODUCTS FROM WITH; MATCH FROM IN WITH WITH MATERIALS FROM IN
MATCH a IN WITH WITH PRODUCTS FROM s; MATCH a WITH PRODUCTS IN FROM FROM s; MATCH; MATCH a
MATCH a WITH; MATCH a WITH PRODUCTS; MATCH a WITH PRODUCTS FROM; MATCH a WITH PRODUCTS FROM s t
MATCH a FROM s WITH PRODUCTS; MATCH WITH PRODUCTS FROM s; MATCH a IN WITH PRODUCTS FROM s
MATCH a WITH PRODUCTS IN FROM s; MATCH a WITH BYPRODUCTS FROM s; MATCH a WITH PRODUCT FROM s
MATCH a WITH PRODUCTS AT q FROM s; MATCH a AT p WITH PRODUCTS FROM s
MATCH a IN p IN q WITH PRODUCTS FROM s; MATCH a WITH PRODUCTS IN q
MATCH a WITH PRODUCTS IN q FROM; MATCH a IN p WITH PRODUCTS
MATCH a IN p WITH MATERIALS IN q FROM s t; MATCH a WITH WITH PRODUCTS FROM s
MATCH a WITH PRODUCTS FROM FROM; MATCH a b; CREATE; CREATE a b; ALLOW; ALLOW a b; REQUIRE
REQUIRE a b; CREATED a; CREAT a; *; a; PERMIT a;  CREATE a; CREATE  a; ; WITH a; DIſALLOW a
dıſallow a; DELETE\u0301 a; MATCH a WITH PRODUCTſ FROM s; MATCH a WıTH PRODUCTS FROM s
MATCH a İN p WITH PRODUCTS FROM s; MATCH a ıN p WITH PRODUCTS FROM s; ＡLLOW a; ALLOW\u200d a
ALLOW\u0000 a; CREATE \u0000; REQUIRE e\u0301
"""


def rules() -> list:
    rows = []
    text = RULES.strip("\n").encode().decode("unicode_escape").encode("latin-1").decode()
    for line in text.split("\n"):
        for entry in line.split("; "):
            tokens = entry.split(" ") if entry else []
            try:
                rows.append([tokens, unpack_rule(tokens)])
            except FormatError:
                rows.append([tokens, None])
    return rows


# MARK: documents


def key(seed: int) -> dict:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = SSlibKey.from_crypto(private.public_key())
    return {"keyid": public.keyid, **public.to_dict()}


def layout() -> Layout:
    first, second = key(1), key(2)
    legacy = {**key(3), "keyid_hash_algorithms": ["sha256", "sha512"]}
    return Layout(
        expires="2030-01-31T12:00:00Z", readme="Zeile eins\nline two \u2028 \"quoted\" \\ \x01",
        keys={k["keyid"]: k for k in (first, second, legacy)},
        steps=[
            Step(name="write-code", pubkeys=[first["keyid"]],
                 expected_command=["vi", "a b", "é\t"], expected_materials=[["DISALLOW", "*"]],
                 expected_products=[
                     ["CREATE", "foo.py"], ["REQUIRE", "foo.py"], ["DISALLOW", "*"]]),
            Step(name="package", pubkeys=[second["keyid"], first["keyid"]], threshold=2,
                 expected_materials=[
                     "MATCH * IN src WITH PRODUCTS IN out FROM write-code".split(" "),
                     "MATCH foo.py WITH MATERIALS FROM write-code".split(" "),
                     ["MODIFY", "[a-c]?"], ["DELETE", "\U0001f600"], ["ALLOW", "e\u0301"]],
                 expected_products=[]),
        ],
        inspect=[
            Inspection(
                name="untar", run=["tar", "xf", "foo.tar"], expected_materials=[["ALLOW", "*"]])
        ],
    )


def link() -> Link:
    return Link(
        name="package",
        materials={
            "\uff5e": {"sha256": A}, "\U0001f600": {"sha256": B}, "é": {"sha256": A},
            "e\u0301": {"sha256": B}, "a/b": {"sha512": A + B, "sha256": A},
            "Z": {"gitCommit": "ABCDEF"}},
        products={"./x": {"sha256": B}, "": {"sha256": A}, "a\nb\"\\": {"sha256": A}},
        command=["tar", "czf", "x", "\u2028\x7f"],
        byproducts={
            "stdout": "out\r\n\x1b[0m", "stderr": "", "return-value": 0,
            "extra": {"z": [1, -2, None], "a": True}},
        environment={"workdir": "/x", "variables": ["A=1"], "big": 2**70})


def plain_link() -> Link:
    return Link(name="s", materials={}, products={}, command=[], byproducts={}, environment={})


def file_of(document) -> dict:
    return json.loads(str(Metablock(signed=document)))["signed"]


def checked(signed) -> str | None:
    """The bytes that Python checks a signature of this document against; null if it refuses it."""
    try:
        read = Metablock.from_dict({"signatures": [], "signed": copy.deepcopy(signed)})
        return read.signed.signable_bytes.decode()
    except Exception:
        return None


DROP = object()
LAYOUT_EDITS = [
    ("_type", "Layout"), ("_type", DROP), ("expires", DROP), ("expires", "2030-01-31"),
    ("expires", "2030-02-31T00:00:00Z"), ("expires", 5), ("expires", "2030-01-31T12:00:00+00:00"),
    ("readme", DROP), ("readme", 5), ("readme", None), ("keys", []), ("keys", {}), ("keys", DROP),
    ("steps", DROP), ("steps", {}), ("steps", []), ("inspect", DROP), ("inspect", []),
    ("unknown", 1), ("steps.0.unknown", 1), ("inspect.0.unknown", 1),
    ("steps.0._type", "inspection"), ("steps.0._type", DROP), ("inspect.0._type", "step"),
    ("inspect.0._type", DROP), ("steps.0.name", DROP), ("steps.0.name", 5), ("steps.0.name", ""),
    ("steps.0.name", "../x"), ("steps.0.name", "package"), ("inspect.0.name", "package"),
    ("steps.0.threshold", DROP), ("steps.0.threshold", 0), ("steps.0.threshold", -1),
    ("steps.0.threshold", "1"), ("steps.0.threshold", True), ("steps.0.threshold", None),
    ("steps.0.threshold", 2**64), ("steps.0.pubkeys", DROP), ("steps.0.pubkeys", []),
    ("steps.0.pubkeys", {}), ("steps.0.pubkeys", ["xyz"]), ("steps.0.pubkeys", [""]),
    ("steps.0.pubkeys", ["abc"]), ("steps.0.pubkeys", ["../../abcd"]),
    ("steps.0.pubkeys", [A.upper()]), ("steps.0.pubkeys", [5]), ("steps.0.pubkeys", [A]),
    ("steps.0.expected_command", DROP), ("steps.0.expected_command", "vi a"),
    ("steps.0.expected_command", [1]), ("steps.0.expected_materials", DROP),
    ("steps.0.expected_materials", {}), ("steps.0.expected_materials", ["ALLOW *"]),
    ("steps.0.expected_materials", [[]]), ("steps.0.expected_materials", [["ALLOW"]]),
    ("steps.0.expected_materials", [["ALLOW", 5]]),
    ("steps.0.expected_materials", [["PERMIT", "*"]]),
    ("steps.0.expected_materials", [["allow", "*"]]), ("steps.0.expected_products", None),
    ("inspect.0.run", DROP), ("inspect.0.run", "tar"), ("inspect.0.run", []),
    ("inspect.0.run", [1]), ("inspect.0.expected_products", DROP),
]
LINK_EDITS = [
    ("_type", "Link"), ("_type", DROP), ("name", DROP), ("name", 5), ("name", ""),
    ("materials", DROP), ("materials", []), ("materials", {"a": {}}), ("materials", {"a": "ab"}),
    ("materials", {"a": {"sha256": ""}}), ("materials", {"a": {"sha256": "xy"}}),
    ("materials", {"a": {"sha256": "abc"}}), ("materials", {"a": {"sha256": "AB"}}),
    ("materials", {"a": {"sha256": 5}}), ("materials", {"a": None}), ("products", DROP),
    ("products", None), ("products", {"a": {"x": "é"}}), ("products", {"a": {"md5": "00"}}),
    ("command", DROP), ("command", "tar x"), ("command", None), ("command", [1]), ("command", []),
    ("byproducts", DROP), ("byproducts", []), ("byproducts", {}),
    ("byproducts", {"a": [{"b": None}]}), ("environment", DROP), ("environment", None),
    ("environment", {"a": 2**80}), ("unknown", None), ("signatures", []),
]


def edited(document: dict, place: str, value) -> dict:
    result = copy.deepcopy(document)
    *parents, last = place.split(".")
    target = result
    for name in parents:
        target = target[int(name) if isinstance(target, list) else name]
    if value is DROP:
        del target[last]
    else:
        target[last] = value
    return result


def reads() -> list:
    rows = []
    for base, edits in ((file_of(layout()), LAYOUT_EDITS), (file_of(link()), LINK_EDITS)):
        for place, value in edits:
            document = edited(base, place, value)
            words = "nothing" if value is DROP else json.dumps(value)
            name = f"{base['_type']}: {place} = {words}"
            bytes_checked = checked(document)
            row = {"name": name, "place": place, "accepted": bytes_checked is not None}
            if value is not DROP:
                row["value"] = value
            if bytes_checked is not None:
                # Most need no copy: they are the canonical form of the document itself.
                row["asWritten"] = bytes_checked == canonical(document)
            rows.append(row)
    return rows


def canonical(document: dict) -> str:
    from securesystemslib.formats import encode_canonical
    return encode_canonical(document)


def written() -> list:
    return [
        {"signed": file_of(document), "signable": document.signable_bytes.decode()}
        for document in (layout(), link(), plain_link(), Layout(expires="2030-01-31T12:00:00Z"))]


def write(name: str, rows) -> None:
    (HERE / name).write_text(rows + "\n", "ascii")


def lines(rows: list, indent: str) -> str:
    return "[\n" + ",\n".join(indent + " " + json.dumps(row) for row in rows) + "\n" + indent + "]"


write("rules.json", lines(rules(), ""))
both = f' "written": {lines(written(), " ")},\n "read": {lines(reads(), " ")}'
write("documents.json", f"{{\n{both}\n}}")
