// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

func checkRoot(_ root: Root, _ value: JSONValue) {
    checkCommon(root.version, root.expires, value)
    for role in [RoleName.root, .timestamp, .snapshot, .targets] {
        guard let keys = root.roles[role] else { return require(false, "\(role) is there") }
        let authority = root.authority(of: role)
        require(authority.threshold == keys.threshold && keys.threshold >= 1, "its threshold")
        require(authority.entries.count <= keys.keyIDs.count, "no key is added")
    }
    let stranger = root.authority(of: RoleName("stranger"))
    require(stranger.entries.isEmpty && stranger.threshold > 0, "nobody speaks for a stranger")
    for key in root.keys.values { touchKey(key) }
}

func checkTimestamp(_ timestamp: Timestamp, _ value: JSONValue) {
    checkCommon(timestamp.version, timestamp.expires, value)
    checkMetaFile(timestamp.snapshot)
}

func checkSnapshot(_ snapshot: Snapshot, _ value: JSONValue) {
    checkCommon(snapshot.version, snapshot.expires, value)
    let meta = (try? value.object())?["meta"].flatMap { try? $0.object() }
    let names = meta.map { $0.map(\.key) } ?? []
    let files = snapshot.files
    require(files.map(\.name) == names, "every entry is there, in its order")
    require(snapshot[.targets] != nil, "top-level targets is listed")
    for (name, file) in files.prefix(32) {
        checkMetaFile(file)
        guard name.utf8.suffix(5).elementsEqual(".json".utf8) else { continue }
        let role = RoleName(UTF8Text(Array(name.utf8.dropLast(5)).repaired))
        require(snapshot[role] == file, "an entry is found by its role")
    }
    require(snapshot.regression(from: snapshot) == nil, "no snapshot falls back behind itself")
    let stranger = RoleName("a role that is not listed")
    require((snapshot[stranger] != nil) == names.contains(stranger.metaName), "no other is")
}

private func checkCommon(_ version: Int, _ expires: Instant, _ value: JSONValue) {
    require(version >= 1 && version &+ 1 > version, "a version can be counted on")
    let text = (try? value.object())?["expires"].flatMap { try? $0.text() }
    require(text == UTF8Text("\(expires)"), "a moment is written as it was read")
}

private func checkMetaFile(_ file: MetaFile) {
    require(file.version >= 1 && (file.length ?? 1) >= 1, "counts are positive")
    checkHashes(file.hashes)
}

func checkHashes(_ hashes: [DigestAlgorithm: String]) {
    for (algorithm, digits) in hashes {
        guard let bytes = bytes(fromHex: digits) else { return require(false, "hexadecimal") }
        require(bytes.count == algorithm.byteCount && hex(bytes) == digits, "a whole digest")
    }
}

func checkTargets(_ targets: Targets, _ value: JSONValue) {
    checkCommon(targets.version, targets.expires, value)
    let listed = (try? value.object())?["targets"].flatMap { try? $0.object() }
    var paths: [TargetPath] = []
    for member in listed?.map({ $0 }) ?? [] {
        guard let path = TargetPath(member.key) else { continue }
        paths.append(path)
    }
    var count = 0
    for file in targets.files {
        require(count < paths.count && file.path == paths[count], "files come in their order")
        count += 1
        require(file.length >= 0 && !file.hashes.isEmpty, "a file has a length and a digest")
        checkHashes(file.hashes)
        require(file.hashes[file.digest.algorithm] == file.digest.hex, "its digest is listed")
        guard let same = targets.files[file.path] else {
            return require(false, "a file is found by its path")
        }
        require(
            same.path == file.path && same.length == file.length && same.hashes == file.hashes
                && same.custom == file.custom, "it is the same file")
    }
    require(count == paths.count, "every file of a safe path is there")
    require(Array(targets.files.paths) == paths, "every path is listed")
    guard let probe = TargetPath("a/b-c.d"), let delegations = targets.delegations else { return }
    require(
        (targets.files[probe] != nil) == paths.contains(probe), "no file comes from nowhere")
    checkDelegations(delegations, paths.prefix(8) + [probe])
}

private func checkDelegations(_ delegations: Delegations, _ paths: some Sequence<TargetPath>) {
    for key in delegations.keys.values { touchKey(key) }
    switch delegations.roles {
    case .named(let roles):
        require(Set(roles.map(\.name)).count == roles.count, "a role is delegated to once")
        require(delegations.count == roles.count, "the count is that of the roles")
        require(delegations.all.map(\.role) == roles.map(\.name), "roles keep their order")
        for role in roles {
            require(role.name.isFitForDelegation, "a delegated role has a fit name")
            require(delegations.delegation(to: role.name)?.role == role.name, "found by its name")
        }
        for path in paths {
            let covering = roles.filter { $0.covers(path) }.map(\.name)
            require(
                delegations.roles(covering: path).map(\.role) == covering, "who covers a path")
        }
    case .succinct(let bins):
        checkBins(delegations, bins, paths)
    }
}

private func checkBins(
    _ delegations: Delegations, _ bins: SuccinctRoles, _ paths: some Sequence<TargetPath>
) {
    require((1...32).contains(bins.bitLength), "1 to 32 bits")
    require(delegations.count == 1 << bins.bitLength, "all bins count")
    if bins.bitLength <= 6 {
        let names = delegations.all.map(\.role)
        require(names.count == delegations.count && Set(names).count == names.count, "all bins")
        require(names == names.sorted(), "numbers of one width sort")
    }
    for path in paths {
        let covering = delegations.roles(covering: path)
        require(covering.count == 1 && !covering[0].isTerminating, "a path has one bin")
        let bits = path.hash.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        let number = bits.prefix(bins.bitLength).reduce(0) { $0 << 1 | Int($1) }
        require(covering[0].role == bins.name(of: number), "the first bits of the hash are it")
        let found = delegations.delegation(to: covering[0].role)
        require(found?.role == covering[0].role, "a bin is found by its name")
        require(covering[0].role.fileName(version: 1 << 62).utf8.count <= 255, "a file name")
    }
    let beyond = RoleName(UTF8Text("\(bins.name(of: delegations.count - 1))0"))
    require(delegations.delegation(to: beyond) == nil, "a bin that is none is not found")
}
