// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import ObjectStorage
import Testing

/// The examples of "Authenticating Requests: Using the Authorization Header (AWS Signature
/// Version 4)" in the Amazon S3 API Reference, and cases of AWS's Signature Version 4 test suite.
@Suite("AWS Signature Version 4")
struct SignatureTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let path: String
        let query: [(String, String)]
        let headers: [(String, String)]
        let body: String
        let signature: String

        init(
            _ name: String, _ method: String = "GET", path: String = "/",
            query: [(String, String)] = [], headers: [(String, String)] = [], body: String = "",
            signature: String
        ) {
            testDescription = name
            (self.method, self.path, self.query) = (method, path, query)
            (self.headers, self.body, self.signature) = (headers, body, signature)
        }
    }

    private static let examples = [
        Example(
            "GET Object", path: "/test.txt", headers: [("range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            "PUT Object", "PUT", path: "/test%24file.text",
            headers: [
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ], body: "Welcome to Amazon S3.",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            "GET Bucket Lifecycle", query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            "Get Bucket (List Objects)",
            query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("the examples for S3", arguments: examples)
    func signs(example: Example) throws {
        let credentials = S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        let fields = RequestSigner(credentials, region: "us-east-1").fields(
            method: example.method, path: example.path, query: example.query,
            headers: example.headers + [("host", "examplebucket.s3.amazonaws.com")],
            payload: DigestAlgorithm.sha256.hexDigest(of: Array(example.body.utf8)),
            at: SigningTime(seconds: 1_369_353_600))
        let authorization = try #require(fields.first { $0.0 == "authorization" }?.1)
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                    + "aws4_request, SignedHeaders="))
        #expect(fields.contains { $0 == ("x-amz-date", "20130524T000000Z") })
    }

    private static let cases = [
        Example(
            "get-vanilla",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            "get-vanilla-query-order-key-case",
            query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Example(
            "get-vanilla-utf8-query", query: [("\u{1234}", "bar")],
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Example(
            "get-unreserved",
            path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Example(
            "post-vanilla", "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ]

    @Test("cases of the test suite", arguments: cases)
    func suite(example: Example) throws {
        let credentials = S3Credentials(
            accessKey: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        let signer = RequestSigner(credentials, region: "us-east-1", service: "service")
        let fields = signer.fields(
            method: example.method, path: example.path, query: example.query,
            headers: [("host", "example.amazonaws.com")],
            payload: DigestAlgorithm.sha256.hexDigest(of: []),
            at: SigningTime(seconds: 1_440_938_160))
        let authorization = try #require(fields.first { $0.0 == "authorization" }?.1)
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
    }

    @Test("a signer that has signed on other days, and on many threads, signs as a new one")
    func kept() async {
        func signature(_ signer: RequestSigner, _ seconds: Int) -> String? {
            signer.fields(
                method: "PUT", path: "/bucket/a%20b", query: [], headers: [("host", "h")],
                payload: "p", at: SigningTime(seconds: seconds)
            ).last?.1
        }
        let credentials = S3Credentials(
            accessKey: "A", secret: String(repeating: "longer than a block ", count: 5))
        let kept = RequestSigner(credentials, region: "r")
        let days = [0, 86_399, 86_400, 0, 1_440_938_160]
        for day in days {
            let new = RequestSigner(credentials, region: "r")
            #expect(signature(kept, day) == signature(new, day))
        }
        #expect(Set(days.map { signature(kept, $0) }).count == 4)
        let expected = days.map { signature(kept, $0) }
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                let place = number % days.count
                let (day, expected) = (days[place], expected[place])
                group.addTask { signature(kept, day) != expected }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
    }

    @Test("a session token is sent and signed")
    func sessionToken() throws {
        let credentials = S3Credentials(accessKey: "A", secret: "S", sessionToken: "TOKEN")
        let fields = RequestSigner(credentials, region: "r").fields(
            method: "GET", path: "/", query: [], headers: [("host", "h")], payload: "p",
            at: SigningTime(seconds: 0))
        #expect(fields.contains { $0 == ("x-amz-security-token", "TOKEN") })
        #expect(fields.last?.1.contains("x-amz-security-token,") == true)
        #expect(fields.last?.1.contains("TOKEN") == false)
    }

    @Test("every byte but the unreserved ones is encoded, once")
    func encoding() {
        let all = (0...255).map { UInt8($0) }
        let encoded = uriEncoded(all)
        #expect(encoded.utf8.count == 66 + 3 * 190)
        #expect(uriEncoded("a b+c/d~é%2F".utf8) == "a%20b%2Bc%2Fd~%C3%A9%252F")
        #expect(uriEncoded("a/b ".utf8, keepsSlashes: true) == "a/b%20")
        let query = [("b", "2"), ("a", "x y"), ("A", ""), ("a", "+")]
        #expect(canonicalQuery(query) == "A=&a=%2B&a=x%20y&b=2")
    }

    @Test("keys in a listing are decoded, a space as plus sign or as %20")
    func decoding() {
        #expect(bytesOfListedKey("a+b%20c%2Bd%c3%A9".utf8) == Array("a b c+dé".utf8))
        #expect(bytesOfListedKey("%2".utf8) == nil)
        #expect(bytesOfListedKey("%zz".utf8) == nil)
    }
}
