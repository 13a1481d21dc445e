// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// The input is a tape of steps of an update, each with a file: one that was really signed, the
/// same with some bytes changed or with the signatures of another, or bytes of the input's own.
///
/// What a state is made from must be signed by those who have a say at that place, whatever the
/// rest of the file looks like; and an unchanged file is accepted exactly if the rules of TUF
/// 1.0.34 §5 say so, which are written down here once more over what is known of each file.
func fuzzStates(_ input: [UInt8]) {
    var tape = StatesTape(input)
    var update = StatesUpdate(now: StatesWorld.moments[tape.next() % StatesWorld.moments.count])
    for _ in 0..<12 where !tape.isAtEnd {
        switch tape.next() % 9 {
        case 2: update.conclude()
        case 8: update.keepSnapshot()
        case let step: update.take(tape.file(), step)
        }
    }
}

/// A file that is offered.
struct StatesOffer {
    let bytes: [UInt8]
    /// If it is unchanged, what it is.
    let piece: StatesWorld.Piece?
}

/// One client, and what is known of the files it has taken.
private struct StatesUpdate {
    typealias Piece = StatesWorld.Piece

    let now: Int
    private var root: (state: RootState, piece: Piece)?
    private var current: (state: CurrentRoot, piece: Piece)?
    private var timestampBase: (file: Verified<Timestamp>, piece: Piece)?
    private var timestamp: (state: TimestampState, piece: Piece)?
    private var snapshotBase: (file: Verified<Snapshot>, piece: Piece)?
    private var snapshot: (state: SnapshotState, piece: Piece)?

    init(now: Int) { self.now = now }

    mutating func take(_ offer: StatesOffer, _ step: Int) {
        switch step {
        case 0: trust(offer)
        case 1: next(offer)
        case 3: baseTimestamp(offer)
        case 4: timestamp(offer)
        case 5: baseSnapshot(offer)
        case 6: snapshot(offer)
        default: targets(offer)
        }
    }

    // MARK: roots

    private mutating func trust(_ offer: StatesOffer) {
        let state = attempt { () throws(UpdateError) in try RootState(trusting: offer.bytes) }
        let rule = { (piece: Piece) in isSigned(piece, .root, by: piece) }
        guard let state, let piece = known(state.root, .root, offer, rule) else {
            return requireRefused(offer, .root, rule)
        }
        self = StatesUpdate(now: now)
        root = (state, piece)
    }

    private mutating func next(_ offer: StatesOffer) {
        guard let old = root else { return }
        let state = attempt { () throws(UpdateError) in try old.state.next(offer.bytes) }
        let rule = { (piece: Piece) in
            piece.version == old.piece.version + 1 && isSigned(piece, .root, by: old.piece)
                && isSigned(piece, .root, by: piece)
        }
        guard let state, let piece = known(state.root, .root, offer, rule) else {
            return requireRefused(offer, .root, rule)
        }
        let rotates = [RoleName.timestamp, .snapshot].contains {
            piece.says[$0]?.keys != old.piece.says[$0]?.keys
        }
        require(state.rotatesOnlineKeys(comparedTo: old.state) == rotates, "rotation is seen")
        root = (state, piece)
    }

    mutating func conclude() {
        guard let root else { return }
        let state = attempt { () throws(UpdateError) in
            try root.state.concluded(at: Instant(seconds: now))
        }
        require((state != nil) == (root.piece.expires > now), "an expired root ends the update")
        let fresh = (self.root, state)
        self = StatesUpdate(now: now)
        self.root = fresh.0
        current = fresh.1.map { ($0, root.piece) }
    }

    // MARK: timestamps

    private mutating func baseTimestamp(_ offer: StatesOffer) {
        guard let current else { return }
        let rule = { (piece: Piece) in isSigned(piece, .timestamp, by: current.piece) }
        let file = current.state.base(timestamp: offer.bytes)
        guard let file, let piece = known(file, .timestamp, offer, rule) else {
            return requireRefused(offer, .timestamp, rule)
        }
        timestampBase = (file, piece)
    }

    private mutating func timestamp(_ offer: StatesOffer) {
        guard let current else { return }
        let base = timestampBase
        let change = attempt { () throws(UpdateError) in
            try current.state.timestamp(offer.bytes, after: base?.file)
        }
        let rule = { [now] (piece: Piece) in
            guard isSigned(piece, .timestamp, by: current.piece) else { return false }
            guard let base = base?.piece else { return piece.expires > now }
            if piece.version == base.version { return base.expires > now }
            return piece.version > base.version && piece.expires > now
                && listed(piece, .snapshot) >= listed(base, .snapshot)
        }
        switch change {
        case .newer(let state):
            guard let piece = known(state.timestamp, .timestamp, offer, rule) else { return }
            require(piece.version > base?.piece.version ?? 0, "newer is newer")
            timestamp = (state, piece)
        case .unchanged(let state):
            guard let base else { return require(false, "nothing can be unchanged from nothing") }
            if let piece = offer.piece { require(rule(piece), "an unchanged one keeps the rules") }
            require(state.timestamp.bytes == base.file.bytes, "what the client has stays")
            require(base.piece.expires > now, "and is not expired")
            timestamp = (state, base.piece)
        case nil:
            return requireRefused(offer, .timestamp, rule)
        }
        (snapshotBase, snapshot) = (nil, nil)
    }

    // MARK: snapshots and targets

    private mutating func baseSnapshot(_ offer: StatesOffer) {
        guard let current, let timestamp else { return }
        let rule = { (piece: Piece) in isSigned(piece, .snapshot, by: current.piece) }
        let file = timestamp.state.base(snapshot: offer.bytes)
        guard let file, let piece = known(file, .snapshot, offer, rule) else {
            return requireRefused(offer, .snapshot, rule)
        }
        snapshotBase = (file, piece)
    }

    private mutating func snapshot(_ offer: StatesOffer) {
        guard let current, let timestamp else { return }
        let base = snapshotBase
        let state = attempt { () throws(UpdateError) in
            try timestamp.state.snapshot(offer.bytes, after: base?.file)
        }
        let rule = { [now] (piece: Piece) in
            let old = base?.piece.lists ?? [:]
            return isSigned(piece, .snapshot, by: current.piece) && piece.expires > now
                && isListed(piece, offer.bytes, .snapshot, by: timestamp.piece)
                && old.allSatisfy { $0.value.version <= listed(piece, $0.key) }
        }
        guard let state, let piece = known(state.snapshot, .snapshot, offer, rule) else {
            return requireRefused(offer, .snapshot, rule)
        }
        snapshot = (state, piece)
    }

    mutating func keepSnapshot() {
        guard let timestamp, let base = snapshotBase else { return }
        let state = attempt { () throws(UpdateError) in
            try timestamp.state.snapshot(keeping: base.file)
        }
        let isCurrent =
            base.piece.expires > now
            && isListed(base.piece, base.file.bytes, .snapshot, by: timestamp.piece)
        require((state != nil) == isCurrent, "the client's own snapshot is kept if it is current")
        if let state { snapshot = (state, base.piece) }
    }

    private func targets(_ offer: StatesOffer) {
        guard let current, let snapshot else { return }
        let state = attempt { () throws(UpdateError) in
            try snapshot.state.targets(offer.bytes)
        }
        let rule = { [now] (piece: Piece) in
            isSigned(piece, .targets, by: current.piece) && piece.expires > now
                && isListed(piece, offer.bytes, .targets, by: snapshot.piece)
        }
        guard let state, known(state.targets, .targets, offer, rule) != nil else {
            return requireRefused(offer, .targets, rule)
        }
        require(state.root.bytes == current.state.root.bytes, "one state of one repository")
        require(state.snapshot.bytes == snapshot.state.snapshot.bytes, "and of one moment")
    }
}
