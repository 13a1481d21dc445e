# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder share: keys, documents, and running in-toto-verify on a case."""

import base64
import contextlib
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile

import in_toto.in_toto_verify
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from in_toto.models.layout import Layout
from in_toto.models.link import Link
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, SSlibKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
FUTURE, PAST = "2100-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


def sha(text):
    data = text if isinstance(text, bytes) else text.encode()
    return {"sha256": hashlib.sha256(data).hexdigest()}


class Key:
    """A private key with its key object; `scheme` as securesystemslib names it."""

    def __init__(self, private, scheme=None, keytype=None, keyid=None):
        public = SSlibKey.from_crypto(private.public_key(), keyid=keyid, scheme=scheme)
        if keytype:
            public.keytype = keytype
        self.signer = CryptoSigner(private, public)
        self.private = private
        self.id = public.keyid
        self.dict = dict(public.to_dict(), keyid=self.id)
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.pem = pem.decode()

    @classmethod
    def seeded(cls, name, **kwargs):
        seed = hashlib.sha256(name.encode()).digest()
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed), **kwargs)

    def renamed(self, keyid):
        """The same key under another id."""
        other = Key.__new__(Key)
        other.__dict__.update(self.__dict__, id=keyid, dict=dict(self.dict, keyid=keyid))
        return other

    def sign(self, message):
        return bytes.fromhex(self.signer.sign(message).signature)

    def legacy(self):
        """The same key under in-toto-golang's id."""
        value = self.dict["keyval"]["public"].strip()
        body = {"keyid_hash_algorithms": ["sha256", "sha512"], "keytype": self.dict["keytype"],
                "scheme": self.dict["scheme"], "keyval": {"public": value}}
        return self.renamed(hashlib.sha256(encode_canonical(body).encode()).hexdigest())


OWNER, SECOND, ALICE, BOB, CAROL, MALLORY = map(
    Key.seeded, ["owner", "second", "alice", "bob", "carol", "mallory"])


def strong_keys():
    """One key of each kind that securesystemslib knows, newly made."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    curves = {"256": ec.SECP256R1, "384": ec.SECP384R1, "521": ec.SECP521R1}
    points = {size: ec.generate_private_key(curve()) for size, curve in curves.items()}
    keys = {"ed25519": ALICE}
    for digest in ["256", "384", "512"]:
        keys[f"pss{digest}"] = Key(rsa_key, f"rsassa-pss-sha{digest}")
        keys[f"pkcs{digest}"] = Key(rsa_key, f"rsa-pkcs1v15-sha{digest}")
    for size, point in points.items():
        name = f"ecdsa-sha2-nistp{size}"
        keys[f"p{size}"] = Key(point, name)
        keys[f"p{size}-legacy"] = Key(point, name, keytype=name)
    keys["mldsa44"] = Key(mldsa.MLDSA44PrivateKey.generate())
    return keys


# Documents.


def step(name, keys=(ALICE,), materials=(), products=(), **more):
    result = {
        "_type": "step", "name": name, "pubkeys": [key.id for key in keys], "threshold": 1,
        "expected_command": [], "expected_materials": list(materials),
        "expected_products": list(products),
    }
    result.update(more)
    return result


def inspection(name, run=("true",), materials=(), products=(), **more):
    result = {
        "_type": "inspection", "name": name, "run": list(run),
        "expected_materials": list(materials), "expected_products": list(products),
    }
    result.update(more)
    return result


def layout(steps=(), inspect=(), keys=(ALICE, BOB, CAROL), **more):
    result = {
        "_type": "layout", "expires": FUTURE, "readme": "",
        "keys": keys if isinstance(keys, dict) else {key.id: key.dict for key in keys},
        "steps": list(steps), "inspect": list(inspect),
    }
    result.update(more)
    return result


def link(name, materials=None, products=None, **more):
    result = {
        "_type": "link", "name": name, "materials": artifacts(materials),
        "products": artifacts(products), "byproducts": {"return-value": 0}, "command": [],
        "environment": {},
    }
    result.update(more)
    return result


def artifacts(names):
    if isinstance(names, dict):
        return {name: sha(text) if isinstance(text, str) else text for name, text in names.items()}
    return {name: sha(name) for name in names or ()}


def model_bytes(signed):
    """What python's model makes of a document, so that even an odd one is signed as it checks."""
    copied = json.loads(json.dumps(signed))
    try:
        if copied.get("_type") == "layout" and not copied.get("expires"):
            return b"python signs another moment each second"
        if copied.get("_type") == "link":
            return Link.read(copied).signable_bytes
        return Layout.read(copied).signable_bytes
    except Exception:
        try:
            return encode_canonical(signed).encode()
        except Exception:
            return b"nothing"


def text(value):
    """One member a line, so that alike files share most of their lines in cases.json."""
    return json.dumps(value, indent=0, separators=(",", ":"))


def metablock(signed, *keys, over=None, signatures=None, **more):
    if signatures is None:
        message = over if isinstance(over, bytes) else model_bytes(over or signed)
        signatures = [{"keyid": key.id, "sig": key.sign(message).hex()} for key in keys]
    return text({"signed": signed, "signatures": signatures, **more})


def pae(payload, kind=PAYLOAD_TYPE):
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)


def b64(data):
    return base64.b64encode(data).decode()


def dsse(signed, *keys, payload=None, signatures=None, kind=PAYLOAD_TYPE, **more):
    body = payload if payload is not None else json.dumps(signed, sort_keys=True).encode()
    if signatures is None:
        signatures = [{"keyid": key.id, "sig": b64(key.sign(pae(body)))} for key in keys]
    return text({"payload": b64(body), "payloadType": kind, "signatures": signatures, **more})


CONTAINERS = {"metablock": metablock, "dsse": dsse}


def link_name(name, key):
    return f"{name}.{key.id[:8]}.link"


# Cases.


class Case:
    """`links` by path below the folder of links, `product` by path below the current folder."""

    def __init__(self, name, layout, links=None, keys=(OWNER,), parameters=None, product=None,
                 gpg=None, timeout=10, links_to=None):
        self.name, self.layout, self.links, self.keys = name, layout, links or {}, keys
        self.parameters, self.product, self.gpg = parameters, product or {}, gpg
        self.timeout, self.links_to = timeout, links_to or {}


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def run(case):
    """Runs in-toto-verify in a folder of its own; its exit code, what it raised, what it left."""
    root = tempfile.mkdtemp(dir="/tmp")
    try:
        write(f"{root}/root.layout", case.layout)
        for name, content in case.links.items():
            write(f"{root}/links/{name}", content)
        os.makedirs(f"{root}/links", exist_ok=True)
        os.makedirs(f"{root}/product")
        for name, content in case.product.items():
            write(f"{root}/product/{name}", content)
        for name, target in case.links_to.items():
            os.symlink(target, f"{root}/product/{name}")
        arguments = ["in-toto-verify", "-l", "../root.layout", "--link-dir", "../links",
                     "--inspection-timeout", str(case.timeout)]
        if case.gpg:
            arguments += ["--gpg", case.gpg[0], "--gpg-home", case.gpg[1]]
        if case.keys:
            arguments += ["--verification-keys"]
        for index, key in enumerate(case.keys):
            write(f"{root}/{index}.pub", key if isinstance(key, (str, bytes)) else key.pem)
            arguments.append(f"../{index}.pub")
        return child(arguments, f"{root}/product", case.parameters)
    finally:
        shutil.rmtree(root)


def child(arguments, folder, parameters):
    """in-toto-verify's own main, in a child of this process: its start takes half a second."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        os.chdir(folder)
        before = set(listing("."))
        said = io.StringIO()
        in_toto.in_toto_verify.LOG.handlers[0].setStream(said)
        sys.argv = arguments
        if parameters is not None:
            verify = in_toto.in_toto_verify.verifylib.in_toto_verify

            def outermost(*given, **more):
                in_toto.in_toto_verify.verifylib.in_toto_verify = verify
                return verify(*given, substitution_parameters=parameters, **more)
            in_toto.in_toto_verify.verifylib.in_toto_verify = outermost
        try:
            with contextlib.redirect_stderr(io.StringIO()), \
                    contextlib.redirect_stdout(io.StringIO()):
                in_toto.in_toto_verify.main()
            code = -1
        except SystemExit as end:
            code = end.code
        except BaseException:
            code = -2
        made = {}
        for name in sorted(set(listing(".")) - before):
            if not name.endswith(".link") or not os.path.isfile(name):
                continue
            with open(name, "rb") as file:
                made[name] = hashlib.sha256(file.read()).hexdigest()
        answer = {"exit": code, "said": said.getvalue(), "made": made}
        with os.fdopen(write_end, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        answer = json.loads(pipe.read())
    os.waitpid(pid, 0)
    kind, warnings = None, 0
    for line in answer["said"].splitlines():
        if line.startswith("(in-toto-verify) ") and kind is None:
            kind = line.split(" ")[1].rstrip(":")
        warnings += line.startswith("Run command '")
    assert answer["exit"] in (0, 1), answer
    assert (answer["exit"] == 1) == (kind is not None), answer
    return {"error": kind, "made": answer["made"], "warnings": warnings}


def listing(folder):
    return [os.path.normpath(os.path.join(base, name))
            for base, _, names in os.walk(folder) for name in names]
