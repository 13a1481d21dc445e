# SPDX-License-Identifier: Apache-2.0
"""Cases about files: containers, keys, signatures, members of every wrong kind."""

import base64
import copy
import json

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from corpus import (ALICE, BOB, CAROL, CONTAINERS, FUTURE, MALLORY, OWNER, PAST, SECOND, Case, Key,
                    b64, dsse, inspection, layout, link, link_name, metablock, model_bytes, pae,
                    sha, step, text)

BUILT = ["demo.whl"]
RULES = [["ALLOW", "demo.whl"], ["DISALLOW", "*"]]


def simple_layout(key=ALICE, **more):
    return layout([step("build", [key], products=RULES)], keys=[key], **more)


def simple_links(key=ALICE, form=metablock, **more):
    return {link_name("build", key): form(link("build", [], BUILT, **more), key)}


def containers(keys):
    for outer, outer_form in CONTAINERS.items():
        for inner, form in CONTAINERS.items():
            for name, key in keys.items():
                root = outer_form(simple_layout(key), OWNER)
                yield Case(f"{outer} layout, {inner} link by {name}", root,
                           simple_links(key, form))
                wrong = {link_name("build", key): form(link("build", [], BUILT), MALLORY.renamed(
                    key.id))}
                yield Case(f"{outer} layout, {inner} link by a stranger under the id of {name}",
                           root, wrong)
    for name, key in keys.items():
        if name.startswith(("pss256", "p", "ed")) and "legacy" not in name and "pkcs" not in name:
            for outer, form in CONTAINERS.items():
                owner = Key(key.private)
                yield Case(f"{outer} layout by the owner's {name}",
                           form(simple_layout(), owner), simple_links(), keys=[owner])


def pem_forms(keys):
    owner = Key(keys["pss256"].private)
    root = metablock(simple_layout(), owner)
    pkcs1 = owner.private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    forms = {
        "PKCS#1": pkcs1, "text before": "hello\n" + owner.pem, "text after": owner.pem + "bye\n",
        "two keys": owner.pem + OWNER.pem, "no line breaks": owner.pem.replace("\n", "", 1),
        "empty": "", "no PEM": "ssh-rsa AAAA", "broken": owner.pem[:60], "CRLF":
        owner.pem.replace("\n", "\r\n"), "another block first":
        "-----BEGIN X-----\nAAAA\n-----END X-----\n" + owner.pem,
    }
    for name, pem in forms.items():
        yield Case(f"key file: {name}", root, simple_links(), keys=[pem])
    yield Case("key file: the same key twice", root, simple_links(), keys=[owner, owner])
    for name, form in forms.items():
        key = dict(keys["pss256"].dict, keyval={"public": form})
        value = simple_layout(keys["pss256"], )
        value["keys"] = {key["keyid"]: key}
        yield Case(f"functionary's key: {name}", metablock(value, OWNER),
                   simple_links(keys["pss256"]))
    for name, change in {"upper case": str.upper, "blanks": lambda text: text[:8] + " " + text[8:],
                         "blank inside": lambda text: text[:9] + " " + text[9:],
                         "short": lambda text: text[:-2], "odd": lambda text: text[:-1]}.items():
        value = simple_layout()
        value["keys"][ALICE.id] = dict(ALICE.dict, keyval={"public": change(
            ALICE.dict["keyval"]["public"])})
        yield Case(f"ed25519 key: {name}", metablock(value, OWNER), simple_links())


def layout_signatures():
    value = simple_layout()
    message = model_bytes(value)
    good = {"keyid": OWNER.id, "sig": OWNER.sign(message).hex()}
    bad = dict(good, sig="00" * 64)
    other = {"keyid": MALLORY.id, "sig": MALLORY.sign(message).hex()}
    lists = {
        "none": [], "good": [good], "bad": [bad], "bad before good": [bad, good],
        "good before bad": [good, bad], "a stranger's too": [other, good],
        "a stranger's alone": [other], "a stranger's under the id": [dict(other, keyid=OWNER.id)],
        "upper-case digits": [dict(good, sig=good["sig"].upper())],
        "blank between digits": [dict(good, sig=good["sig"][:64] + " " + good["sig"][64:])],
        "blank inside a pair": [dict(good, sig=good["sig"][:63] + " " + good["sig"][63:])],
        "line break after": [dict(good, sig=good["sig"] + "\n")],
        "odd digits": [dict(good, sig=good["sig"][:-1])], "base64": [
            dict(good, sig=b64(bytes.fromhex(good["sig"])))],
        "no digits": [dict(good, sig="xyz")], "empty": [dict(good, sig="")],
        "null": [dict(good, sig=None)], "number": [dict(good, sig=7)], "list": [dict(good, sig=[])],
        "unknown member": [dict(good, hello=1.5)], "broken text beside": [dict(good, x="\ud800")],
        "upper-case id": [dict(good, keyid=OWNER.id.upper())],
        "id null": [dict(good, keyid=None)], "id number": [dict(good, keyid=1), good],
        "id list": [dict(good, keyid=[]), good], "no id": [{"sig": good["sig"]}],
        "no signature": [{"keyid": OWNER.id}], "gpg's members": [
            dict(good, signature="00", other_headers="00")],
        "half of gpg's members": [dict(good, signature="00")],
        "gpg's members alone": [{"keyid": OWNER.id, "signature": "00", "other_headers": "00"}],
        "text": ["x"], "an object": {"a": 1}, "an empty object": {}, "null list": None,
        "a stranger of gpg's members": [{"keyid": "aa", "signature": "0", "other_headers": ""},
                                        good],
    }
    for name, signatures in lists.items():
        yield Case(f"layout signatures: {name}", metablock(value, signatures=signatures),
                   simple_links())
        signed = json.dumps(value, sort_keys=True).encode()

        def converted(entry):
            if isinstance(entry, dict) and entry.get("sig") in (good["sig"], other["sig"]):
                key = OWNER if entry["sig"] == good["sig"] else MALLORY
                return dict(entry, sig=b64(key.sign(pae(signed))))
            if isinstance(entry, dict) and isinstance(entry.get("sig"), str):
                return dict(entry, sig=b64(entry["sig"].encode()))
            return entry
        if isinstance(signatures, list):
            signatures = [converted(entry) for entry in signatures]
        yield Case(f"envelope's signatures: {name}", dsse(
            value, payload=signed, signatures=signatures), simple_links())
    root = json.loads(metablock(value, OWNER))
    del root["signatures"]
    yield Case("layout without signatures", text(root), simple_links())
    two = metablock(value, OWNER, SECOND)
    yield Case("two keys, both signed", two, simple_links(), keys=[OWNER, SECOND])
    yield Case("two keys, one signed", metablock(value, OWNER), simple_links(),
               keys=[OWNER, SECOND])
    yield Case("one key of two that signed", two, simple_links(), keys=[SECOND])
    yield Case("two keys, both signed, envelope", dsse(value, OWNER, SECOND), simple_links(),
               keys=[OWNER, SECOND])
    yield Case("signed under in-toto-golang's id", metablock(value, OWNER.legacy()), simple_links())


def base64_forms():
    value = simple_layout()
    payload = json.dumps(value, sort_keys=True).encode()
    while len(payload) % 3 != 1:
        payload += b" "
    signature = OWNER.sign(pae(payload))
    entry = {"keyid": OWNER.id, "sig": b64(signature)}
    plain = b64(payload)
    url = base64.urlsafe_b64encode(payload).decode()
    forms = {"standard": plain, "URL-safe": url, "mixed": plain[:200] + url[200:],
             "no padding": plain.rstrip("="), "much padding": plain + "=",
             "line break": plain[:80] + "\n" + plain[80:], "blank at the end": plain + " ",
             "bits at the end": plain[:-3] + chr(ord(plain[-3]) + 1) + "==",
             "not ASCII": plain + "é", "broken text": plain + "\ud800"}
    for name, form in forms.items():
        yield Case(f"payload in base64: {name}", text({
            "payload": form, "payloadType": "application/vnd.in-toto+json", "signatures": [entry]}),
            simple_links())
    forms = {"URL-safe": base64.urlsafe_b64encode(signature).decode(),
             "no padding": entry["sig"].rstrip("="), "more padding": entry["sig"] + "=",
             "padding within": "=" + entry["sig"], "line break": entry["sig"] + "\n"}
    for name, form in forms.items():
        yield Case(f"signature in base64: {name}", dsse(value, payload=payload, signatures=[
            dict(entry, sig=form)]), simple_links())
    for kind in ["application/vnd.in-toto+JSON", "", None, 1]:
        body = json.loads(dsse(value, OWNER))
        body["payloadType"] = kind
        yield Case(f"payload type {kind!r}", text(body), simple_links())
    both = json.loads(dsse(value, OWNER))
    both["signed"] = value
    yield Case("payload and signed, by the envelope", text(both), simple_links())
    yield Case("envelope and unknown members", dsse(value, OWNER, hello=1.5, x="\ud800"),
               simple_links())


def expiry():
    for value in ["2100-01-01T00:00:00Z", "2100-1-01T00:00:00Z", "2100-02-29T00:00:00Z",
                  "2104-02-29T00:00:00Z", "2100-13-01T00:00:00Z", "2100-00-01T00:00:00Z",
                  "2100-01-32T00:00:00Z", "2100-01-01T24:00:00Z", "2100-01-01T23:60:00Z",
                  "2100-01-01T23:59:60Z", "2100-01-01 00:00:00Z", "2100-01-01T00:00:00",
                  "2100-01-01T00:00:00z", "2100-01-01T00:00:00+00:00", "2100-01-01T00:00:00.5Z",
                  "2100-01-01T00:00:00Z\n", " 2100-01-01T00:00:00Z", PAST, "1970-01-01T00:00:00Z",
                  "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
                  "10000-01-01T00:00:00Z", "", "never", None, 0, 1, 4102444800, 1.5, [], {}, False,
                  True, ["x"]]:
        for name, form in CONTAINERS.items():
            yield Case(f"expires {value!r}, {name}", form(simple_layout(expires=value), OWNER),
                       simple_links())
    for name, form in CONTAINERS.items():
        value = simple_layout()
        del value["expires"]
        yield Case(f"no expires, {name}", form(value, OWNER), simple_links())


VALUES = [None, True, 0, -1, 2**70, 1.5, "", "x", "\ud800", [], [1], ["x"], {}, {"x": 1}]


def paths(value, prefix=()):
    """All places in a document."""
    for key, inner in (value.items() if isinstance(value, dict) else enumerate(value)):
        yield (*prefix, key)
        if isinstance(inner, (dict, list)):
            yield from paths(inner, (*prefix, key))


def replaced(value, path, new):
    result = copy.deepcopy(value)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    if new is Ellipsis:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return result


def members():
    """Each member of a layout and a link, replaced by a value of each kind, and left out."""
    root = layout(
        [step("build", products=[["ALLOW", "demo.whl"], ["MATCH", "*", "WITH", "PRODUCTS", "FROM",
                                                         "build"], ["DISALLOW", "*"]],
              expected_command=["make"])],
        [inspection("look")], keys=[ALICE])
    evidence = link("build", ["a"], BUILT, command=["make"])
    for index, path in enumerate(paths(root)):
        name = ".".join("KEY" if str(part) == ALICE.id else str(part) for part in path)
        for place, value in enumerate([Ellipsis, *VALUES]):
            form = [metablock, dsse][(index + place) % 2]
            word = "left out" if value is Ellipsis else repr(value)
            yield Case(f"layout: {name} {word}", form(replaced(root, path, value), OWNER),
                       simple_links(command=["make"]))
    for index, path in enumerate(paths(evidence)):
        name = ".".join(map(str, path))
        for place, value in enumerate([Ellipsis, *VALUES]):
            form = [metablock, dsse][(index + place) % 2]
            word = "left out" if value is Ellipsis else repr(value)
            yield Case(f"link: {name} {word}", metablock(root, OWNER), {
                link_name("build", ALICE): form(replaced(evidence, path, value), ALICE)})


def extra_members():
    for name, value in {"a number": 1, "a float": 1.5, "broken text": "\ud800", "self": None}.items():
        key = "self" if name == "self" else "hello"
        for form_name, form in CONTAINERS.items():
            base = simple_layout()
            inner = [("layout", dict(base, **{key: value})),
                     ("step", dict(base, steps=[dict(base["steps"][0], **{key: value})])),
                     ("inspection", dict(base, inspect=[dict(inspection("look"), **{key: value})])),
                     ("key", dict(base, keys={ALICE.id: dict(ALICE.dict, **{key: value})}))]
            for place, changed in inner:
                yield Case(f"{place} with {name} more, {form_name}", form(changed, OWNER),
                           simple_links())
            yield Case(f"link with {name} more, {form_name}", metablock(base, OWNER), {
                link_name("build", ALICE): form(dict(link("build", [], BUILT), **{key: value}),
                                                ALICE)})
    base = simple_layout()
    yield Case("unknown member, signed with it", metablock(
        dict(base, hello=1), OWNER, over=json.dumps(base).encode()), simple_links())


def raw_files():
    """Files that are no JSON, or more than JSON."""
    good = metablock(simple_layout(), OWNER)
    forms = {
        "empty": "", "blank": " ", "truncated": good[:-5], "twice": good + good,
        "comma at the end": good[:-1] + ",}", "byte order mark": "\ufeff" + good,
        "UTF-16": good.encode("utf-16"), "Latin-1": good.encode().replace(b'"readme":""', b'"readme":"\xe9"'),
        "surrogates in UTF-8": good.encode().replace(b'"readme":""', b'"readme":"\xed\xa0\x80"'),
        "list": "[]", "list with payload": '["payload"]', "list with signed": '["signed"]',
        "text": '"x"', "text with signed": '"signed"', "number": "1", "null": "null",
        "no members": "{}", "signed null": '{"signed":null}', "signed list": '{"signed":[]}',
        "signed text": '{"signed":"x"}', "signed empty": '{"signed":{}}',
        "payload null": '{"payload":null,"payloadType":"application/vnd.in-toto+json"}',
        "payload without signatures":
        '{"payload":"e30=","payloadType":"application/vnd.in-toto+json"}',
        "payload number":
        '{"payload":1,"payloadType":"application/vnd.in-toto+json","signatures":[]}',
        "deep": "[" * 200 + "]" * 200, "very deep": "[" * 100000, "single quotes": "{'signed':1}",
        "NaN beside": good[:-1] + ',"x":NaN}', "infinities beside": good[:-1] +
        ',"x":[Infinity,-Infinity]}', "float beside": good[:-1] + ',"x":1e5}',
        "leading zero beside": good[:-1] + ',"x":01}', "half a float": good[:-1] + ',"x":1.}',
        "half an exponent": good[:-1] + ',"x":1e}', "plus": good[:-1] + ',"x":+1}',
        "minus alone": good[:-1] + ',"x":-}', "minus zero": good[:-1] + ',"x":-0}',
        "long number beside": good[:-1] + ',"x":' + "1" * 5000 + "}",
        "control character": good[:-1] + ',"x":"\x01"}', "tab": good[:-1] + ',"x":"\t"}',
        "delete character": good[:-1] + ',"x":"\x7f"}', "bad escape": good[:-1] + ',"x":"\\x"}',
        "short escape": good[:-1] + ',"x":"\\u12"}', "surrogate pair": good[:-1] +
        ',"x":"\\ud83d\\ude00"}', "half a pair": good[:-1] + ',"x":"\\ud83d"}',
        "wrong half first": good[:-1] + ',"x":"\\ude00\\ud83d"}', "two halves": good[:-1] +
        ',"x":"\\ud83d\\ud83d\\ude00"}', "form feed between": good + "\f", "line separator":
        good[:-1] + ',"x":"\u2028"}', "NUL at the end": good + "\0",
        "name twice, good last": '{"signed":1,' + good[1:], "name twice, good first": good[:-1] +
        ',"signed":1}', "name twice, escaped": good[:-1] + ',"\\u0073igned":1}',
        "readme twice": good.replace('"readme":""', '"readme":"x",\n"readme":""'),
        "readme twice, other last": good.replace('"readme":""', '"readme":"",\n"readme":"x"'),
    }
    for name, form in forms.items():
        yield Case(f"layout file: {name}", form, simple_links())
    good = metablock(link("build", [], BUILT), ALICE)
    for name, form in {
            "empty": "", "truncated": good[:-5], "list": "[]", "byte order mark": "\ufeff" + good,
            "Latin-1": b'{"\xe9":1}', "product twice": good.replace(
                '"demo.whl":{', '"demo.whl":{"sha256":"00"},\n"demo.whl":{'),
            "product twice, other last": good.replace(
                '"products":{', '"products":{"demo.whl":{"sha256":"00"},').replace(
                '"demo.whl":{\n', '"demo.whl":{\n"sha512":"00",\n'),
            "a layout's type": good.replace('"_type":"link"', '"_type":"layout"'),
            "no type": good.replace('"_type":"link",', ""), "float in products": good.replace(
                '"products":{', '"products":{"x":{"sha256":1.5},')}.items():
        yield Case(f"link file: {name}", metablock(simple_layout(), OWNER), {
            link_name("build", ALICE): form})
        yield Case(f"file of a stranger: {name}", metablock(simple_layout(), OWNER), {
            **simple_links(), link_name("build", MALLORY): form})
    for name, payload in {"no JSON": b"x", "empty": b"", "Latin-1": b"\xe9", "a list": b"[]",
                          "no type": b"{}", "byte order mark": "\ufeff{}".encode(),
                          "another type": b'{"_type":"x"}', "a number": b"1"}.items():
        for signer, word in [(ALICE, "signed"), (MALLORY.renamed(ALICE.id), "forged")]:
            yield Case(f"link's payload: {name}, {word}", metablock(simple_layout(), OWNER), {
                link_name("build", ALICE): dsse(None, signer, payload=payload)})
        yield Case(f"layout's payload: {name}", dsse(None, OWNER, payload=payload), simple_links())
    yield Case("a link as layout", metablock(link("build", [], BUILT), OWNER), simple_links())
    yield Case("text in all languages", metablock(
        simple_layout(readme="é e\u0301 \u2028 \U0001f600 \x00\x1f\x7f \\ \" / \t\r\n"), OWNER),
        simple_links())
    yield Case("large numbers", metablock(simple_layout(), OWNER), simple_links(
        byproducts={"a": 2**64, "b": -2**200, "c": 0, "é": 10**4000, "z": None, "Z": True}))


def functionary_keys():
    """Key objects, used and not."""
    def with_keys(keys, ids=None):
        value = simple_layout()
        value["keys"] = keys
        if ids is not None:
            value["steps"][0]["pubkeys"] = ids
        return metablock(value, OWNER)
    good = ALICE.dict
    odd = {
        "unknown scheme": dict(good, scheme="x"), "unknown type": dict(good, keytype="x"),
        "scheme of another type": dict(good, scheme="rsassa-pss-sha256"),
        "pss-sha224": dict(good, keytype="rsa", scheme="rsassa-pss-sha224"),
        "PEM that is none": dict(good, keytype="rsa", scheme="rsassa-pss-sha256"),
        "no keyid": {k: v for k, v in good.items() if k != "keyid"},
        "another keyid": dict(good, keyid=BOB.id), "keyid null": dict(good, keyid=None),
        "keyval list": dict(good, keyval=[]), "keyval text": dict(good, keyval="public"),
        "public null": dict(good, keyval={"public": None}), "public missing": dict(good, keyval={}),
        "private too": dict(good, keyval=dict(good["keyval"], private="")),
        "hash algorithms": dict(good, keyid_hash_algorithms=["sha256", "sha512"]),
        "type list": dict(good, keytype=[]), "subkeys null": dict(good, subkeys=None),
        "subkeys list": dict(good, subkeys=["aa"]), "subkeys text": dict(good, subkeys="aa"),
        "subkeys number": dict(good, subkeys=1), "subkeys empty": dict(good, subkeys={}),
        "subkeys object": dict(good, subkeys={BOB.id: {}}),
        "gpg": {"keyid": ALICE.id, "type": "rsa", "method": "x", "hashes": [], "keyval": {}},
        "gpg of unknown type": {"keyid": ALICE.id, "type": "x", "method": 1, "hashes": 1,
                                "keyval": 1},
        "gpg with subkeys list": {"keyid": ALICE.id, "type": "rsa", "method": "x", "hashes": [],
                                  "keyval": {}, "subkeys": [1]},
        "gpg with subkeys null": {"keyid": ALICE.id, "type": "rsa", "method": "x", "hashes": [],
                                  "keyval": {}, "subkeys": None},
        "gpg with an odd subkey": {"keyid": ALICE.id, "type": "rsa", "method": "x", "hashes": [],
                                   "keyval": {}, "subkeys": {"aa": 1}},
        "gpg with half a subkey": {"keyid": ALICE.id, "type": "rsa", "method": "x", "hashes": [],
                                   "keyval": {}, "subkeys": {"aa": {}}},
        "gpg's members beside": dict(good, type="rsa", method="x", hashes=[]),
        "securesystemslib's gpg": {"keyid": ALICE.id, "keytype": "rsa",
                                   "scheme": "pgp+rsa-pkcsv1.5", "keyval": {"public": {}}},
    }
    for name, key in odd.items():
        yield Case(f"key, used: {name}", with_keys({ALICE.id: key}), simple_links())
        yield Case(f"key, not used: {name}", with_keys({ALICE.id: good, BOB.id: key}),
                   simple_links())
        yield Case(f"key, used, envelope: {name}", with_keys({ALICE.id: key}), simple_links(
            form=dsse))
    yield Case("key under an id that is no hex", with_keys({ALICE.id: good, "x": BOB.dict}),
               simple_links())
    yield Case("key under an empty id", with_keys({ALICE.id: good, "": BOB.dict}), simple_links())
    yield Case("key under another id, signed under its own", with_keys({"aabbccdd": good}, [
        "aabbccdd"]), {"build.aabbccdd.link": metablock(link("build", [], BUILT), ALICE)})
    for ids in [[ALICE.id.upper()], [ALICE.id, ALICE.id], [BOB.id, ALICE.id], [], ["x"], [""],
                [ALICE.id[:8]], [None], [1], "x", {}, None]:
        yield Case(f"pubkeys {str(ids).replace(ALICE.id, 'KEY')[:60]}", with_keys({
            ALICE.id: good}, ids), simple_links())
    yield Case("link with gpg's members for a plain key", metablock(simple_layout(), OWNER), {
        link_name("build", ALICE): metablock(link("build", [], BUILT), signatures=[
            {"keyid": ALICE.id, "signature": "00", "other_headers": "00"}])})


def all_cases(keys):
    yield from containers(keys)
    yield from pem_forms(keys)
    for group in [layout_signatures, base64_forms, expiry, members, extra_members, raw_files,
                  functionary_keys]:
        yield from group()
