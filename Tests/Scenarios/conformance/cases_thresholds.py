# SPDX-License-Identifier: Apache-2.0
"""How many keys signed: every key counts once, whatever it is called and however often it signs."""

from securesystemslib.signer import CryptoSigner, SSlibKey

from repository import canonical, signature
from suite import World, case


# TUF 1.0.34 §5.5.3a: a threshold of the keys
@case()
def one_short(world: World) -> None:
    """Two of three keys sign a new snapshot; three signed the one before."""
    repo = world.repo
    repo.root.roles["snapshot"].threshold = 3
    repo.add_key("snapshot")
    repo.add_key("snapshot")
    repo.publish("root", "targets", "snapshot", "timestamp")
    world.start()
    repo.signers["snapshot"].pop()
    repo.publish("targets", "snapshot", "timestamp")
    world.refuse(saves=("timestamp",)).asked_last("3.snapshot.json")


@case()
def more_than_there_are_keys(world: World) -> None:
    """A threshold above the number of keys can be read, but never be met."""
    repo = world.repo
    world.init()
    for _ in range(4):
        repo.add_key("snapshot")
    repo.root.roles["snapshot"].threshold = 6
    repo.publish("root", "snapshot", "timestamp")
    world.refuse(saves=("root", "timestamp")).asked_last("2.snapshot.json")


# TUF 1.0.34 §5.5.3b: a key id counts once
@case()
def key_id_twice_in_a_role(world: World) -> None:
    """One key id listed nine times, its signature given nine times, threshold six."""
    repo = world.repo
    world.init()
    repo.root.roles["snapshot"].threshold = 6
    repo.publish("root", "snapshot", "timestamp")
    key_id = repo.root.roles["snapshot"].keyids[0]

    def repeat(signed: dict) -> None:
        signed["roles"]["snapshot"]["keyids"] = [key_id] * 9

    repo.forge("root", repeat)
    repo.tamper("snapshot", lambda whole: whole["signatures"].extend(whole["signatures"] * 8))
    world.refuse()


# TUF 1.0.34 §4.2.1a, 5.5.3b: a key id stands once
# attack: python-tuf GHSA-pwqf, tough CVE-2020-15093: top-level, repeated
@case({"met by it alone": 2, "met without it": 1})
def signature_twice(world: World, threshold: int) -> None:
    """One key id twice among the signatures spoils the file, whatever the threshold."""
    repo = world.repo
    repo.add_key("snapshot")
    repo.root.roles["snapshot"].threshold = threshold
    repo.publish("root", "snapshot")
    repo.signers["snapshot"].pop()
    if threshold == 2:
        repo.reissue("snapshot")
    repo.tamper("snapshot", lambda whole: whole["signatures"].append(whole["signatures"][0]))
    repo.publish("timestamp")
    world.init()
    world.refuse(saves=("root", "timestamp")).asked_last("2.snapshot.json")


# TUF 1.0.34 §5.6.3b: a key id counts once
# attack: python-tuf GHSA-pwqf, tough CVE-2026-6966: delegated, repeated
@case({"the same bytes": False, "another signature": True})
def signature_twice_by_a_delegated_role(world: World, again: bool) -> None:
    """Threshold two, one key, two signatures under its id (python-tuf GHSA-pwqf)."""
    repo = world.repo
    signer = CryptoSigner.generate_ecdsa()
    repo.delegate("role", threshold=2)
    repo.add_key("role", signer, by="targets")
    repo.signers["role"] = [signer]
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")

    def repeat(whole: dict) -> None:
        other = signature(signer, canonical(whole["signed"]))
        whole["signatures"].append(other if again else whole["signatures"][0])

    repo.tamper("role", repeat)
    world.init()
    world.refuse("file.txt", saves=("timestamp", "snapshot", "targets"))


def under_other_id(signer: CryptoSigner, key_id: str, **changes: str) -> SSlibKey:
    """The public key of a signer with another id, and perhaps another PEM or scheme."""
    key = signer.public_key.to_dict()
    key["keyval"]["public"] = changes.get("public", key["keyval"]["public"])
    key["scheme"] = changes.get("scheme", key["scheme"])
    return SSlibKey.from_dict(key_id, key)


def one_key_two_ids(world: World, signer: CryptoSigner, twin: SSlibKey, sign) -> None:
    repo = world.repo
    role = repo.root.roles["timestamp"]
    role.keyids.clear()
    repo.root.add_key(signer.public_key, "timestamp")
    repo.root.add_key(twin, "timestamp")
    role.threshold = 2
    repo.signers["timestamp"] = [signer]
    repo.publish("root", "timestamp")

    def sign_twice(whole: dict) -> None:
        message = canonical(whole["signed"])
        whole["signatures"] = [
            signature(signer, message), {"keyid": twin.keyid, "sig": sign(message)}]

    repo.tamper("timestamp", sign_twice)
    world.init()
    world.refuse(saves=("root",)).asked("2.root.json", "3.root.json", "timestamp.json")


TWICE = "python-tuf 7.0.1 counts key ids, not keys"


# TUF 1.0.34 §5.4.2b: a key counts once
# TAP 12b: keys are counted by what they are
# attack: go-tuf #733: two key ids
@case({"ed25519": CryptoSigner.generate_ed25519, "ecdsa": CryptoSigner.generate_ecdsa},
      differs=TWICE)
def two_ids_of_one_key(world: World, generate) -> None:
    """The same public key under two ids is one key (go-tuf #733)."""
    signer = generate()
    one_key_two_ids(world, signer, under_other_id(signer, "ab" * 32),
                    lambda message: signer.sign(message).signature)


# attack: go-tuf #733: white space in a PEM
@case({"spaces at the end": lambda pem: pem + "\n  \n",
       "line ends": lambda pem: pem.replace("\n", "\r\n"),
       "words before it": lambda pem: "a key\n" + pem}, differs=TWICE)
def two_spellings_of_one_key(world: World, spell) -> None:
    """PEM files that differ only in what a reader skips hold one key."""
    signer = CryptoSigner.generate_ecdsa()
    twin = under_other_id(signer, "cd" * 32, public=spell(signer.public_key.keyval["public"]))
    one_key_two_ids(world, signer, twin, lambda message: signer.sign(message).signature)


# attack: go-tuf #733: two schemes of one RSA key
@case(differs=TWICE)
def two_schemes_of_one_key(world: World) -> None:
    """An RSA key that signs by two schemes is one key."""
    signer = CryptoSigner.generate_rsa()
    other = CryptoSigner(signer._private_key, under_other_id(
        signer, "ef" * 32, scheme="rsa-pkcs1v15-sha256"))
    one_key_two_ids(world, signer, other.public_key,
                    lambda message: other.sign(message).signature)


# TUF 1.0.34 §5.6.3b: a key counts once
@case(differs=TWICE)
def two_ids_of_one_key_in_a_delegation(world: World) -> None:
    """The same for a delegated role."""
    repo = world.repo
    repo.delegate("role", threshold=2)
    signer = repo.signers["role"][0]
    twin = under_other_id(signer, "ab" * 32)
    repo.targets.add_key(twin, "role")
    repo.artifact("file.txt", b"content", "role")
    repo.publish("role", "targets", "snapshot", "timestamp")

    def sign_twice(whole: dict) -> None:
        whole["signatures"].append(
            signature(signer, canonical(whole["signed"]), key_id=twin.keyid))

    repo.tamper("role", sign_twice)
    world.init()
    world.refuse("file.txt", saves=("timestamp", "snapshot", "targets"))


IGNORED = {
    "of an unknown key": lambda whole: {"keyid": "00" * 32, "sig": "00" * 64},
    "of an unknown key, empty": lambda whole: {"keyid": "00" * 32, "sig": ""},
    "of no such id": lambda whole: {"keyid": "", "sig": "00"},
    "with members of its own": lambda whole: {"keyid": "x", "sig": "00", "certificate": {"a": 1}},
}


@case(IGNORED)
def extra_signature(world: World, make) -> None:
    """A signature that cannot count does not spoil those that do."""
    world.repo.tamper("timestamp", lambda whole: whole["signatures"].append(make(whole)))
    world.start()


@case({"wrong": "30" * 40, "empty": "", "no hexadecimal digits": "zz", "odd": "abc"})
def wrong_signature_beside_a_good_one(world: World, sig: str) -> None:
    """One listed key signed well, another did not: enough for a threshold of one."""
    repo = world.repo
    second = repo.add_key("timestamp")
    repo.publish("root", "timestamp")

    def spoil(whole: dict) -> None:
        for entry in whole["signatures"]:
            if entry["keyid"] == second.public_key.keyid:
                entry["sig"] = sig

    repo.tamper("timestamp", spoil)
    world.start()


@case(differs="python-tuf refuses a file with a key of a kind that it does not know")
def key_of_an_unknown_kind(world: World) -> None:
    """A key that no client can use counts for nothing and is in nobody's way."""
    repo = world.repo
    world.init()
    strange = SSlibKey("12" * 32, "post-quantum", "post-quantum-1", {"public": "AAAA"})
    repo.root.add_key(strange, "timestamp")
    repo.publish("root", "timestamp")
    repo.tamper("timestamp", lambda whole: whole["signatures"].append(
        {"keyid": strange.keyid, "sig": "00"}))
    world.accept()


# TAP 12a: a key id need not be the hash of its key
# TUF 1.0.34 §4.3f: the id is not calculated
@case()
def id_that_is_not_the_hash_of_the_key(world: World) -> None:
    """A key may be called anything (TAP 12)."""
    repo = world.repo
    world.init()
    signer = CryptoSigner.generate_ed25519()
    signer.public_key.keyid = "the key of the timestamp"
    repo.root.roles["timestamp"].keyids.clear()
    repo.signers["timestamp"] = []
    repo.add_key("timestamp", signer)
    repo.publish("root", "timestamp")
    world.accept()


@case()
def listed_id_without_a_key(world: World) -> None:
    """A role names a key id for which there is no key: it can count for nothing."""
    world.init()
    world.repo.publish("root")

    def orphan(signed: dict) -> None:
        signed["roles"]["timestamp"]["keyids"].append("99" * 32)

    world.repo.forge("root", orphan)
    world.accept()


VALUES = {"0": 0, "-1": -1, "1.5": 1.5, "'1'": "1", "2^63": 1 << 63, "2^31 + 1": (1 << 31) + 1,
          "true": True, "null": None, "a list": [1]}
LAX = "python-tuf takes any number that Python takes"


# TUF 1.0.34 §4.3h: a threshold is an integer of 1 or more
# attack: go-tuf CVE-2026-23992: 0, -1, 1.5, '1', 2^63
@case(VALUES, differs={"2^63": LAX, "2^31 + 1": LAX, "true": LAX})
def no_threshold_at_all(world: World, value: object) -> None:
    """A root with such a threshold is no root (go-tuf CVE-2026-23992)."""
    world.init()
    world.repo.publish("root", "snapshot", "timestamp")

    def change(signed: dict) -> None:
        signed["roles"]["timestamp"]["threshold"] = value

    world.repo.forge("root", change)
    world.refuse().asked("2.root.json")


# TUF 1.0.34 §4.5e: a threshold of 1 or more
@case(VALUES, differs={"2^63": LAX, "2^31 + 1": LAX, "true": LAX})
def no_threshold_in_a_delegation(world: World, value: object) -> None:
    """The same for a delegated role: its parent is refused."""
    world.repo.delegate("role")
    world.repo.publish("role", "targets", "snapshot", "timestamp")

    def change(signed: dict) -> None:
        signed["delegations"]["roles"][0]["threshold"] = value

    world.repo.forge("targets", change)
    world.init()
    world.refuse(saves=("timestamp", "snapshot")).asked_last("2.targets.json")
