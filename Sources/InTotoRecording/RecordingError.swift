// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import Glibc
public import MetadataSigning

/// Why a step cannot be recorded.
public enum RecordingError: Error, Equatable, Sendable {
    /// A step's name that is not fit for a file name.
    case stepName(UTF8Text)
    /// A path or argument with a NUL byte, which no system call can take.
    case containsNUL(String)

    // What is recorded.
    /// A path to record where there is nothing.
    case nothingThere(path: String)
    /// A file or folder that is there but cannot be read.
    case unreadable(path: String, SystemError)
    /// A file, or the folder it is in, that changed while it was being recorded.
    case changed(path: String)
    /// A name that is not UTF-8, so that no link can hold it; repaired for showing.
    case nameNotUTF8(path: String)
    /// A path of which `lstripPaths` leaves nothing.
    case nameEmpty(path: String)
    /// Two files that would be recorded under one name.
    case collision(name: String, first: String, second: String)
    /// One entry of `lstripPaths` is the beginning of another.
    case overlappingPrefixes(String, String)
    case excludePattern(String, PatternFault)
    /// A path of in-toto's scheme `ostree:`.
    case unsupportedScheme(path: String)
    /// A path of the scheme `dir:` that is no folder.
    case notAFolder(path: String)
    /// Names longer together than a link's tables can hold.
    case tooManyFiles(maximumNameBytes: Int)
    /// Git's names for files are of their content as it is, not of normalised line endings.
    case gitoidOfNormalized
    /// A link to a folder that the walk is in already.
    case folderLoop(path: String)
    /// Too many folders inside one another.
    case tooDeep(path: String, maximum: Int)

    // The command.
    case commandNotFound(String)
    case commandNotRun(String, SystemError)
    case timedOut(String, seconds: Int)
    /// More output than a link should hold.
    case tooMuchOutput(String, maximumBytes: Int)

    // The link's file.
    case notWritten(path: String, SystemError)
    case signing(SigningError)
    case alreadyStarted(path: String)
    case notStarted(path: String)
    /// Another key's recording of the step is open, not this one's.
    case startedWithAnotherKey(found: String, expected: String)
    /// An unfinished link that is not as the key's owner left it.
    case tampered(path: String, SigningError)
    /// An unfinished link of another step under this step's file name.
    case anotherStep(path: String, found: UTF8Text, expected: UTF8Text)
}

extension RecordingError {
    /// What it means that something the walk found cannot be opened: it is gone or another
    /// kind of file has taken its place, or it cannot be read.
    static func opening(_ path: String, _ error: SystemError) -> RecordingError {
        [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(error.number)
            ? .changed(path: path) : .unreadable(path: path, error)
    }
}

/// What is wrong with an exclude pattern.
public enum PatternFault: Equatable, Sendable {
    case empty
    case endsWithBackslash
    case reversedRange
}

/// What the operating system answered.
public struct SystemError: Equatable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    public let number: Int32

    public init(number: Int32) { self.number = number }

    /// The error of the call just made; to be read before any other call.
    static var latest: SystemError { SystemError(number: errno) }

    public var description: String { String(cString: strerror(number)).lowercased() }
}

extension RecordingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stepName(let name):
            "step name \(quoted(name)): expected 1 to 100 letters, digits, '.', '_', '+' or '-'"
        case .containsNUL(let text): "\(quoted(text)): NUL byte found"
        case .nothingThere(let path):
            "\(quoted(path)): nothing there, expected a file or folder to record"
        case .unreadable(let path, let error): "\(quoted(path)): \(error)"
        case .changed(let path): "\(quoted(path)): changed while it was recorded"
        case .nameNotUTF8(let path): "\(quoted(path)): name is not UTF-8"
        case .nameEmpty(let path): "\(quoted(path)): nothing left of the name after stripping"
        case .collision(let name, let first, let second):
            "artifact \(quoted(name)): stands for both \(quoted(first)) and \(quoted(second))"
        case .overlappingPrefixes(let first, let second):
            "prefixes to strip: \(quoted(first)) and \(quoted(second)) begin alike"
        case .excludePattern(let pattern, let fault):
            "exclude pattern \(quoted(pattern)): \(fault)"
        case .unsupportedScheme(let path):
            "\(quoted(path)): scheme not supported, expected a path, file:PATH or dir:PATH"
        case .notAFolder(let path): "\(quoted(path)): no folder, expected one after dir:"
        case .tooManyFiles(let maximum):
            "more files than \(maximum) bytes of names can tell apart"
        case .gitoidOfNormalized:
            "gitoid of files with normalised line endings: git names them as they are"
        case .folderLoop(let path): "\(quoted(path)): link to a folder that holds it"
        case .tooDeep(let path, let maximum):
            "\(quoted(path)): more than \(maximum) folders inside one another"
        case .commandNotFound(let name): "command \(quoted(name)): not found"
        case .commandNotRun(let name, let error): "command \(quoted(name)): \(error)"
        case .timedOut(let name, let seconds):
            "command \(quoted(name)): killed after \(seconds) s"
        case .tooMuchOutput(let name, let maximum):
            "command \(quoted(name)): more output than the \(maximum) bytes a link may hold"
        case .notWritten(let path, let error): "\(quoted(path)): not written, \(error)"
        case .signing(let error): "link not signed: \(error)"
        case .alreadyStarted(let path): "\(quoted(path)): recording is open already"
        case .notStarted(let path): "\(quoted(path)): not found, expected an open recording"
        case .startedWithAnotherKey(let found, let expected):
            "\(quoted(found)) found, \(quoted(expected)) expected: started with another key"
        case .tampered(let path, let error): "\(quoted(path)): \(error)"
        case .anotherStep(let path, let found, let expected):
            "\(quoted(path)): step \(quoted(found)) found, \(quoted(expected)) expected"
        }
    }
}

extension PatternFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "nothing found after '!', expected a pattern"
        case .endsWithBackslash: "backslash found at the end, expected a character after it"
        case .reversedRange: "range of a set ends before it begins"
        }
    }
}
