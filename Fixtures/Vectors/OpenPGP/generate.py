#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes certificates.json beside itself: public keys of gpg, and what they signed.

    generate.py            makes new keys (random) and writes the file
    generate.py --check    lets securesystemslib read each key and verify each signature again

{"message": TEXT,
 "keys": [{"name": TEXT,
           "certificate": what `gpg --export` wrote, in base64,
           "object": what securesystemslib's export_pubkey gives for it,
           "signatures": [{"keyid", "other_headers", "signature"}]}]}

Needs gpg 2.2 and securesystemslib 1.6.0. The private keys are thrown away.
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from securesystemslib._gpg import common
from securesystemslib._gpg import functions as gpg

FILE = pathlib.Path(__file__).with_name("certificates.json")
MESSAGE = '{"_type":"link","name":"build"}'


class Home:
    def __init__(self, path):
        self.path = path

    def run(self, *words, **more):
        return subprocess.run(
            ["gpg", "--homedir", self.path, "--batch", "--quiet", "--pinentry-mode", "loopback",
             "--passphrase", "", *words], check=True, capture_output=True, **more).stdout

    def make(self, algorithm, usage="sign,cert", expires="never"):
        before = set(self.fingerprints())
        self.run(
            "--quick-gen-key", f"key {len(before)} <a@example.org>", algorithm, usage, expires)
        return next(f for f in self.fingerprints() if f not in before)

    def fingerprints(self, *of):
        lines = self.run("--with-colons", "--list-keys", *of).decode().splitlines()
        return [line.split(":")[9].lower() for line in lines if line.startswith("fpr:")]

    def entry(self, name, fingerprint):
        users = [f + "!" for f in self.fingerprints(fingerprint)]
        signatures = []
        for user in users:
            try:
                signatures.append(gpg.create_signature(MESSAGE.encode(), user, self.path))
            except OSError:
                pass  # not for signing
        export = self.run("--export", fingerprint)
        return {
            "name": name, "certificate": base64.b64encode(export).decode(),
            "object": gpg.export_pubkey(fingerprint, self.path), "signatures": signatures}


def make(home):
    for algorithm in ["rsa2048", "dsa2048", "ed25519"]:
        fingerprint = home.make(algorithm, expires="10y")
        home.run("--quick-add-key", fingerprint, algorithm, "sign", "5y")
        home.run("--quick-add-key", fingerprint, "rsa2048", "encr", "never")
        yield home.entry(f"{algorithm}, a subkey for signing and one for encryption", fingerprint)
    yield home.entry("ed25519, alone", home.make("ed25519", "sign"))
    certifying = home.make("rsa2048", "cert")
    home.run("--quick-add-key", certifying, "ed25519", "sign", "never")
    yield home.entry("rsa2048 for certifying, ed25519 for signing", certifying)
    revoked = home.make("ed25519", "sign,cert")
    entry = home.entry("ed25519, revoked", revoked)
    path = pathlib.Path(home.path, "openpgp-revocs.d", revoked.upper() + ".rev")
    home.run("--import", input=path.read_bytes().replace(b"\n:---", b"\n---"))
    entry["certificate"] = base64.b64encode(home.run("--export", revoked)).decode()
    yield entry


def check():
    document = json.loads(FILE.read_text())
    for key in document["keys"]:
        exported = common.get_pubkey_bundle(
            base64.b64decode(key["certificate"]), key["object"]["keyid"])
        assert exported == key["object"], key["name"]
        for signature in key["signatures"]:
            # It loses the subkeys of EdDSA keys.
            if signature["keyid"] in [exported["keyid"], *exported.get("subkeys", {})]:
                assert gpg.verify_signature(
                    dict(signature), exported, document["message"].encode()), key["name"]


if sys.argv[1:] == ["--check"]:
    check()
else:
    with tempfile.TemporaryDirectory() as folder:
        try:
            keys = list(make(Home(folder)))
        finally:
            subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=False)
    FILE.write_text(json.dumps({"message": MESSAGE, "keys": keys}, indent=1) + "\n")
    check()
