# SPDX-License-Identifier: Apache-2.0
"""Every kind of key: a right signature counts, a wrong one of the same look does not."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from securesystemslib.signer import CryptoSigner, Key, Signature, Signer, SSlibKey

from repository import canonical
from suite import World, case


class AnySigner(Signer):
    """Signs with a function; the key object is whatever a case wants it to be."""

    def __init__(self, key: dict, sign, key_id: str = "5a" * 32) -> None:
        self._key = SSlibKey.from_dict(key_id, key)
        self._sign = sign

    @property
    def public_key(self) -> Key:
        return self._key

    @classmethod
    def from_priv_key_uri(cls, *_: object) -> Signer:
        raise NotImplementedError

    def sign(self, payload: bytes) -> Signature:
        return Signature(self._key.keyid, self._sign(payload).hex())


def pem(private) -> str:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def key(keytype: str, scheme: str, public: str) -> dict:
    return {"keytype": keytype, "scheme": scheme, "keyval": {"public": public}}


def ecdsa(curve, digest, scheme: str, keytype: str = "ecdsa") -> AnySigner:
    private = ec.generate_private_key(curve)
    return AnySigner(key(keytype, scheme, pem(private)),
                     lambda message: private.sign(message, ec.ECDSA(digest)))


def pss(bits: int = 2048, salt: int = padding.PSS.DIGEST_LENGTH, digest=hashes.SHA256(),
        scheme: str = "rsassa-pss-sha256") -> AnySigner:
    private = rsa.generate_private_key(65537, bits)
    scheme_padding = padding.PSS(padding.MGF1(digest), salt)
    return AnySigner(key("rsa", scheme, pem(private)),
                     lambda message: private.sign(message, scheme_padding, digest))


def pkcs1(digest, scheme: str) -> AnySigner:
    private = rsa.generate_private_key(65537, 2048)
    return AnySigner(key("rsa", scheme, pem(private)),
                     lambda message: private.sign(message, padding.PKCS1v15(), digest))


KINDS = {
    "ed25519": CryptoSigner.generate_ed25519,
    "ecdsa P-256": CryptoSigner.generate_ecdsa,
    "ecdsa P-256, keytype of older tools": lambda: ecdsa(
        ec.SECP256R1(), hashes.SHA256(), "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
    "ecdsa P-384": lambda: ecdsa(ec.SECP384R1(), hashes.SHA384(), "ecdsa-sha2-nistp384"),
    "ecdsa P-384, keytype of older tools": lambda: ecdsa(
        ec.SECP384R1(), hashes.SHA384(), "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
    "ecdsa P-521": lambda: ecdsa(ec.SECP521R1(), hashes.SHA512(), "ecdsa-sha2-nistp521"),
    "rsa pss 2048": pss,
    "rsa pss 3072": lambda: pss(3072),
    "rsa pss, no salt": lambda: pss(salt=0),
    "rsa pss, longest salt": lambda: pss(salt=padding.PSS.MAX_LENGTH),
    "rsa pss sha384": lambda: pss(digest=hashes.SHA384(), scheme="rsassa-pss-sha384"),
    "rsa pss sha512": lambda: pss(digest=hashes.SHA512(), scheme="rsassa-pss-sha512"),
    "rsa pkcs1 sha256": lambda: pkcs1(hashes.SHA256(), "rsa-pkcs1v15-sha256"),
    "rsa pkcs1 sha512": lambda: pkcs1(hashes.SHA512(), "rsa-pkcs1v15-sha512"),
}


# TUF 1.0.34 §4.2.2b: every kind of key verifies
@case(KINDS)
def kind(world: World, generate) -> None:
    """Both keys of root are needed; the second is of this kind, and then signs wrongly."""
    repo = world.repo
    world.init()
    signer = generate()
    repo.add_key("root", signer)
    repo.root.roles["root"].threshold = 2
    repo.publish("root")
    world.accept()
    repo.publish("root")
    wrong = signer.sign(b"something else").signature

    def spoil(whole: dict) -> None:
        for entry in whole["signatures"]:
            if entry["keyid"] == signer.public_key.keyid:
                entry["sig"] = wrong

    repo.tamper("root", spoil)
    world.refuse().asked("3.root.json")


def short_rsa() -> AnySigner:
    return pss(1024)


def raw_ecdsa() -> AnySigner:
    """r and s side by side instead of DER."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    private = ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return AnySigner(key("ecdsa", "ecdsa-sha2-nistp256", pem(private)), sign)


def edwards(change) -> AnySigner:
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
    return AnySigner(key("ed25519", "ed25519", change(public)), private.sign)


def private_half() -> AnySigner:
    private = ec.generate_private_key(ec.SECP256R1())
    text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).decode()
    return AnySigner(key("ecdsa", "ecdsa-sha2-nistp256", text),
                     lambda message: private.sign(message, ec.ECDSA(hashes.SHA256())))


USELESS = {
    "rsa 1024": short_rsa,
    "ecdsa, raw signature": raw_ecdsa,
    "ecdsa, curve of another scheme": lambda: ecdsa(
        ec.SECP384R1(), hashes.SHA384(), "ecdsa-sha2-nistp256"),
    "ecdsa, curve unknown to TUF": lambda: ecdsa(
        ec.SECP256K1(), hashes.SHA256(), "ecdsa-sha2-nistp256"),
    "ecdsa key, ed25519 scheme": lambda: ecdsa(ec.SECP256R1(), hashes.SHA256(), "ed25519"),
    "ed25519, a byte short": lambda: edwards(lambda public: public[:-2]),
    "ed25519, a byte long": lambda: edwards(lambda public: public + "00"),
    "ed25519, no hexadecimal digits": lambda: edwards(lambda public: "zz" + public[2:]),
    "ed25519, empty": lambda: edwards(lambda public: ""),
    "a private key": private_half,
    "unknown keytype": lambda: AnySigner(key("dsa", "dsa-sha256", "AAAA"), lambda _: b"\0" * 40),
}
STRICT = "python-tuf refuses a root with a key of a kind that it does not know"


# TUF 1.0.34 §4.2.2a, 4.2.2c: weak, broken or other keys never count
# attack: go-tuf #739: an ed25519 key of a wrong length
@case(USELESS, differs={
    "rsa 1024": "python-tuf takes short RSA keys",
    "ecdsa key, ed25519 scheme": STRICT, "unknown keytype": STRICT,
})
def useless(world: World, generate) -> None:
    """A key that is too weak, broken or of another kind than it says counts for nothing."""
    repo = world.repo
    repo.rotate("timestamp")
    repo.root.roles["timestamp"].keyids.clear()
    repo.signers["timestamp"] = []
    repo.add_key("timestamp", generate())
    repo.publish("root", "timestamp")
    world.init()
    world.refuse(saves=("root",)).asked("2.root.json", "3.root.json", "timestamp.json")


# TUF 1.0.34 §4.2.1b: hexadecimal digits
@case({"in upper case": (str.upper,)})
def signature_digits(world: World, spell) -> None:
    """Signatures in hexadecimal digits of either case are the same."""

    def change(whole: dict) -> None:
        for entry in whole["signatures"]:
            entry["sig"] = spell(entry["sig"])

    world.repo.tamper("timestamp", change)
    world.start()


# TUF 1.0.34 §4.2.1b: the canonical form is signed, nothing else
@case()
def signature_over_the_file_as_it_came(world: World) -> None:
    """Only canonical JSON is signed: a signature over the file's own bytes counts for nothing."""
    repo = world.repo
    world.init()
    repo.publish("timestamp")
    signer = repo.signers["timestamp"][0]

    def sign_other_bytes(whole: dict) -> None:
        whole["signatures"][0]["sig"] = signer.sign(
            canonical(whole["signed"]).replace(b",", b", ")).signature

    repo.tamper("timestamp", sign_other_bytes)
    world.refuse().asked("2.root.json", "timestamp.json")
