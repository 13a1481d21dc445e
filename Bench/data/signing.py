# SPDX-License-Identifier: Apache-2.0
"""Keys of Ed25519 that anybody can make again, and what they sign: TUF metadata, links, envelopes.

They are known to everybody, and good for nothing but this.
"""

import base64
import hashlib
import json
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EXPIRES = "2040-01-01T00:00:00Z"


def canonical(value: object) -> bytes:
    """Canonical JSON, as long as no string needs an escape and no number is broken."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Key:
    def __init__(self, name: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(f"carnet bench key {name}".encode()).digest())
        public = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = {
            "keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public.hex()}}

    @cached_property
    def id(self) -> str:
        return hashlib.sha256(canonical(self.public)).hexdigest()

    @cached_property
    def golang_id(self) -> str:
        """in-toto-golang's, which has the digests that ids may be made of in it."""
        public = self.public | {"keyid_hash_algorithms": ["sha256", "sha512"]}
        return hashlib.sha256(canonical(public)).hexdigest()

    def sign(self, content: bytes, keyid: str | None = None) -> dict:
        return {"keyid": keyid or self.id, "sig": self.private.sign(content).hex()}

    @property
    def private_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed_file(signed: bytes, key: Key) -> bytes:
    """A file of TUF around the canonical bytes of its signed part."""
    return b'{"signatures":' + canonical([key.sign(signed)]) + b',"signed":' + signed + b"}"


def metablock(signed: dict, key: Key, *ids: str) -> bytes:
    """As in-toto 3.1.0 writes it, one signature for each id of the key."""
    content = canonical(signed)
    whole = {"signatures": [key.sign(content, each) for each in ids], "signed": signed}
    return json.dumps(whole, indent=1, separators=(",", ": "), sort_keys=True).encode()


def envelope(signed: dict, key: Key, *ids: str) -> bytes:
    """The same as an envelope of DSSE."""
    kind, payload = "application/vnd.in-toto+json", canonical(signed)
    content = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    signature = base64.b64encode(key.private.sign(content)).decode()
    return json.dumps({
        "payload": base64.b64encode(payload).decode(), "payloadType": kind,
        "signatures": [{"keyid": each, "sig": signature} for each in ids],
    }).encode()
