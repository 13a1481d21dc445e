// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFRepository
import TestKit

/// The virtual environment with python-tuf 7.0.1 that the project's set-up makes.
struct ImportPython {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let interpreter: String = {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        return "\(root)/.build/venv/bin/python3"
    }()

    /// Runs a script; gives what it prints.
    @discardableResult
    static func run(_ script: String, _ arguments: [String]) throws -> String {
        guard access(interpreter, X_OK) == 0 else {
            throw Failure(description: "\(interpreter): not found, expected after the set-up")
        }
        let words = [interpreter, "-W", "ignore", "-c", script] + arguments
        let command = words.map(shellWord).joined(separator: " ")
        guard let stream = popen("{ \(command); } 2>&1", "r") else {
            throw Failure(description: "no shell")
        }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, stream)
            guard count > 0 else { break }
            output += chunk[0..<count]
        }
        let text = String(decoding: output, as: UTF8.self)
        guard pclose(stream) == 0 else { throw Failure(description: text) }
        return text
    }

    private static func shellWord(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }

    /// Makes a repository of a kind in `FOLDER/old`, with its private keys in `FOLDER/keys`.
    static func make(_ kind: String, in folder: TemporaryFolder) throws {
        try run(maker, [kind, folder.path])
    }

    /// What python-tuf's client says of a repository; its cache is `FOLDER/NAME`.
    ///
    /// - Parameter root: the root file that it trusts.
    static func read(
        _ repository: String, in folder: TemporaryFolder, root: String = "1.root.json",
        cache: String = "cache", _ targets: [String] = []
    ) throws -> String {
        try run(
            client,
            [
                folder(repository), folder("old/metadata/\(root)"), folder(cache),
            ] + targets)
    }
}

/// The private keys in a folder of PEM files.
struct FolderRing: KeyRing {
    let keys: [PrivateKey]

    init(_ folder: TemporaryFolder, _ names: [String]? = nil) throws {
        let all = try FileSystem.names(in: folder("keys")).filter { name in
            names?.contains { "\($0).pem" == name } ?? true
        }
        keys = try all.map { name in
            try PrivateKey(
                pem: FileSystem.read(folder("keys/\(name)")) ?? [], passphrase: nil)
        }
    }

    func signer(for key: PublicKey) -> (any Signer)? {
        keys.first { $0.publicKey.material == key.material }
    }
}

extension ImportPython {
    /// The client of python-tuf, which keeps its cache from one run to the next.
    private static let client = """
        import pathlib, sys
        from urllib.parse import unquote
        from tuf.api.exceptions import DownloadHTTPError
        from tuf.ngclient import FetcherInterface, Updater

        folder, root, cache = (pathlib.Path(word) for word in sys.argv[1:4])

        class Folder(FetcherInterface):
            def _fetch(self, url):
                path = folder / unquote(url.removeprefix("folder:/"))
                try:
                    return iter([path.read_bytes()])
                except FileNotFoundError:
                    raise DownloadHTTPError(f"{path}: not found", 404) from None

        cache.mkdir(exist_ok=True)
        updater = Updater(str(cache), "folder:/metadata/", str(cache), "folder:/targets/",
                          fetcher=Folder(), bootstrap=root.read_bytes())
        updater.refresh()
        for path in sys.argv[4:]:
            target = updater.get_targetinfo(path)
            if target is None:
                raise SystemExit(f"{path}: no such target")
            updater.download_target(target, str(cache / "target"))
        trusted = updater._trusted_set
        print(f"root {trusted.root.version} timestamp {trusted.timestamp.version} "
              f"snapshot {trusted.snapshot.version} targets {trusted.targets.version}")
        """

    /// Makes repositories as other tools leave them.
    private static let maker = #"""
        import datetime, hashlib, json, os, pathlib, sys
        from cryptography.hazmat.primitives.asymmetric import ed25519, ec, rsa
        from cryptography.hazmat.primitives import serialization as form
        from securesystemslib.signer import CryptoSigner
        from tuf.api.metadata import (
            DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles,
            TargetFile, Targets, Timestamp)

        kind, base = sys.argv[1], pathlib.Path(sys.argv[2])
        old = base / "old"
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        later = now + datetime.timedelta(days=3000)
        soon = now - datetime.timedelta(days=2) if kind == "expired" else now + datetime.timedelta(days=3)
        for name in ["old/metadata", "old/targets", "keys"]:
            (base / name).mkdir(parents=True, exist_ok=True)

        def key(name, sort="ed25519", **fields):
            private = {
                "ed25519": ed25519.Ed25519PrivateKey.generate,
                "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
                "rsa": lambda: rsa.generate_private_key(65537, 3072)}[sort]()
            (base / "keys" / (name + ".pem")).write_bytes(private.private_bytes(
                form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
            signer = CryptoSigner(private)
            signer.public_key.unrecognized_fields.update(fields)
            return signer

        consistent = kind != "plain"
        metas = {}

        def write(md, name, signers):
            md.signatures.clear()
            for signer in signers:
                md.sign(signer, append=True)
            # As a person may leave it: indented.
            data = json.dumps(md.to_dict(), indent=1).encode()
            meta = old / "metadata"
            version = md.signed.version
            plain = name == "timestamp" or (not consistent and name != "root")
            (meta / (f"{name}.json" if plain else f"{version}.{name}.json")).write_bytes(data)
            return data

        def target(role, path, content, algorithms=("sha256",), style="spec"):
            info = TargetFile.from_data(path, content, list(algorithms))
            role.targets[path] = info
            folder, _, name = path.rpartition("/")
            digest = next(iter(info.hashes.values()))
            place = {"spec": os.path.join(folder, f"{digest}.{name}"),
                     "tough": f"{digest}.{path}", "plain": path}[style if consistent else "plain"]
            place = old / "targets" / place
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            return info

        sort = {"tuf-on-ci": "ecdsa", "tuftool": "rsa"}.get(kind, "ed25519")
        owner = {"tuf-on-ci": {"x-tuf-on-ci-keyowner": "@alice"}}.get(kind, {})
        online = {"tuf-on-ci": {"x-tuf-on-ci-online-uri": "gcpkms:projects/p/keys/k"},
                  "rstuf": {"x-rstuf-online-key-uri": "fn:online", "x-rstuf-key-name": "Online"}
                  }.get(kind, {})
        owners = [key("root", sort, **owner)]
        top = key("targets", sort, **({"x-tuf-on-ci-keyowner": "@bob"} if owner else {}))
        bot = key("online", "ecdsa" if kind == "tuf-on-ci" else sort, **online)
        extra = {"delegated": ["a", "b"]}.get(kind, [])
        others = {name: key(name) for name in extra}

        root = Metadata(Root(expires=later, consistent_snapshot=consistent))
        root.signed.add_key(owners[0].public_key, "root")
        root.signed.add_key((bot if kind == "rstuf" else top).public_key, "targets")
        root.signed.add_key(bot.public_key, "snapshot")
        root.signed.add_key(bot.public_key, "timestamp")
        targets = Metadata(Targets(expires=later))
        snapshot = Metadata(Snapshot(expires=soon))
        timestamp = Metadata(Timestamp(expires=soon))
        for md, what in [(root, "root"), (targets, "targets"), (snapshot, "snapshot"),
                         (timestamp, "timestamp")]:
            md.signed.unrecognized_fields["x-unknown"] = {"of": what, "n": [1, None, "é"]}
        if kind == "tuf-on-ci":
            for md, days in [(root, 365), (targets, 200)]:
                md.signed.unrecognized_fields["x-tuf-on-ci-expiry-period"] = days
                md.signed.unrecognized_fields["x-tuf-on-ci-signing-period"] = 60
            for role, days in [("timestamp", 4), ("snapshot", 14)]:
                fields = root.signed.roles[role].unrecognized_fields
                fields["x-tuf-on-ci-expiry-period"] = days
                fields["x-tuf-on-ci-signing-period"] = 2
        write(root, "root", owners)
        if kind in ("rotated", "later"):
            for number in (2, 3):
                new = key(f"root{number}")
                root.signed.version = number
                root.signed.revoke_key(owners[-1].public_key.keyid, "root")
                root.signed.add_key(new.public_key, "root")
                write(root, "root", [owners[-1], new])
                owners.append(new)

        roles = []
        if kind == "delegated":
            def delegation(*names_paths):
                keys = {others[n].public_key.keyid: others[n].public_key for n, _ in names_paths}
                return Delegations(keys, {
                    n: DelegatedRole(n, [others[n].public_key.keyid], 1, False, [p])
                    for n, p in names_paths})
            targets.signed.delegations = delegation(("a", "a/*"))
            a, b = Metadata(Targets(expires=later)), Metadata(Targets(expires=later))
            a.signed.version = 5
            a.signed.delegations = delegation(("b", "a/b*"))
            a.signed.unrecognized_fields["x-of-a"] = 7
            a.signed.delegations.roles["b"].unrecognized_fields["x-of-delegation"] = "kept"
            target(a.signed, "a/one.txt", b"one")
            target(b.signed, "a/b.txt", b"two")
            # Outside of what it may speak for: no client can find it.
            b.signed.targets["c/lost.txt"] = TargetFile.from_data("c/lost.txt", b"x", ["sha256"])
            roles = [("a", a, [others["a"]]), ("b", b, [others["b"]])]
        if kind == "rstuf":
            bins = SuccinctRoles([bot.public_key.keyid], 1, 4, "bins")
            targets.signed.delegations = Delegations({bot.public_key.keyid: bot.public_key},
                                                     succinct_roles=bins)
            documents = {name: Metadata(Targets(expires=soon)) for name in bins.get_roles()}
            for number in range(40):
                path = f"file{number}.txt"
                target(documents[bins.get_role_for_target(path)].signed, path, path.encode())
            roles = [(name, md, [bot]) for name, md in documents.items()]
        if kind == "digests":
            target(targets.signed, "d/one.txt", b"one", ("sha512", "sha256"))
        elif kind == "tuftool":
            target(targets.signed, "dir/one.txt", b"one", style="tough")
        elif kind not in ("delegated", "rstuf"):
            target(targets.signed, "one.txt", b"one")
            target(targets.signed, "dir/two.txt", b"two")
            targets.signed.targets["one.txt"].unrecognized_fields["custom"] = {"x-custom": 1}
        data = write(targets, "targets", [bot if kind == "rstuf" else top])
        for name, md, signers in [("targets", targets, None)] + roles:
            if signers:
                data = write(md, name, signers)
            meta = MetaFile(md.signed.version)
            if kind == "tuftool":
                meta = MetaFile(md.signed.version, len(data), {
                    "sha256": hashlib.sha256(data).hexdigest()})
            meta.unrecognized_fields["x-meta"] = name
            snapshot.signed.meta[f"{name}.json"] = meta
        if kind == "flat":
            snapshot.signed.meta["gone.json"] = MetaFile(3)
        snapshot.signed.version = 7
        data = write(snapshot, "snapshot", [bot])
        timestamp.signed.version = 9
        timestamp.signed.snapshot_meta = MetaFile(7)
        timestamp.signed.snapshot_meta.unrecognized_fields["x-meta"] = "snapshot"
        write(timestamp, "timestamp", [bot])
        if kind == "tuftool":
            (old / "metadata/root.json").write_bytes((old / "metadata/1.root.json").read_bytes())
        if kind == "later":
            os.rename(old / "metadata/1.root.json", base / "1.root.json")
        """#
}
