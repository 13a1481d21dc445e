// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The same rules for every target: imports are internal unless said, no member leaks in through
/// somebody else's import, and a warning is an error.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let server: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "carnet",
    products: [
        .executable(name: "carnet", targets: ["carnet"]),
        .library(name: "Carnet", targets: ["Carnet"]),
        .executable(name: "carnet-helper", targets: ["carnet-helper"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // system
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // Only its headers: libcurl is loaded when the first transfer begins.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurlShims", dependencies: ["CCurl"]),
        .target(name: "CLinux"),
        // Loads zlib, liblzma and libzstd when the first archive needs them.
        .target(name: "CDecompression"),
        .target(name: "CConfinement"),
        .target(name: "CPKCS11"),

        // documents
        module("CanonicalJSON", []),
        module("OpenPGP", ["COpenSSL"]),
        module("MetadataSigning", ["CanonicalJSON", "OpenPGP", "COpenSSL"]),
        module("TUFMetadata", ["CanonicalJSON", "MetadataSigning"]),
        module("InTotoMetadata", ["CanonicalJSON", "MetadataSigning"]),
        module("SourceFiles", ["CanonicalJSON"]),

        // keys that others hold
        module("KeyAccess", ["CanonicalJSON", "MetadataSigning", "OpenPGP", "CLinux"]),
        module("PKCS11", ["CanonicalJSON", "MetadataSigning", "COpenSSL", "CPKCS11"]),

        // engines
        module("TUFClient", ["CanonicalJSON", "MetadataSigning", "TUFMetadata"]),
        module("TUFRepository", ["CanonicalJSON", "MetadataSigning", "TUFMetadata"]),
        module("InTotoVerification", ["CanonicalJSON", "MetadataSigning", "InTotoMetadata"]),
        module("InTotoRecording", ["CanonicalJSON", "MetadataSigning", "InTotoMetadata"]),
        module("Archives", ["CanonicalJSON", "CDecompression"]),
        module(
            "Inspecting",
            [
                "Archives", "CConfinement", "CanonicalJSON", "MetadataSigning", "InTotoMetadata",
                "InTotoVerification", "InTotoRecording",
            ]),
        module(
            "InTotoTools",
            [
                "CanonicalJSON", "OpenPGP", "MetadataSigning", "COpenSSL", "CLinux",
                "InTotoMetadata", "InTotoVerification", "InTotoRecording", "KeyAccess",
            ]),
        module(
            "RepositoryStorage",
            ["CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient", "CLinux"]),
        module("HTTPTransport", ["CCurl", "CCurlShims", "TUFClient"]),
        module(
            "ObjectStorage",
            [
                "CanonicalJSON", "MetadataSigning", "COpenSSL", "TUFClient", "RepositoryStorage",
                "HTTPTransport",
            ]),
        module(
            "RegistryStorage",
            [
                "CanonicalJSON", "MetadataSigning", "KeyAccess", "TUFClient", "RepositoryStorage",
                "HTTPTransport",
            ]),

        module(
            "Mirroring",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient",
                "RepositoryStorage",
            ]),

        // workflows
        module(
            "Releases",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "InTotoMetadata", "TUFClient",
                "TUFRepository", "InTotoVerification", "Archives", "Inspecting",
                "RepositoryStorage", "SourceFiles",
            ]),

        // what needs large libraries; only the helper has them
        module("YAMLSources", ["CanonicalJSON", "SourceFiles", yams]),
        module("RepositoryServer", server + ["CLinux"]),
        .executableTarget(
            name: "carnet-helper",
            dependencies: ["CanonicalJSON", "SourceFiles", "YAMLSources", "RepositoryServer"],
            swiftSettings: settings),

        // surface
        .target(
            name: "Carnet",
            dependencies: [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient",
                "RepositoryStorage", "HTTPTransport", "Releases",
            ], path: "Sources/CarnetLibrary", swiftSettings: settings),
        module(
            "Commands",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "InTotoMetadata", "TUFClient",
                "TUFRepository", "InTotoVerification", "InTotoRecording", "InTotoTools",
                "RepositoryStorage", "ObjectStorage", "RegistryStorage", "Mirroring",
                "HTTPTransport",
                "Inspecting", "Releases", "SourceFiles", "KeyAccess",
                "PKCS11",
                argumentParser,
            ]),
        .executableTarget(name: "carnet", dependencies: ["Commands"], swiftSettings: settings),

        // tests
        tests("CanonicalJSONTests", ["CanonicalJSON"]),
        tests("MetadataSigningTests", ["CanonicalJSON", "MetadataSigning"]),
        tests(
            "OpenPGPTests",
            [
                "CanonicalJSON", "OpenPGP", "MetadataSigning", "KeyAccess", "InTotoMetadata",
                "InTotoVerification", "InTotoRecording",
            ]),
        tests("KeyAccessTests", ["CanonicalJSON", "MetadataSigning", "KeyAccess"]),
        .testTarget(
            name: "PKCS11Tests", dependencies: ["CanonicalJSON", "MetadataSigning", "PKCS11"],
            exclude: ["FakeModule"], swiftSettings: settings),
        tests("TUFMetadataTests", ["CanonicalJSON", "MetadataSigning", "TUFMetadata"]),
        tests("InTotoMetadataTests", ["CanonicalJSON", "MetadataSigning", "InTotoMetadata"]),
        .target(
            name: "TestKit",
            dependencies: [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient", "TUFRepository",
                "RepositoryStorage",
            ],
            path: "Tests/TestKit", swiftSettings: settings),
        tests(
            "TUFClientTests",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient", "TUFRepository",
                "RepositoryStorage", "TestKit",
            ]),
        tests(
            "TUFRepositoryTests",
            ["CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFRepository"]),
        tests(
            "RepositoryStorageTests",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient",
                "RepositoryStorage", "TestKit",
            ]),
        tests(
            "MirroringTests",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "TUFClient",
                "RepositoryStorage", "HTTPTransport", "ObjectStorage", "RegistryStorage",
                "Mirroring", "TestKit",
            ]),
        tests(
            "ReleasesTests",
            [
                "CanonicalJSON", "MetadataSigning", "TUFMetadata", "InTotoMetadata", "TUFClient",
                "TUFRepository", "InTotoVerification", "Inspecting", "RepositoryStorage",
                "Archives", "HTTPTransport", "Releases", "SourceFiles",
                "YAMLSources", "TestKit",
            ]),
        tests("SourceFilesTests", ["CanonicalJSON", "SourceFiles", "YAMLSources"]),
        tests(
            "WalkTests",
            ["CanonicalJSON", "MetadataSigning", "Carnet", "carnet", "carnet-helper", "TestKit"]),
        tests("CommandsTests", ["Commands"]),
        tests("HTTPTransportTests", ["HTTPTransport", "TUFClient", "TestKit"]),
        tests(
            "ObjectStorageTests",
            [
                "CanonicalJSON", "MetadataSigning", "TUFClient", "RepositoryStorage",
                "HTTPTransport", "ObjectStorage", "TestKit",
            ]),
        tests(
            "RegistryStorageTests",
            [
                "CanonicalJSON", "MetadataSigning", "KeyAccess", "TUFMetadata", "TUFClient",
                "RepositoryStorage", "HTTPTransport", "RegistryStorage", "Mirroring", "TestKit",
            ]),
        tests(
            "InTotoVerificationTests",
            ["CanonicalJSON", "MetadataSigning", "InTotoMetadata", "InTotoVerification"]),
        tests(
            "InTotoRecordingTests",
            ["CanonicalJSON", "MetadataSigning", "InTotoMetadata", "InTotoRecording"]),
        tests(
            "InTotoToolsTests",
            ["CanonicalJSON", "MetadataSigning", "InTotoMetadata", "InTotoTools", "carnet"]),
        tests("ArchivesTests", ["Archives"]),
        .testTarget(
            name: "InspectingTests",
            dependencies: [
                "Archives", "CanonicalJSON", "MetadataSigning", "InTotoMetadata",
                "InTotoVerification", "Inspecting",
            ], exclude: ["inspections.py"], swiftSettings: settings),
        tests("RepositoryServerTests", ["RepositoryServer"]),
    ],
    swiftLanguageModes: [.v6]
)
