#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes keys.json and signatures.json beside this script. The keys are for tests only.

keys.json        private keys in every PEM that `openssl` and pyca/cryptography write, keys that are
                 refused, and one public key in several encodings.
signatures.json  signatures by pyca/cryptography in every scheme, and wrong ones; `valid` is the
                 verdict of securesystemslib. `keyids` are those of securesystemslib, and those
                 of the older rule that hashes `keyid_hash_algorithms` along.

Keys and most signatures are random, so a second run writes other bytes; `--check` reads the files
and lets Python and `openssl` confirm each entry, and also opens carnet.pem, which Carnet wrote.

    pip install 'securesystemslib[crypto]==1.6.0'
    python3 generate.py [--check]
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hashes, serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Signature, SSlibKey
from securesystemslib.signer._utils import compute_default_keyid

HERE = pathlib.Path(__file__).parent
PASSPHRASE = "correct horse"
UNICODE = "Bücherwürmer ✓"
MESSAGE = "a message, signed by Python"
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def openssl(*arguments: str, input: str = "") -> str:
    return subprocess.run(
        ["openssl", *arguments], input=input, capture_output=True, text=True, check=True
    ).stdout


def genpkey(algorithm: str, *options: str) -> str:
    pairs = [part for option in options for part in ("-pkeyopt", option)]
    return openssl("genpkey", "-algorithm", algorithm, *pairs)


def public(private: str) -> str:
    return openssl("pkey", "-pubout", input=private)


# MARK: keys


def sealed(private: str, passphrase: str, *options: str) -> str:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(private)
        file.flush()
        return openssl(
            "pkcs8", "-topk8", "-in", file.name, "-passout", f"pass:{passphrase}", *options)


def make_keys() -> dict:
    plain = {
        "ed25519": genpkey("ed25519"),
        "p256": genpkey("EC", "ec_paramgen_curve:P-256"),
        "p384": genpkey("EC", "ec_paramgen_curve:P-384"),
        "p521": genpkey("EC", "ec_paramgen_curve:P-521"),
        "rsa2048": genpkey("RSA", "rsa_keygen_bits:2048"),
    }
    p256 = plain["p256"]
    by_python = pem.load_pem_private_key(plain["ed25519"].encode(), None).private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.PKCS8,
        pem.BestAvailableEncryption(UNICODE.encode())).decode()
    curve = openssl("ecparam", "-name", "prime256v1")
    files = [
        *((f"{name}, PKCS#8", name, None, text) for name, text in plain.items()),
        ("EC, traditional", "p256", None, openssl("ec", input=p256)),
        ("EC, traditional, after its parameters", "p256", None, curve + openssl("ec", input=p256)),
        ("RSA, traditional", "rsa2048", None,
         openssl("rsa", "-traditional", input=plain["rsa2048"])),
        ("text before and after", "p256", None, f"Bag Attributes\nx: y\n{p256}\nthe end\n"),
        ("CR LF", "p256", None, p256.replace("\n", "\r\n")),
        ("PBKDF2", "p256", PASSPHRASE, sealed(p256, PASSPHRASE, "-v2", "aes-256-cbc")),
        ("PBKDF2 with SHA-512, AES-128", "p256", PASSPHRASE,
         sealed(p256, PASSPHRASE, "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512")),
        ("triple DES", "p256", PASSPHRASE, sealed(p256, PASSPHRASE, "-v2", "des3")),
        ("scrypt", "ed25519", PASSPHRASE, sealed(plain["ed25519"], PASSPHRASE, "-scrypt")),
        ("scrypt, RSA", "rsa2048", PASSPHRASE, sealed(plain["rsa2048"], PASSPHRASE, "-scrypt")),
        ("scrypt, Unicode", "ed25519", UNICODE, sealed(plain["ed25519"], UNICODE, "-scrypt")),
        ("by pyca/cryptography", "ed25519", UNICODE, by_python),
    ]
    refused = {
        "RSA of 1024 bits": genpkey("RSA", "rsa_keygen_bits:1024"),
        "RSA for PSS alone": genpkey("RSA-PSS", "rsa_keygen_bits:2048"),
        "Ed448": genpkey("ed448"),
        "X25519": genpkey("x25519"),
        "secp256k1": genpkey("EC", "ec_paramgen_curve:secp256k1"),
        "brainpool": genpkey("EC", "ec_paramgen_curve:brainpoolP256r1"),
        "P-224": genpkey("EC", "ec_paramgen_curve:P-224"),
    }
    unreadable = {
        "RSA, traditional, encrypted": openssl(
            "rsa", "-traditional", "-aes128", "-passout", f"pass:{PASSPHRASE}",
            input=plain["rsa2048"]),
        "EC, traditional, encrypted": openssl(
            "ec", "-aes256", "-passout", f"pass:{PASSPHRASE}", input=p256),
        "parameters without a key": curve,
    }
    spki = public(p256)
    return {
        "private": [
            {"name": n, "key": k, "passphrase": p, "pem": t} for n, k, p, t in files],
        "public": {name: public(text) for name, text in plain.items()},
        "refused": [
            {"name": name, "pem": text, "public": public(text)} for name, text in refused.items()],
        "unreadable": [{"name": name, "pem": text} for name, text in unreadable.items()],
        "p256": {
            "compressed": openssl("ec", "-pubin", "-conv_form", "compressed", input=spki),
            "hybrid": openssl("ec", "-pubin", "-conv_form", "hybrid", input=spki),
            "explicit parameters": openssl("ec", "-pubin", "-param_enc", "explicit", input=spki),
            "CR LF": spki.replace("\n", "\r\n"),
            "without the last newline": spki.rstrip("\n"),
            "with more newlines": spki + "\n\n",
            "one long line": rewrapped(spki, 1000),
            "short lines": rewrapped(spki, 40),
            "point": point(spki, pem.PublicFormat.UncompressedPoint),
            "compressed point": point(spki, pem.PublicFormat.CompressedPoint),
        },
    }


def rewrapped(text: str, width: int) -> str:
    first, *lines, last = text.strip().split("\n")
    body = "".join(lines)
    wrapped = [body[i:i + width] for i in range(0, len(body), width)]
    return "\n".join([first, *wrapped, last]) + "\n"


def point(spki: str, format: pem.PublicFormat) -> str:
    return pem.load_pem_public_key(spki.encode()).public_bytes(pem.Encoding.X962, format).hex()


# MARK: signatures


def legacy_keyid(key: SSlibKey) -> str:
    return hashlib.sha256(encode_canonical({
        "keyid_hash_algorithms": ["sha256", "sha512"], "keytype": key.keytype,
        "scheme": key.scheme, "keyval": {"public": key.keyval["public"].strip()},
    }).encode()).hexdigest()


def make_signatures(keys: dict) -> dict:
    private = {
        entry["key"]: pem.load_pem_private_key(entry["pem"].encode(), None)
        for entry in keys["private"] if entry["name"].endswith("PKCS#8")}
    data = MESSAGE.encode()
    entries = []

    def add(name, key, scheme, signature, keytype=None):
        entry = {
            "name": name, "key": key, "keytype": keytype or key_object(keys, key, scheme).keytype,
            "scheme": scheme, "sig": signature.hex()}
        entries.append(entry | {"valid": is_valid(keys, entry)})

    add("Ed25519", "ed25519", "ed25519", private["ed25519"].sign(data))
    add("Ed25519, another message", "ed25519", "ed25519", private["ed25519"].sign(data + b"."))
    add("Ed25519, cut off", "ed25519", "ed25519", private["ed25519"].sign(data)[:63])
    add("Ed25519, all zero", "ed25519", "ed25519", bytes(64))
    for bits, digest in ((256, "sha256"), (384, "sha384"), (521, "sha512")):
        scheme = f"ecdsa-sha2-nistp{bits}"
        signer = private[f"p{bits}"]
        good = signer.sign(data, ec.ECDSA(HASHES[digest]))
        add(f"ECDSA P-{bits}", f"p{bits}", scheme, good)
        add(f"ECDSA P-{bits}, older type", f"p{bits}", scheme, good, keytype=scheme)
        other = signer.sign(data, ec.ECDSA(hashes.SHA224()))
        add(f"ECDSA P-{bits} over SHA-224", f"p{bits}", scheme, other)
        add(f"ECDSA P-{bits}, a byte after it", f"p{bits}", scheme, good + b"\0")
        zero = bytes.fromhex("3006020100020100")
        add(f"ECDSA P-{bits}, r and s of zero", f"p{bits}", scheme, zero)
    signer = private["rsa2048"]
    for name, digest in HASHES.items():
        pss = f"rsassa-pss-{name}"
        for salt in (padding.PSS.DIGEST_LENGTH, padding.PSS.MAX_LENGTH, 0, 20):
            scheme = padding.PSS(padding.MGF1(digest), salt_length=salt)
            words = {padding.PSS.DIGEST_LENGTH: "of the digest",
                     padding.PSS.MAX_LENGTH: "as long as it goes"}
            add(f"{pss}, salt {words.get(salt, salt) if salt else 'of nothing'}", "rsa2048", pss,
                signer.sign(data, scheme, digest))
        pkcs1 = f"rsa-pkcs1v15-{name}"
        good = signer.sign(data, padding.PKCS1v15(), digest)
        add(pkcs1, "rsa2048", pkcs1, good)
        add(f"{pkcs1} under {pss}", "rsa2048", pss, good)
        mixed = padding.PSS(padding.MGF1(hashes.SHA1()), salt_length=20)
        add(f"{pss}, mask of SHA-1", "rsa2048", pss, signer.sign(data, mixed, digest))
    add("rsa-pkcs1v15-sha256 under sha512", "rsa2048", "rsa-pkcs1v15-sha512",
        signer.sign(data, padding.PKCS1v15(), HASHES["sha256"]))
    add("rsassa-pss-sha256, a zero before it", "rsa2048", "rsassa-pss-sha256", b"\0" + signer.sign(
        data, padding.PSS(padding.MGF1(HASHES["sha256"]), 32), HASHES["sha256"]))
    return {"message": MESSAGE, "signatures": entries, "keyids": keyids(keys, entries)}


def key_object(keys: dict, name: str, scheme: str, keytype: str | None = None) -> SSlibKey:
    spki = pem.load_pem_public_key(keys["public"][name].encode())
    key = SSlibKey.from_crypto(spki, scheme=scheme)
    return SSlibKey("", keytype or key.keytype, scheme, key.keyval)


def keyids(keys: dict, entries: list) -> list:
    result = []
    for name, keytype, scheme in sorted({(e["key"], e["keytype"], e["scheme"]) for e in entries}):
        key = key_object(keys, name, scheme, keytype)
        result.append({
            "key": name, "keytype": keytype, "scheme": scheme,
            "keyid": compute_default_keyid(keytype, scheme, key.keyval),
            "legacy": legacy_keyid(key)})
    return result


def is_valid(keys: dict, entry: dict) -> bool:
    key = key_object(keys, entry["key"], entry["scheme"], entry["keytype"])
    try:
        key.verify_signature(Signature(key.keyid, entry["sig"]), MESSAGE.encode())
    except UnverifiedSignatureError:
        return False
    return True


# MARK: checking


def check() -> None:
    keys = json.loads((HERE / "keys.json").read_text())
    for item in keys["private"]:
        opened = openssl(
            "pkey", "-pubout", "-passin", f"pass:{item['passphrase'] or ''}", input=item["pem"])
        assert opened == keys["public"][item["key"]], item["name"]
    signed = json.loads((HERE / "signatures.json").read_text())
    assert signed["keyids"] == keyids(keys, signed["signatures"])
    for item in signed["signatures"]:
        assert is_valid(keys, item) == item["valid"], item["name"]
    ours = (HERE / "carnet.pem").read_text()
    by_python = pem.load_pem_private_key(ours.encode(), PASSPHRASE.encode()).public_key()
    spki = by_python.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    assert spki.decode() == keys["public"]["p256"]
    assert openssl("pkey", "-pubout", "-passin", f"pass:{PASSPHRASE}", input=ours) == spki.decode()
    print("all entries confirmed")


def write(name: str, value) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    (HERE / name).write_text(text + "\n", "utf-8")


if "--check" in sys.argv:
    check()
else:
    made = make_keys()
    write("keys.json", made)
    write("signatures.json", make_signatures(made))
