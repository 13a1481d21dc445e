// SPDX-License-Identifier: Apache-2.0
import InTotoRecording

extension ToolError {
    /// What python would raise where the recorder gives up; `Refused` where it would go on.
    init(recording error: RecordingError) {
        switch error {
        case .unreadable(let path, let system), .notWritten(let path, let system),
            .commandNotRun(let path, let system):
            self.init(errno: system.number, path: path)
            return
        default: break
        }
        let kind: Kind =
            switch error {
            case .overlappingPrefixes, .collision: .prefixError
            case .containsNUL, .excludePattern: .valueError
            case .commandNotFound: .fileNotFoundError
            case .timedOut: .timeoutExpired
            default: .refused
            }
        self.init(kind, "\(error)")
    }
}
