# SPDX-License-Identifier: Apache-2.0
"""Makes cases.json: small supply chains and what python in-toto 3.1.0 says of each.

    python3 -m venv venv
    venv/bin/pip install in-toto==3.1.0 'securesystemslib[crypto]==1.6.0'
    venv/bin/python generate.py > cases.json

Keys come from fixed seeds and ed25519 signatures are deterministic, so a second run gives the
same bytes.
"""

import base64
import copy
import hashlib
import json
import os
import random
import sys
import tempfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from in_toto.models.metadata import Metadata
from in_toto.verifylib import in_toto_verify
from securesystemslib.formats import encode_canonical

PAYLOAD_TYPE = "application/vnd.in-toto+json"
FUTURE, PAST = "2100-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
PRODUCT, CONTENT = "demo-1.0.whl", b"wheel"


def sha(text):
    data = text if isinstance(text, bytes) else text.encode()
    return {"sha256": hashlib.sha256(data).hexdigest()}


class Key:
    def __init__(self, name):
        seed = hashlib.sha256(name.encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        body = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": raw.hex()}}
        self.id = hashlib.sha256(encode_canonical(body).encode()).hexdigest()
        old = dict(body, keyid_hash_algorithms=["sha256", "sha512"])
        self.legacy_id = hashlib.sha256(encode_canonical(old).encode()).hexdigest()
        self.dict = dict(body, keyid=self.id)


OWNER, ALICE, BOB, CAROL, MALLORY = map(Key, ["owner", "alice", "bob", "carol", "mallory"])


def dump(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def metablock(signed, *keys, over=None, ids=None, signatures=None):
    message = encode_canonical(over or signed).encode()
    if signatures is None:
        ids = ids or [key.id for key in keys]
        signatures = [
            {"keyid": id, "sig": key.private.sign(message).hex()} for id, key in zip(ids, keys)
        ]
    return dump({"signatures": signatures, "signed": signed})


def dsse(signed, *keys, ids=None, kind=PAYLOAD_TYPE, urlsafe=False, text=None):
    payload = (text or dump(signed)).encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    signatures = [
        {"keyid": id, "sig": base64.b64encode(key.private.sign(pae)).decode()}
        for id, key in zip(ids or [key.id for key in keys], keys)
    ]
    return dump(
        {"payload": encode(payload).decode(), "payloadType": kind, "signatures": signatures}
    )


def layout(steps, inspect=(), keys=(ALICE,), **changes):
    return {
        "_type": "layout", "expires": FUTURE, "readme": "",
        "keys": {key.id: key.dict for key in keys},
        "steps": list(steps), "inspect": list(inspect), **changes,
    }


def step(name, keys=(ALICE,), threshold=1, materials=(), products=(("ALLOW", "*"),), command=()):
    return {
        "_type": "step", "name": name, "threshold": threshold,
        "pubkeys": [key if isinstance(key, str) else key.id for key in keys],
        "expected_command": list(command),
        "expected_materials": [list(rule) for rule in materials],
        "expected_products": [list(rule) for rule in products],
    }


def inspection(name, run=("true",), materials=(), products=()):
    return {
        "_type": "inspection", "name": name, "run": list(run),
        "expected_materials": [list(rule) for rule in materials],
        "expected_products": [list(rule) for rule in products],
    }


def link(name, materials=None, products=None, **changes):
    return {
        "_type": "link", "name": name, "command": [], "environment": {},
        "byproducts": {"return-value": 0, "stderr": "", "stdout": ""},
        "materials": materials or {}, "products": made(products), **changes,
    }


def made(products=None):
    return {PRODUCT: sha(CONTENT)} if products is None else products


def file(name, key=ALICE):
    return f"{name}.{(key if isinstance(key, str) else key.id)[:8]}.link"


CASES = []


def case(name, root, links, parameters=None, sign=metablock, content=CONTENT):
    text = root if isinstance(root, str) else sign(root, OWNER)
    CASES.append(
        {"name": name, "layout": stored(text), "parameters": parameters,
         "links": {name: stored(data) for name, data in links.items()},
         "product": {"name": PRODUCT, **sha(content)}, **verdict(text, links, parameters, content)}
    )


def stored(text):
    """The file as JSON where that gives its bytes again, otherwise as a string."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if dump(value) == text else text


def verdict(text, links, parameters, content):
    with tempfile.TemporaryDirectory() as folder:
        def write(path, data):
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(data if isinstance(data, bytes) else data.encode())
            return path

        root = write("root.layout", text)
        for name, data in links.items():
            write(f"links/{name}", data)
        os.makedirs(f"{folder}/links", exist_ok=True)
        write(f"product/{PRODUCT}", content)
        os.chdir(f"{folder}/product")
        try:
            in_toto_verify(
                Metadata.load(root), {OWNER.id: OWNER.dict}, link_dir_path=f"{folder}/links",
                substitution_parameters=parameters, persist_inspection_links=False,
            )
            return {"passes": True}
        except Exception as error:  # noqa: BLE001
            return {"passes": False, "error": type(error).__name__}
        finally:
            os.chdir("/")


def one(name, sign=metablock, key=ALICE, signed=None, **changes):
    """The links of a chain of one step."""
    return {file("build", key): sign(signed or link("build", **changes), key)}


def containers():
    plain = layout([step("build")])
    case("metablock", plain, one("build"))
    case("dsse", plain, one("build", sign=dsse), sign=dsse)
    case("layout dsse, link metablock", plain, one("build"), sign=dsse)
    case("layout metablock, link dsse", plain, one("build", sign=dsse))
    case("wrong payload type", plain,
         {file("build"): dsse(link("build"), ALICE, kind="application/json")})
    payload = link("build", byproducts={"stdout": "??>>??>>~~~"})
    case("payload in url-safe base64", plain,
         {file("build"): dsse(payload, ALICE, urlsafe=True)})
    case("dsse signature without key id", plain, {file("build"): dsse(link("build"), ALICE,
         ids=[""])})
    case("unknown member, dsse", plain, {file("build"): dsse(link("build", extra=1), ALICE)})
    case("unknown member, signed", plain, {file("build"): metablock(link("build", extra=1), ALICE)})
    case("unknown member, added later", plain,
         {file("build"): metablock(link("build", extra=1), ALICE, over=link("build"))})
    short = link("build")
    del short["environment"]
    case("environment missing, signed so", plain, {file("build"): metablock(short, ALICE)})
    case("environment missing, signed filled in", plain,
         {file("build"): metablock(short, ALICE, over=link("build"))})
    case("environment missing, dsse", plain, {file("build"): dsse(short, ALICE)})
    case("large integer", plain, one("build", byproducts={"return-value": 2**70}))
    case("fraction, dsse", plain, one("build", sign=dsse, byproducts={"time": 1.5}))
    good = metablock(link("build"), ALICE)
    case("key twice", plain, {file("build"): good.replace('"command":[]',
         '"command":[],"command":[]')})
    case("byte order mark", plain, {file("build"): "\ufeff" + good})
    case("no json", plain, {file("build"): "{"})
    case("digest not hexadecimal", plain, one("build", products={PRODUCT: {"sha256": "xyz"}}))
    case("artifact without digests", plain, one("build", materials={"a": {}}))
    case("unknown layout member, signed", layout([step("build")], extra=1), one("build"))
    case("unknown layout member, added later",
         metablock(layout([step("build")], extra=1), OWNER, over=plain), one("build"))
    case("unknown type", plain, {file("build"): metablock(dict(link("build"), _type="x"), ALICE)})
    case("upper-case signature", plain, {file("build"): dump(upper(json.loads(good)))})


def upper(document):
    for signature in document["signatures"]:
        signature["sig"] = signature["sig"].upper()
    return document


def functionaries():
    trio = (ALICE, BOB, CAROL)
    good, other = link("build"), link("build", materials={"x": sha("x")})

    def links(**by):
        keys = {"alice": ALICE, "bob": BOB, "carol": CAROL, "mallory": MALLORY}
        return {file("build", keys[n]): metablock(signed, keys[n]) for n, signed in by.items()}

    def chain(threshold, keys=trio):
        return layout([step("build", keys, threshold)], keys=trio)

    bad = metablock(good, BOB, over=other)
    case("2 of 3 agree", chain(2), links(alice=good, bob=good))
    case("2 of 3, the third differs", chain(2), links(alice=good, bob=good, carol=other))
    case("2 of 3 differ", chain(2), links(alice=good, bob=other))
    case("1 of 3, two differ", chain(1), links(alice=good, bob=other))
    case("1 of 3, only commands differ", chain(1),
         links(alice=good, bob=link("build", command=["make"])))
    case("2 of 3, one missing", chain(2), links(alice=good))
    case("no link", chain(1), {})
    case("2 of 3, one bad signature", chain(2), {**links(alice=good, carol=good), file("build",
         BOB): bad})
    case("2 of 2, one bad signature", chain(2, trio[:2]), {**links(alice=good), file("build",
         BOB): bad})
    case("only a stranger", chain(1), links(mallory=good))
    case("a stranger besides", chain(1), links(alice=good, mallory=other))
    case("broken file of a stranger besides", chain(1), {**links(alice=good), file("build",
         MALLORY): "{"})
    case("broken file of a functionary besides", chain(1), {**links(alice=good), file("build",
         BOB): "{"})
    case("malformed link of a functionary besides, signed by nobody", chain(1),
         {**links(alice=good), file("build", BOB): metablock(link("build", command="x"))})
    case("a stranger's link under a functionary's name", chain(1),
         {file("build"): metablock(good, MALLORY)})
    case("a stranger's signature under a functionary's id", chain(1),
         {file("build"): metablock(good, MALLORY, ids=[ALICE.id])})
    case("not signed", chain(1), {file("build"): metablock(good)})
    case("signed by two", chain(1), {file("build"): metablock(good, MALLORY, ALICE)})
    case("signed twice by one, the first wrong", chain(1), {
        file("build"): metablock(good, MALLORY, ALICE, ids=[ALICE.id, ALICE.id])})
    case("signed twice by one, the second wrong", chain(1), {
        file("build"): metablock(good, ALICE, MALLORY, ids=[ALICE.id, ALICE.id])})
    case("functionary listed twice", layout([step("build", (ALICE, ALICE), 2)]), links(alice=good))
    twin = dict(ALICE.dict, keyid=ALICE.legacy_id)
    doubled = layout([step("build", (ALICE, ALICE.legacy_id), 2)])
    doubled["keys"][ALICE.legacy_id] = twin
    case("one key under two ids, 2 needed", doubled, {
        file("build"): metablock(good, ALICE),
        file("build", ALICE.legacy_id): metablock(good, ALICE, ids=[ALICE.legacy_id])})
    single = copy.deepcopy(doubled)
    single["steps"][0]["threshold"] = 1
    case("one key under two ids, 1 needed", single, {
        file("build"): metablock(good, ALICE),
        file("build", ALICE.legacy_id): metablock(good, ALICE, ids=[ALICE.legacy_id])})
    case("signed under the key's other id", chain(1),
         {file("build"): metablock(good, ALICE, ids=[ALICE.legacy_id])})
    near = ALICE.id[:8] + BOB.id[8:]
    shared = layout([step("build", (ALICE, near), 2)])
    shared["keys"][near] = dict(BOB.dict, keyid=near)
    case("two ids with one prefix", shared,
         {file("build"): metablock(good, ALICE, BOB, ids=[ALICE.id, near])})
    case("functionary without key", layout([step("build", (ALICE, BOB))]), links(alice=good))
    nameless = layout([step("build")])
    nameless["keys"][ALICE.id] = {k: v for k, v in ALICE.dict.items() if k != "keyid"}
    case("key object without its id", nameless, links(alice=good))
    wrong = layout([step("build")])
    wrong["keys"][ALICE.id] = dict(ALICE.dict, keyid=BOB.id)
    case("key object of another id", wrong, links(alice=good))
    case("key object of another id, signed under that", wrong,
         {file("build"): metablock(good, ALICE, ids=[BOB.id])})
    unknown = layout([step("build")])
    unknown["keys"][BOB.id] = dict(BOB.dict, scheme="none", keytype="none")
    case("unused key of an unknown type", unknown, links(alice=good))
    case("link of another step", layout([step("build"), step("test")]), {
        file("build"): metablock(good, ALICE), file("test"): metablock(good, ALICE)})


def layouts():
    links = one("build")
    case("expired", layout([step("build")], expires=PAST), links)
    case("impossible date", layout([step("build")], expires="2100-02-30T00:00:00Z"), links)
    case("threshold 0", layout([step("build", threshold=0)]), links)
    case("threshold 0, no link", layout([step("build", threshold=0)]), {})
    case("threshold -1", layout([step("build", threshold=-1)]), links)
    case("threshold true", layout([step("build", threshold=True)]), links)
    case("threshold huge", layout([step("build", threshold=2**70)]), links)
    case("no steps", layout([]), {})
    case("step named with a slash", layout([step("a/b")]),
         {"a/" + file("b"): metablock(link("a/b"), ALICE)})
    case("two steps of one name", layout([step("build"), step("build")]), links)
    case("step and inspection of one name", layout([step("build")], [inspection("build")]), links)
    case("no rules", layout([step("build", products=())]), links)
    case("malformed rule", layout([step("build", products=[("ALLOW",)])]), links)
    case("keywords in small letters",
         layout([step("build", products=[("require", PRODUCT), ("allow", "*")])]), links)
    case("layout signed by another", metablock(layout([step("build")]), MALLORY), links)
    case("command differs", layout([step("build", command=["make"])]), links)
    case("match from no step",
         layout([step("build", products=[match("*", "nothing"), ("DISALLOW", "*")])]), links)


def match(pattern, origin, kind="PRODUCTS", source=None, destination=None):
    source = ["IN", source] if source is not None else []
    destination = ["IN", destination] if destination is not None else []
    return ["MATCH", pattern, *source, "WITH", kind, *destination, "FROM", origin]


def names():
    nfc, nfd = "caf\u00e9", "cafe\u0301"

    def pair(name, left, right, rules=(match("*", "tag"), ("DISALLOW", "*")), **more):
        root = layout([step("tag"), step("build", materials=rules)])
        case(name, root, {
            file("tag"): metablock(link("tag", products=left), ALICE),
            file("build"): metablock(link("build", materials=right), ALICE)}, **more)

    pair("composed and decomposed names differ", {nfc: sha("x")}, {nfd: sha("x")})
    pair("composed and decomposed names side by side", {nfc: sha("x"), nfd: sha("y")},
         {nfd: sha("y"), nfc: sha("x")})
    pair("decomposed name under a pattern of one character more", {nfd: sha("x")}, {nfd: sha("x")},
         [match("caf??", "tag"), ("DISALLOW", "*")])
    pair("carriage return and line feed are two characters", {"a\r\nb": sha("x")},
         {"a\r\nb": sha("x")},
         [match("a?b", "tag"), ("DISALLOW", "*")])
    pair("star crosses lines", {"a\r\nb": sha("x")}, {"a\r\nb": sha("x")},
         [match("a*b", "tag"), ("DISALLOW", "*")])
    pair("digests in capitals differ", {"a": sha("x")},
         {"a": {"sha256": sha("x")["sha256"].upper()}})
    pair("one digest more differs", {"a": sha("x")}, {"a": dict(sha("x"), sha512="00")})
    pair("paths are not cleaned", {"a": sha("x")}, {"./a": sha("x")})
    pair("source prefix", {"a": sha("x")}, {"src/a": sha("x")},
         [match("*", "tag", source="src"), ("DISALLOW", "*")])
    pair("destination prefix", {"dist/a": sha("x")}, {"a": sha("x")},
         [match("*", "tag", destination="dist/"), ("DISALLOW", "*")])
    pair("empty prefixes", {"a": sha("x")}, {"a": sha("x")},
         [match("*", "tag", source="", destination=""), ("DISALLOW", "*")])
    pair("prefix is no pattern", {"a": sha("x")}, {"src/a": sha("x")},
         [match("*", "tag", source="s*"), ("DISALLOW", "*")])
    pair("prefix needs its slash", {"a": sha("x")}, {"srca": sha("x")},
         [match("*", "tag", source="src"), ("DISALLOW", "*")])
    pair("backslash below a source prefix", {"a/b": sha("x")}, {"src/a\\b": sha("x")},
         [match("*", "tag", source="src"), ("ALLOW", "*")])
    pair("backslash below a source prefix, the slashed name beside it", {"a/b": sha("x")},
         {"src/a\\b": sha("x"), "src/a/b": sha("x")},
         [match("*", "tag", source="src"), ("ALLOW", "*")])
    pair("backslash below a destination prefix", {"d/a/b": sha("x")}, {"a\\b": sha("x")},
         [match("*", "tag", destination="d"), ("DISALLOW", "*")])
    pair("absolute name below a prefix", {"/a": sha("x")}, {"src//a": sha("x")},
         [match("*", "tag", source="src"), ("ALLOW", "*")])
    pair("require finds what is there", {}, {"a": sha("x")}, [("REQUIRE", "a")])
    pair("require after allow", {}, {"a": sha("x")}, [("ALLOW", "*"), ("REQUIRE", "a")])
    pair("require takes no pattern", {}, {"a": sha("x")}, [("REQUIRE", "*")])
    pair("create among materials", {}, {"a": sha("x")}, [("CREATE", "*"), ("DISALLOW", "*")])
    pair("delete among materials", {}, {"a": sha("x")}, [("DELETE", "*"), ("DISALLOW", "*")])


def parameters():
    def rules(text, values, **more):
        root = layout([step("build", products=[("REQUIRE", text), ("ALLOW", "*")])])
        case(f"parameters {json.dumps(values)} in {text}", root, one("build"), values, **more)

    rules("demo-{version}.whl", {"version": "1.0"})
    rules("demo-{version}.whl", {"version": "2.0"})
    rules("demo-{version}.whl", {"other": "1.0"})
    rules("demo-{version}.whl", None)
    rules("demo-1.0.whl", {"unused": "x"})
    rules("{a}{b-c}", {"a": "demo-", "b-c": "1.0.whl"})
    rules("{{a}}", {"a": "x"})
    rules("demo-{}.whl", {"a": "1.0"})
    rules("demo-{0}.whl", {"0": "1.0"})
    rules("demo-{a.b}.whl", {"a": "1.0"})
    rules("demo-{a!s}.whl", {"a": "1.0"})
    rules("demo-{a:}.whl", {"a": "1.0"})
    rules("demo-{a", {"a": "1.0"})
    rules("demo-a}", {"a": "1.0"})
    rules("{a}", {"a": "demo-1.0.whl", "b c": "x"})
    rules("demo{a}-1.0.whl", {"a": ""})
    rules("{a}", {"a": "dist/demo"})
    braces = layout([step("build", products=[("REQUIRE", "{{a}}"), ("ALLOW", "*")])])
    case("doubled braces become one", braces, one("build", products={**made(), "{a}": sha("x")}),
         {"a": "x"})
    case("braces stay without parameters", braces, one("build", products={**made(),
         "{a}": sha("x")}))
    wild = layout([step("build", products=[("ALLOW", "{a}"), ("DISALLOW", "*")])])
    case("pattern as a value", wild, one("build"), {"a": "*"})
    everywhere = layout(
        [step("tag"), step("build", materials=[match("{p}*", "{s}", "PRODUCTS", "{p}", "{p}")],
                           command=["make", "{p}"])],
        [inspection("look", ["{t}rue"], [match("{p}*", "build"), ("ALLOW", "*")])])
    case("parameters everywhere", everywhere, {
        file("tag"): metablock(link("tag"), ALICE), file("build"): metablock(link("build"), ALICE)},
        {"p": "demo", "s": "tag", "t": "t"})


def inspections():
    links = one("build")
    tied = [match("*", "build"), ("DISALLOW", "*")]

    def root(*inspect, **more):
        return layout([step("build", **more)], inspect)

    case("inspection", root(inspection("look", materials=tied, products=tied)), links)
    case("inspection of another product", root(inspection("look", materials=tied)), links,
         content=b"other")
    case("inspection requires the product", root(inspection("look", materials=[("REQUIRE",
         PRODUCT)])), links)
    case("inspection requires another file", root(inspection("look", materials=[("REQUIRE",
         "x")])), links)
    case("inspection creates nothing",
         root(inspection("look", products=[("CREATE", "*"), ("DISALLOW", "*")])), links)
    case("inspection matches a later one",
         root(inspection("a", materials=[match("*", "b"), ("DISALLOW", "*")]), inspection("b")),
             links)
    case("step cannot match an inspection",
         root(inspection("look"), products=[match("*", "look"), ("DISALLOW", "*")]), links)
    case("inspection fails", root(inspection("look", ["false"])), links)
    case("inspection is not there", root(inspection("look", ["no-such-command"])), links)
    case("inspection without command", root(inspection("look", [])), links)
    case("true with an argument", root(inspection("look", ["true", "x"])), links)
    case("inspection below a folder",
         root(inspection("look", materials=[match("*", "build", destination="dist"), ("DISALLOW",
             "*")])),
         one("build", products={"dist/" + PRODUCT: sha(CONTENT)}))


def sublayouts():
    folder = f"build.{ALICE.id[:8]}/"

    def inner(**more):
        return layout(
            [step("fetch", (BOB,)), step("pack", (BOB,), materials=[match("*", "fetch"),
                ("DISALLOW", "*")])],
            keys=(BOB,), **more)

    parts = {
        folder + file("fetch", BOB): metablock(
            link("fetch", {"in": sha("i")}, {"src": sha("s")}), BOB),
        folder + file("pack", BOB): dsse(link("pack", {"src": sha("s")}), BOB)}
    outer = layout([step("build", materials=[("REQUIRE", "in"), ("ALLOW", "in"), ("DISALLOW", "*")],
                         products=[("REQUIRE", PRODUCT), ("ALLOW", PRODUCT), ("DISALLOW", "*")])])

    def sub(name, text, links=parts, root=outer, **more):
        case("sublayout " + name, root, {file("build"): text, **links}, **more)

    sub("", metablock(inner(), ALICE))
    sub("in dsse", dsse(inner(), ALICE))
    sub("by a stranger", metablock(inner(), MALLORY))
    sub("expired", metablock(inner(expires=PAST), ALICE))
    sub("without links", metablock(inner(), ALICE), {})
    sub("with links beside it", metablock(inner(), ALICE),
        {name.removeprefix(folder): text for name, text in parts.items()})
    sub("whose rules are broken", metablock(inner(), ALICE),
        {**parts, folder + file("pack", BOB): metablock(link("pack", {"x": sha("s")}), BOB)})
    sub("without steps", metablock(layout([]), ALICE), {}, layout([step("build")]))
    braces = layout([step("pack", (BOB,), products=[("REQUIRE", "{a}"), ("ALLOW", "*")])],
        keys=(BOB,))
    sub("without parameters", metablock(braces, ALICE),
        {folder + file("pack", BOB): metablock(
            link("pack", products={**made(), "{a}": sha("x")}), BOB)},
        layout([step("build")]), parameters={"a": "x"})
    looking = layout([step("pack", (BOB,))], [inspection("look", materials=[("REQUIRE",
        PRODUCT)])], keys=(BOB,))
    sub("with an inspection", metablock(looking, ALICE),
        {folder + file("pack", BOB): metablock(link("pack"), BOB)}, layout([step("build")]))
    middle = layout([step("pack", (BOB,))], keys=(BOB,))
    deep = layout([step("zip", (CAROL,))], keys=(CAROL,))
    below = f"{folder}pack.{BOB.id[:8]}/"
    sub("in a sublayout", metablock(middle, ALICE), {
        folder + file("pack", BOB): metablock(deep, BOB),
        below + file("zip", CAROL): metablock(link("zip"), CAROL)}, layout([step("build")]))
    both = layout([step("build", (ALICE, BOB), 2)], keys=(ALICE, BOB))
    flat = layout([step("pack", (CAROL,))], keys=(CAROL,))
    packed = {folder + file("pack", CAROL): metablock(link("pack"), CAROL)}
    sub("beside a link, agreeing", metablock(flat, ALICE),
        {**packed, file("build", BOB): metablock(link("build"), BOB)}, both)
    sub("beside a link, differing", metablock(flat, ALICE),
        {**packed, file("build", BOB): metablock(link("build", {"x": sha("x")}), BOB)}, both)
    either = layout([step("build", (ALICE, BOB))], keys=(ALICE, BOB))
    sub("refused beside a good link", metablock(flat, ALICE),
        {file("build", BOB): metablock(link("build"), BOB)}, either)


ARTIFACTS = ["a", "b", "./a", "a//b", "dist/a", "dist/b", "src/x.py", "src/.hidden", "caf\u00e9",
             "cafe\u0301", "new\nline", "a\\b", "[x]", "dist/sub/f", PRODUCT]
PATTERNS = ["*", "*", "*", "a", "b", "?", "a*", "dist/*", "*.py", "[ab]", "[!a]", "[x]", "[[]x]",
            "[]x]", "[b-a]", "[a-]", "src/*", "caf\u00e9", "caf??", "*/*", "new*", "**", "[a", "",
                "*\\*", "demo*"]
PREFIXES = [None, None, None, "dist", "dist/", "src", "", "dist/sub", "."]


def random_rules(source, terminal):
    rules = []
    for _ in range(source.randrange(4)):
        keyword = source.choice(["MATCH", "MATCH", "CREATE", "DELETE", "MODIFY", "ALLOW", "ALLOW",
            "DISALLOW", "REQUIRE"])
        if keyword == "MATCH":
            rules.append(match(
                source.choice(PATTERNS), source.choice(["one", "two", "look"]),
                source.choice(["PRODUCTS", "MATERIALS"]), source.choice(PREFIXES),
                    source.choice(PREFIXES)))
        elif keyword == "REQUIRE":
            rules.append([keyword, source.choice(ARTIFACTS)])
        elif keyword == "DISALLOW":
            rules.append([keyword, source.choice(PATTERNS[3:])])
        else:
            rules.append([keyword, source.choice(PATTERNS)])
    if terminal:
        rules.append(["DISALLOW", "*"] if source.random() < 0.25 else ["ALLOW", "*"])
    return rules


def random_chain(number):
    source = random.Random(f"in-toto {number}")

    def artifacts(extra=()):
        names = source.sample(ARTIFACTS[:-1], source.randrange(5))
        found = {name: sha(source.choice("xy")) for name in names}
        for name in found:
            if source.random() < 0.05:
                found[name]["sha512"] = "00"
        return {**found, **dict(extra)}

    root = layout(
        [step("one", materials=random_rules(source, False), products=random_rules(source, False)),
         step("two", materials=random_rules(source, False), products=random_rules(source, True))],
        [inspection("look", ["true"], random_rules(source, False), random_rules(source, False))]
        if source.random() < 0.3 else [])
    shared = artifacts()
    case(f"random {number}", root, {
        file("one"): metablock(link("one", artifacts(), shared), ALICE),
        file("two"): metablock(link("two", {**shared, **artifacts()}, {**artifacts(), **made()}),
            ALICE)})


def main():
    for group in [containers, functionaries, layouts, names, parameters, inspections, sublayouts]:
        group()
    for number in range(64):
        random_chain(number)
    cases = ",\n".join(dump(entry) for entry in CASES)
    sys.stdout.buffer.write(('{"cases":[\n' + cases + "\n]}\n").encode())


main()
