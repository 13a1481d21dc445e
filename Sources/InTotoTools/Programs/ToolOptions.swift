// SPDX-License-Identifier: Apache-2.0

/// Options that several of the programs have.
extension ArgumentGrammar.Option {
    static let help = Self(names: ["-h", "--help"], arity: .help, help: "Show this help.")
    static let version = Self(names: ["--version"], arity: .version, help: "Show the version.")
    static let verbose = Self(
        names: ["-v", "--verbose"], arity: .flag, help: "Say what is being done.")
    static let quiet = Self(names: ["-q", "--quiet"], arity: .flag, help: "Say nothing at all.")

    static let stepName = Self(
        names: ["-n", "--step-name"], arity: .one, word: "<name>", isRequired: true,
        help: "Name of the step, as the layout has it; the link is <name>.<key id>.link, of "
            + "whose key id there are eight characters.")
    static let signingKey = Self(
        names: ["--signing-key"], arity: .one, word: "<path>",
        help: "Private key in PEM that signs the link: RSA, ECDSA or ed25519.")
    static let password = Self(
        names: ["-P", "--password"], arity: .optional, word: "<password>",
        help: "Password of the private key; without a word it is asked for.")
    static let gpg = Self(
        names: ["-g", "--gpg"], arity: .optional, word: "<id>",
        help: "Key of gpg that signs the link; without an id gpg's default key.")
    static let gpgHome = Self(
        names: ["--gpg-home"], arity: .one, word: "<path>", help: "Home directory of gpg.")
    static let materials = Self(
        names: ["-m", "--materials"], arity: .oneOrMore, word: "<path>",
        help: "Files and folders that are recorded before the step.")
    static let products = Self(
        names: ["-p", "--products"], arity: .oneOrMore, word: "<path>",
        help: "Files and folders that are recorded after the step.")
    static let exclude = Self(
        names: ["--exclude"], arity: .oneOrMore, word: "<pattern>",
        help: "Patterns as in a .gitignore of paths that are not recorded; *.link*, .git, *.pyc "
            + "and *~ unless given.")
    static let basePath = Self(
        names: ["--base-path"], arity: .one, word: "<path>",
        help: "Folder that paths start from and that names of artifacts go without.")
    static let lstripPaths = Self(
        names: ["--lstrip-paths"], arity: .oneOrMore, word: "<path>",
        help: "Beginnings to take off the names of artifacts; none may begin like another.")
    static let metadataDirectory = Self(
        names: ["-d", "--metadata-directory"], arity: .one, word: "<directory>",
        help: "Folder that the link goes to; the current one unless given.")
    static let useDSSE = Self(
        names: ["--use-dsse"], arity: .flag, help: "Write a DSSE envelope instead of a Metablock.")
    static let runTimeout = Self(
        names: ["--run-timeout"], arity: .one, word: "RUN_TIMEOUT", isInteger: true,
        help: "Seconds after which the command is killed; 10 unless given.")
}

/// What a command line asks to be recorded, and how.
extension ToolRecorder.Options {
    init(_ arguments: ParsedArguments) {
        exclude = arguments.words("--exclude")
        basePath = arguments.word("--base-path")
        lstripPaths = arguments.words("--lstrip-paths") ?? []
    }
}
