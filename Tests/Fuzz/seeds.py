#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes first inputs for each fuzz target: seeds.py FOLDER

They come from Fixtures/ and from python-tuf and in-toto, whose documents are made here. The kept
corpus is what `fuzz.sh merge` chose out of these and of what searches found.
Needs the packages that Fixtures/README.md names.
"""
import base64
import datetime
import gzip
import io
import json
import lzma
import pathlib
import sys
import tarfile
import zipfile

from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles,
    TargetFile, Targets, Timestamp)

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "Fixtures" / "Vectors"
EXPIRES = datetime.datetime(2030, 1, 31, 12, 0, 0, tzinfo=datetime.timezone.utc)


def vector(name):
    return json.loads((VECTORS / name).read_text())


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def unescaped(field):
    """A field of canonical.txt, mutated.txt or wildcards.txt."""
    return field.encode("latin-1").decode("unicode_escape").encode("latin-1")


def rows(name):
    for line in (VECTORS / "CanonicalJSON" / name).read_text().splitlines():
        if line and not line.startswith("#"):
            yield [unescaped(field) for field in line.split("\t")]


def tuf_documents():
    signer = CryptoSigner.generate_ed25519()
    key = signer.public_key
    rsa = CryptoSigner.generate_rsa().public_key
    root = Root(expires=EXPIRES)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(key, role)
    root.add_key(rsa, "root")
    file = TargetFile.from_data("a/b-c.d", b"content", ["sha256", "sha512"])
    file.unrecognized_fields["custom"] = {"x": [1, "two", None]}
    named = Delegations({key.keyid: key}, {
        "a/b": DelegatedRole("a/b", [key.keyid], 1, True, paths=["a/*", "b/?[!a-c].d"]),
        "c": DelegatedRole("c", [key.keyid], 1, False, path_hash_prefixes=["0", "ab12"])})
    bins = Delegations(
        {key.keyid: key}, succinct_roles=SuccinctRoles([key.keyid], 1, 4, "bin"))
    snapshot = Snapshot(expires=EXPIRES)
    snapshot.meta["a/b.json"] = MetaFile(3, 40, {"sha256": "ab" * 32})
    for document in (
            root, Timestamp(expires=EXPIRES, snapshot_meta=MetaFile(2, 9, {"sha512": "01" * 64})),
            snapshot, Targets(expires=EXPIRES, targets={"a/b-c.d": file}, delegations=named),
            Targets(expires=EXPIRES, delegations=bins)):
        metadata = Metadata(document)
        metadata.sign(signer)
        yield metadata.to_bytes()


def in_toto_documents():
    signer = CryptoSigner.generate_ed25519()
    key = signer.public_key.to_dict()
    key["keyid"] = signer.public_key.keyid
    step = Step(
        name="build", pubkeys=[signer.public_key.keyid], threshold=1,
        expected_command=["make"], expected_materials=[["ALLOW", "*"]],
        expected_products=[
            ["CREATE", "out/*"], ["REQUIRE", "out/a"],
            ["MATCH", "*", "IN", "s", "WITH", "PRODUCTS", "IN", "d", "FROM", "fetch"],
            ["DISALLOW", "*"]])
    inspection = Inspection(name="check", run=["true"], expected_products=[["MODIFY", "x"]])
    layout = Layout(
        steps=[step], inspect=[inspection], keys={signer.public_key.keyid: key},
        expires="2030-01-31T12:00:00Z", readme="a layout")
    link = Link(
        name="build", materials={"a": {"sha256": "ab" * 32}},
        products={"out/a": {"sha256": "cd" * 32, "sha512": "01" * 64}}, command=["make"],
        byproducts={"return-value": 0, "stdout": "", "stderr": ""}, environment={})
    for document in (layout, link):
        metadata = Metablock(signed=document)
        metadata.create_signature(signer)
        yield str(metadata).encode()
        envelope = Envelope.from_signable(document)
        envelope.create_signature(signer)
        yield compact(envelope.to_dict())


def states():
    """Tapes: the moment, then steps, each with a file and 0 changes (see StatesTape)."""
    yield bytes([1, 0, 0, 0, 2, 4, 17, 0, 6, 12, 0, 7, 9, 0])
    yield bytes([1, 0, 0, 0, 2, 4, 17, 0, 5, 12, 0, 8, 7, 9, 0])
    yield bytes([1, 0, 0, 0, 1, 2, 0, 1, 5, 0, 2, 4, 20, 0, 6, 15, 0, 7, 10, 0])
    yield bytes([0, 0, 0, 0, 1, 2, 0, 2, 3, 19, 0, 4, 20, 0, 5, 14, 0, 6, 15, 0, 7, 9, 0])
    yield bytes([0, 0, 0, 1, 3, 0, 20, 0, 0, 1, 2, 1, 4, 0, 0, 3])


def answers():
    """What is asked for, the status and the body, a byte each; then header lines."""
    lines = [b"Content-Length: 10", b"Content-Range: bytes 5-9/10", b'ETag: "abc"',
             b"Content-Type: multipart/byteranges; boundary=x", b"Transfer-Encoding: chunked",
             b"Content-Range: bytes */10", b"content-length: 99999999999999999999"]
    for plan in (bytes([0, 3, 0, 43]), bytes([3, 3, 1, 20]), bytes([3, 7, 4, 0]),
                 bytes([11, 5, 1, 80])):
        for count in range(len(lines) + 1):
            yield plan + b"\r\n".join(lines[:count]) + b"\r\n"
        for line in lines:
            yield plan + line + b"\r\n"
    for text in (b"bytes 5-9/10", b"bytes */10", b"bytes 0-0/*", b"bytes 9-5/10", b"bytes 0-9/9"):
        yield bytes(4) + text


def maps():
    """The example of Docs/Formats/TrustMap.md, and others."""
    entry = {"paths": ["*"], "repositories": ["acme", "notary"], "threshold": 2,
             "terminating": True}
    places = {"acme": ["https://acme.example/"], "notary": ["https://notary.example/"]}
    yield compact({"repositories": places, "mapping": [entry]}) + b"\xffa/b"
    for pattern in ("/a/b", "a/[!b]*", "?", "\u00e9*"):
        one = dict(entry, paths=[pattern], threshold=1, terminating=False)
        yield compact({"repositories": places, "mapping": [one, entry]}) + b"\xffa/b"
    for wrong in (dict(entry, threshold=3), dict(entry, paths=[]), dict(entry, more=1)):
        yield compact({"repositories": places, "mapping": [wrong]})
    for name in ("any", "..", "a/b", ""):
        yield compact({"repositories": {name: ["https://a.test/"]}, "mapping": []})


def rotations():
    """Names that a snapshot lists, and files."""
    names = ["rotate/a.rotate.1", "rotate/a.rotate.2", "rotate/a/b.rotate.1",
             "rotate/a.rotate.01", "rotate/.rotate.1", "rotate/a.rotate.rotate.1"]
    for kind in (b"\0", b"\1"):
        for count in range(1, len(names) + 1):
            yield kind + b"\xff".join(name.encode() for name in names[:count])
    key = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "3b" * 32}}
    for keys in ({"a": key}, {}, None, {"a": None}, {"a": key, "b": None}, []):
        yield compact({"_type": "rotate", "version": 1, "role": "a", "keys": keys, "threshold": 1})


def tar(members, form):
    """A tar of (name, type, content or target)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form, bufsize=512) as archive:
        for name, kind, value in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            data = b""
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = value
            elif value:
                data, info.size = value, len(value)
            archive.addfile(info, io.BytesIO(data))
    # Without the padding to a whole record.
    body = stream.getvalue().rstrip(b"\0")
    return body + bytes(-len(body) % 512 + 1024)


def zstd(data):
    """One frame that holds the bytes as they are."""
    head = bytes.fromhex("28b52ffd") + b"\xa0" + len(data).to_bytes(4, "little")
    return head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def xz(data):
    return lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 4096}])


def zipped(members, method):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, data)
    return stream.getvalue()


def deb(data, ending):
    def member(name, body):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n".encode()
        return head + body + b"\n" * (len(body) % 2)
    control = gzip.compress(tar([("control", tarfile.REGTYPE, b"a: b\n")],
                                tarfile.GNU_FORMAT), mtime=0)
    return (b"!<arch>\n" + member("debian-binary", b"2.0\n")
            + member("control.tar.gz", control) + member("data.tar" + ending, data))


def archives():
    file, folder = tarfile.REGTYPE, tarfile.DIRTYPE
    trees = [
        [("a", file, b"x")],
        [("d", folder, None), ("d/a", file, b"hello\n" * 90), ("d/b", tarfile.SYMTYPE, "a"),
         ("d/c", tarfile.LNKTYPE, "d/a")],
        [("./", folder, None), ("./" + "n" * 120 + "/" + "m" * 90, file, b"x" * 513)],
        [("\u00e9" * 60, file, b"y"), ("l", tarfile.SYMTYPE, "t" * 130)],
        [("../a", file, b"x")], [("/a", file, b"x")], [("dev", tarfile.CHRTYPE, None)],
        [("a", tarfile.SYMTYPE, ".."), ("a/b", file, b"x")],
    ]
    for tree in trees:
        for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            try:
                whole = tar(tree, form)
            except ValueError:
                continue
            yield b"\x00" + whole
            yield b"\x01" + whole
    plain = tar(trees[1], tarfile.PAX_FORMAT)
    for data in (b"", b"x" * 300, plain):
        yield b"\x04" + gzip.compress(data, mtime=0)
        yield b"\x04" + gzip.compress(data, mtime=0) + gzip.compress(b"more", mtime=0)
        yield b"\x05" + xz(data)
        yield b"\x05" + xz(data) + bytes(4) + xz(b"more")
        yield b"\x06" + zstd(data)
    yield b"\x04" + gzip.compress(bytes(100_000), mtime=0)
    yield b"\x05" + xz(bytes(100_000))
    members = [("d/", b"", 0o40755), ("d/a", b"hello\n" * 40, 0o100644),
               ("l", b"d/a", 0o120777), ("\u00e9", b"", 0o100644)]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for which in (2, 3):
            yield bytes([which]) + zipped(members, method)
            yield bytes([which]) + zipped([], method)
            yield bytes([which]) + zipped([("../a", b"x", 0o100644)], method)
    data = tar(trees[0], tarfile.GNU_FORMAT)
    for ending, body in (("", data), (".gz", gzip.compress(data, mtime=0)), (".xz", xz(data)),
                         (".zst", zstd(data))):
        yield b"\x07" + deb(body, ending)


def tools():
    """Links and layouts, also such as only Python takes, and keys in PEM."""
    link = {"_type": "link", "name": "build", "materials": {"a": {"sha256": "00"}},
            "products": {"b": {"sha256": "ab", "sha512": "cd"}}, "command": ["make"],
            "byproducts": {"return-value": 0, "stdout": "", "stderr": ""}, "environment": {}}
    signatures = [{"keyid": "aa", "sig": "bb"},
                  {"keyid": "cc", "signature": "dd", "other_headers": "ee"}]
    bare = {"_type": "link", "materials": {"a": {}}, "more": 1}
    key = vector("MetadataSigning/keys.json")["public"]
    layout = {"_type": "layout", "expires": "2030-01-31T12:00:00Z", "readme": "", "keys": {
        "ab": {"keyid": "ab", "keytype": "ed25519", "scheme": "ed25519",
               "keyval": {"public": "00" * 32}}},
        "steps": [{"_type": "step", "name": "s", "pubkeys": ["ab"], "threshold": 1,
                   "expected_command": ["x"], "expected_materials": [["ALLOW", "*"]],
                   "expected_products": [
                       ["match", "*", "IN", "a", "WITH", "products", "IN", "b", "FROM", "s"],
                       ["REQUIRE", "x"]]}],
        "inspect": [{"_type": "inspection", "name": "i", "run": ["tar", "xf", "a"],
                     "expected_materials": [], "expected_products": [["DISALLOW", "*"]]}]}
    for signed in (link, bare, layout, dict(layout, steps=[], inspect=[], keys={})):
        for several in (signatures, []):
            yield b"\x00" + compact({"signed": signed, "signatures": several})
        yield b"\x01" + compact({
            "payload": base64.b64encode(compact(signed)).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"keyid": "aa", "sig": "QUI="}]})
    for text in (b'{"a": NaN, "a": 1.5e3, "b": "\\ud800", "c": -0}', b'["payload"]', b'"signed"',
                 b'{"signed": {"_type": "link", "command": [1e999]}, "signatures": []}', b"[" * 300):
        yield b"\x00" + text
    for pem in key.values():
        yield b"\x03" + b"text before\n" + pem.encode()
        yield b"\x03" + pem.replace("PUBLIC", "RSA PUBLIC").encode()


def inputs():
    for fields in rows("canonical.txt"):
        yield "json", fields[1]
    for fields in rows("mutated.txt"):
        yield "json", fields[0]
    for keys in (range(20), range(20, 0, -1), [*range(20), 3], [*range(20, 0, -1), 3]):
        for name in ('"a common beginning %d"', '"\\u0061%d"', '"%d"'):
            yield "json", ("{" + ",".join(name % key + ":0" for key in keys) + "}").encode()
    documents = list(tuf_documents()) + list(in_toto_documents())
    for name in ("github-tuf-root", "sigstore-3.root", "sigstore-prod-tuf-root"):
        documents.append((VECTORS / "TUFMetadata" / f"{name}.json").read_bytes())
    for document in documents:
        yield "documents", document
        if len(document) < 4096:
            yield "json", document
    for fields in rows("wildcards.txt"):
        yield "patterns", fields[0] + b"\xff" + fields[1]
    for pattern, path, _ in vector("TUFMetadata/delegations.json")["patterns"]:
        yield "patterns", pattern.encode() + b"\xff" + path.encode()
    for name in ("root", "2.root", "a/b", "..", "%2F", "A.b-c_d~e", "é", "x" * 190, "bin-0f", ""):
        for other in ("root", "1.root", "../a", "a//b", "a/b.c", "a/%2e", "x" * 191):
            yield "names", name.encode() + b"\xff" + other.encode()
    keys = vector("MetadataSigning/keys.json")
    for number, pem in enumerate(
            list(keys["public"].values()) + list(keys["p256"].values())):
        for which in {0: (0, 8), 1: (1, 8), 2: (3, 8), 3: (4, 8), 4: (5, 8)}.get(number, (1, 2)):
            yield "keys", bytes([which]) + pem.encode()
    for entry in keys["private"] + keys["refused"]:
        yield "keys", b"\x09" + entry["pem"].encode()
    # Points for which anybody could sign: of order 1, and at infinity.
    low = bytes([1] + [0] * 31)
    forged = b"\xff" + low + bytes(32)
    yield "keys", b"\x00" + low.hex().encode() + forged
    for der in ("302a300506032b6570032100" + low.hex(),
                "3019301306072a8648ce3d020106082a8648ce3d03010703020000"):
        body = base64.b64encode(bytes.fromhex(der))
        pem = b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"
        yield "keys", b"\x01" + pem
        yield "keys", b"\x08" + pem + forged
    for entry in vector("MetadataSigning/signatures.json")["signatures"]:
        for which in range(16, 32):
            yield "keys", bytes([which]) + bytes.fromhex(entry["sig"])
    for text in ("00ff", "0aF", "QUI=", "QUI", "-_-_", "Q===", "2030-01-31T12:00:00Z",
                 "2024-02-29T23:59:59Z", "1900-02-29T00:00:00Z", "0001-01-01T00:00:00Z"):
        yield "texts", text.encode()
    yield "texts", base64.b64encode(bytes(range(64)))
    node = {"at": [1, 1], "is": {"mapping": [[
        {"at": [1, 1], "is": "key"}, {"at": [1, 6], "is": {"list": [{"at": [2, 3], "is": "é"}]}}]]}}
    yield "sources", compact({"node": node})
    yield "sources", compact({"error": {"message": "wrong", "place": [3, 4]}})
    for url in ("https://example.org/a", "http://127.0.0.1:8000/m/", "http://localhost/x?y#z",
                "file:///a/b%20c", "https://u:p@[::1]:443/", "http://[fe80::1%25eth0]/",
                "HTTP://EXAMPLE.org:80", "http://2130706433/", "https://ex%41mple.org/", "a:b"):
        for other in ("https://example.org/b", "http://example.org/", "http://127.1/",
                      "https://localhost:443", "file:///etc"):
            yield "urls", url.encode() + b"\xff" + other.encode()
    for tape in states():
        yield "states", tape
    for target, several in (("answers", answers), ("maps", maps), ("rotations", rotations),
                            ("archives", archives), ("tools", tools)):
        for data in several():
            yield target, data
    for seed in range(12):
        yield "rules", bytes((seed * 37 + place * place * 11) % 256 for place in range(120))


def main():
    folder = pathlib.Path(sys.argv[1])
    for number, (target, data) in enumerate(inputs()):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"seed-{number:04}").write_bytes(data)


if __name__ == "__main__":
    main()
