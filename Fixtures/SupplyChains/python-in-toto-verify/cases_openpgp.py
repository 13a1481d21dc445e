# SPDX-License-Identifier: Apache-2.0
"""Cases about keys of gpg: primary keys, subkeys, ends."""

import contextlib
import copy
import json
import os
import shutil
import subprocess
import tempfile

from in_toto.models.link import Link
from in_toto.models.layout import Layout
from in_toto.models.metadata import Metablock
from securesystemslib._gpg.functions import create_signature, export_pubkey

from corpus import ALICE, OWNER, Case, dsse, layout, link, metablock, model_bytes, step


class Ring:
    """A gpg home with one key of each kind."""

    def __init__(self, home):
        self.home, self.public = home, {}
        self.rsa = self.make("rsa", "rsa2048", "cert")
        for _ in range(2):
            self.gpg("--quick-add-key", self.rsa, "rsa2048", "sign", "0")
        self.signing_rsa = self.make("plain", "rsa2048", "sign,cert")
        self.eddsa = self.make("eddsa", "ed25519", "sign,cert")
        self.dsa = self.make("dsa", "dsa2048", "sign,cert")
        self.expired = self.make("expired", "rsa2048", "sign,cert", "20200101T000000",
                                 "2020-02-01")
        self.late_subkey = self.make("late", "rsa2048", "sign,cert", "20200101T000000")
        self.gpg("--faked-system-time", "20200102T000000", "--quick-add-key", self.late_subkey,
                 "rsa2048", "sign", "2020-02-01")
        for name in ["rsa", "signing_rsa", "eddsa", "dsa", "expired", "late_subkey"]:
            keyid = getattr(self, name)
            self.public[keyid] = export_pubkey(keyid, home)

    def gpg(self, *arguments):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--quiet", "--passphrase", "",
             "--pinentry-mode", "loopback", *arguments], check=True, capture_output=True).stdout

    def make(self, name, kind, usage, start=None, end="0"):
        faked = ["--faked-system-time", start] if start else []
        self.gpg(*faked, "--quick-gen-key", f"{name} <{name}@example.org>", kind, usage, end)
        listing = self.gpg("--with-colons", "--list-keys", f"{name}@example.org").decode()
        return next(line.split(":")[9].lower() for line in listing.splitlines()
                    if line.startswith("fpr"))

    def sign(self, signed, keyid, time=None):
        """A signature entry over a document; `time` to sign with a key that has ended."""
        message = model_bytes(signed)
        if time is None:
            return create_signature(message, keyid, self.home)
        wrapper = os.path.join(self.home, "faked")
        with open(wrapper, "w") as file:
            file.write(f"#!/bin/sh\nexec gpg --faked-system-time {time} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        import securesystemslib._gpg.constants as constants
        before = constants.GPG_ENV_COMMAND
        constants.GPG_ENV_COMMAND = wrapper
        try:
            return create_signature(message, keyid, self.home)
        finally:
            constants.GPG_ENV_COMMAND = before


@contextlib.contextmanager
def keyring():
    home = tempfile.mkdtemp(dir="/tmp")
    os.chmod(home, 0o700)
    try:
        yield Ring(home)
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


def all_cases(ring):
    def chain(keyids, threshold=1, pubkeys=None, keys=None):
        keys = keys or {keyid: ring.public[keyid] for keyid in keyids}
        return metablock(layout([step("s", [], threshold=threshold, pubkeys=pubkeys or list(
            keyids))], keys=keys), OWNER)

    def signed(keyid, products=("a",), time=None, exact=True):
        value = link("s", [], products)
        return metablock(value, signatures=[ring.sign(value, keyid + ("!" if exact else ""), time)])

    def name(keyid):
        return f"s.{keyid[:8]}.link"
    for word, keyid in [("RSA", ring.signing_rsa), ("EdDSA", ring.eddsa), ("DSA", ring.dsa)]:
        good = signed(keyid)
        yield Case(f"gpg: link by {word}", chain([keyid]), {name(keyid): good})
        yield Case(f"gpg: link by {word}, changed", chain([keyid]), {
            name(keyid): good.replace('"a"', '"b"')})
        key = copy.deepcopy(ring.public[keyid])
        for member in ["keyid", "type", "method", "hashes", "keyval", "creation_time"]:
            less = {k: v for k, v in key.items() if k != member}
            yield Case(f"gpg: {word} key without {member}", chain([keyid], keys={keyid: less}), {
                name(keyid): good})
        for value in ["", "zz", "abc", None, 1, []]:
            file = json.loads(good)
            file["signatures"][0]["signature"] = value
            yield Case(f"gpg: {word} signature {value!r}", chain([keyid]), {
                name(keyid): json.dumps(file)})
            file = json.loads(good)
            file["signatures"][0]["other_headers"] = value
            yield Case(f"gpg: {word} headers {value!r}", chain([keyid]), {
                name(keyid): json.dumps(file)})
            broken = copy.deepcopy(key)
            for part in broken["keyval"]["public"]:
                broken["keyval"]["public"][part] = value
            yield Case(f"gpg: {word} numbers {value!r}", chain([keyid], keys={keyid: broken}), {
                name(keyid): good})
        yield Case(f"gpg: envelope for a {word} key", chain([keyid]), {
            name(keyid): dsse(link("s", [], ["a"]), ALICE.renamed(keyid))})
        yield Case(f"gpg: plain signature for a {word} key", chain([keyid]), {
            name(keyid): metablock(link("s", [], ["a"]), ALICE.renamed(keyid))})
        value = layout([])
        yield Case(f"gpg: layout by {word}", metablock(value, signatures=[ring.sign(
            value, keyid)]), keys=[], gpg=(keyid, ring.home))
        yield Case(f"gpg: layout by {word} and a plain key", metablock(value, signatures=[
            ring.sign(value, keyid), {"keyid": OWNER.id, "sig": OWNER.sign(model_bytes(
                value)).hex()}]), keys=[OWNER], gpg=(keyid, ring.home))
        yield Case(f"gpg: layout by {word}, signed by nobody", metablock(value), keys=[],
                   gpg=(keyid, ring.home))
        yield Case(f"gpg: envelope as layout for {word}", dsse(value, OWNER.renamed(keyid)),
                   keys=[], gpg=(keyid, ring.home))
    subkeys = list(ring.public[ring.rsa]["subkeys"])
    one, two = signed(subkeys[0]), signed(subkeys[1])
    for needed in [1, 2]:
        yield Case(f"gpg: a subkey's link, {needed} needed", chain([ring.rsa], needed), {
            name(subkeys[0]): one})
        yield Case(f"gpg: two subkeys' links, {needed} needed", chain([ring.rsa], needed), {
            name(subkeys[0]): one, name(subkeys[1]): two})
        yield Case(f"gpg: two subkeys authorized, {needed} needed", chain(
            [ring.rsa], needed, pubkeys=subkeys), {name(subkeys[0]): one, name(subkeys[1]): two})
    yield Case("gpg: a subkey's link under the primary key's name", chain([ring.rsa]), {
        name(ring.rsa): one})
    yield Case("gpg: one subkey authorized, the other signed", chain(
        [ring.rsa], pubkeys=[subkeys[0]]), {name(subkeys[0]): two})
    yield Case("gpg: one subkey authorized, the other's link", chain(
        [ring.rsa], pubkeys=[subkeys[0]]), {name(subkeys[1]): two})
    yield Case("gpg: subkeys that disagree", chain([ring.rsa]), {
        name(subkeys[0]): one, name(subkeys[1]): signed(subkeys[1], ["b"])})
    late = signed(ring.expired, time="20200115T000000")
    yield Case("gpg: link by a key that has ended", chain([ring.expired]), {
        name(ring.expired): late})
    yield Case("gpg: link by a key that has ended, none needed", metablock(layout(
        [step("s", [], threshold=1, pubkeys=[ring.expired, ALICE.id])], keys={
            ring.expired: ring.public[ring.expired], ALICE.id: ALICE.dict}), OWNER), {
                name(ring.expired): late, name(ALICE.id): metablock(link("s", [], ["a"]), ALICE)})
    value = layout([])
    yield Case("gpg: layout by a key that has ended", metablock(value, signatures=[ring.sign(
        value, ring.expired, "20200115T000000")]), keys=[], gpg=(ring.expired, ring.home))
    late_id = list(ring.public[ring.late_subkey]["subkeys"])[0]
    yield Case("gpg: link by a subkey that has ended", chain([ring.late_subkey]), {
        name(late_id): signed(late_id, time="20200115T000000")})
    yield Case("gpg: link by the primary key of one that has ended", chain([ring.late_subkey]), {
        name(ring.late_subkey): signed(ring.late_subkey)})
    key = copy.deepcopy(ring.public[ring.signing_rsa])
    good = signed(ring.signing_rsa)
    for created, period in [(1, 1), (1, None), (0, 1), (None, 1), ("1", 1), ("1", "1"), (1, [1]),
                            (-1, -1), (2**62, 2**62), (1, True), (True, True)]:
        odd = dict(key, creation_time=created, validity_period=period)
        yield Case(f"gpg: created {created!r}, valid for {period!r}", chain(
            [ring.signing_rsa], keys={ring.signing_rsa: odd}), {name(ring.signing_rsa): good})
    upper = copy.deepcopy(key)
    upper["keyval"]["public"]["n"] = upper["keyval"]["public"]["n"].upper()
    yield Case("gpg: modulus in upper case", chain([ring.signing_rsa], keys={
        ring.signing_rsa: upper}), {name(ring.signing_rsa): good})
    padded = copy.deepcopy(key)
    padded["keyval"]["public"]["n"] = "00" + padded["keyval"]["public"]["n"]
    yield Case("gpg: modulus with a zero before it", chain([ring.signing_rsa], keys={
        ring.signing_rsa: padded}), {name(ring.signing_rsa): good})
