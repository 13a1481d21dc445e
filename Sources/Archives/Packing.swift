// SPDX-License-Identifier: Apache-2.0
import CDecompression

/// How bytes are packed; each by a library that is loaded when it is first needed.
public enum Packing: Sendable, CaseIterable {
    case deflate, gzip, xz, zstd

    var library: String {
        switch self {
        case .deflate, .gzip: "libz.so.1"
        case .xz: "liblzma.so.5"
        case .zstd: "libzstd.so.1"
        }
    }

    var debianPackage: String {
        switch self {
        case .deflate, .gzip: "zlib1g"
        case .xz: "liblzma5"
        case .zstd: "libzstd1"
        }
    }

    var format: ArchiveFormat {
        switch self {
        case .deflate: .zip
        case .gzip: .gzip
        case .xz: .xz
        case .zstd: .zstd
        }
    }

    /// How such bytes begin; nothing for deflate, which always stands in something else.
    var magic: [UInt8] {
        switch self {
        case .deflate: []
        case .gzip: [0x1F, 0x8B]
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        }
    }

    /// The packing of bytes that begin so; `nil` if none is known.
    init?(magicOf bytes: [UInt8]) {
        let found = Packing.allCases.first { packing in
            !packing.magic.isEmpty && bytes.starts(with: packing.magic)
        }
        guard let found else { return nil }
        self = found
    }

    /// The packing of a file, by how it begins; `nil` if none is known.
    public init?(of file: ArchiveFile) throws(ArchiveError) {
        self.init(magicOf: try file.bytes(at: 0, count: min(6, file.size)) ?? [])
    }

    /// The number that the calls in C take.
    var code: Int32 {
        switch self {
        case .deflate: Int32(carnet_packing_deflate.rawValue)
        case .gzip: Int32(carnet_packing_gzip.rawValue)
        case .xz: Int32(carnet_packing_xz.rawValue)
        case .zstd: Int32(carnet_packing_zstd.rawValue)
        }
    }

    /// Whether another library in its place would do; 0 if so.
    package func loadingCode(_ library: String) -> Int32 { carnet_decoder_load(code, library) }

    /// - Throws: `.noLibrary`.
    func load() throws(ArchiveError) {
        let answer =
            switch self {
            case .deflate, .gzip: Packing.zlib
            case .xz: Packing.lzma
            case .zstd: Packing.zstandard
            }
        if answer != 0 { throw .noLibrary(self, isOld: answer == 2) }
    }

    // Found out once, for the whole process.
    private static let zlib = carnet_decoder_load(Packing.gzip.code, nil)
    private static let lzma = carnet_decoder_load(Packing.xz.code, nil)
    private static let zstandard = carnet_decoder_load(Packing.zstd.code, nil)
}
