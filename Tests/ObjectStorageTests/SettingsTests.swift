// SPDX-License-Identifier: Apache-2.0
import ObjectStorage
import Testing

@Suite("Settings of an S3 store: environment and AWS's files")
struct SettingsTests {
    private static let config = """
        # the usual one
        [default]
        region = eu-west-1
        [profile other]
        region=eu-north-1   ; far
        endpoint_url = https://storage.test:9000/
        s3 =
            addressing_style = virtual
            max_concurrent_requests = 20
        output = json
        [profile named]
        services = mine
        aws_access_key_id = CONFIGKEY
        aws_secret_access_key = CONFIGSECRET
        [services mine]
        s3 =
          endpoint_url = http://127.0.0.1:8333
        [profile role]
        role_arn = arn:aws:iam::1:role/x
        [profile half]
        aws_access_key_id = ALONE
        """
    private static let credentials = """
        [default]\r
        aws_access_key_id = FILEKEY\r
        aws_secret_access_key = FILE=SEC;RET#+/\r
        aws_session_token = FILETOKEN\r
        [other]
        aws_access_key_id = OTHERKEY
        aws_secret_access_key = OTHERSECRET
        """

    private func settings(
        _ variables: [String: String] = [:], config: String? = config,
        credentials: String? = credentials, allowsPlainHTTP: Bool = false
    ) throws(S3SettingsError) -> S3Settings {
        let variables = variables.merging(["HOME": "/home/x"]) { first, _ in first }
        return try S3Settings(
            allowsPlainHTTP: allowsPlainHTTP, environment: { variables[$0] },
            read: { path, _ in
                switch path {
                case "/home/x/.aws/config", "/c": config.map { Array($0.utf8) }
                case "/home/x/.aws/credentials", "/s": credentials.map { Array($0.utf8) }
                default: nil
                }
            })
    }

    @Test("the default profile of both files, with AWS's own endpoint and its host style")
    func defaults() throws {
        let settings = try settings()
        #expect(settings.region == "eu-west-1")
        #expect(settings.credentials?.accessKey == "FILEKEY")
        #expect(settings.addressing == .virtual)
        #expect(settings.endpoint == S3Endpoint("https://s3.eu-west-1.amazonaws.com"))
    }

    @Test("nothing at all is anonymous, in us-east-1")
    func nothing() throws {
        let settings = try settings(config: nil, credentials: nil)
        #expect(settings.credentials == nil)
        #expect(settings.region == "us-east-1")
    }

    @Test("a profile, its endpoint and addressing style; the environment goes before files")
    func profiles() throws {
        let other = try settings(["AWS_PROFILE": "other"])
        #expect(other.region == "eu-north-1")
        #expect(other.credentials?.accessKey == "OTHERKEY")
        #expect(other.endpoint == S3Endpoint("https://storage.test:9000"))
        #expect(other.addressing == .virtual)
        let named = try settings(["AWS_PROFILE": "named"])
        #expect(named.endpoint == S3Endpoint("http://127.0.0.1:8333"))
        #expect(named.addressing == .path)
        #expect(named.credentials?.accessKey == "CONFIGKEY")
        let mixed = try settings([
            "AWS_PROFILE": "other", "AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "no",
            "AWS_ENDPOINT_URL": "https://general.test", "AWS_ACCESS_KEY_ID": "ENVKEY",
            "AWS_SECRET_ACCESS_KEY": "ENVSECRET",
        ])
        #expect(mixed.region == "us-west-2")
        #expect(mixed.endpoint == S3Endpoint("https://general.test"))
        #expect(mixed.credentials?.accessKey == "ENVKEY")
        let own = try settings([
            "AWS_ENDPOINT_URL": "https://general.test", "AWS_ENDPOINT_URL_S3": "https://own.test",
        ])
        #expect(own.endpoint == S3Endpoint("https://own.test"))
        let elsewhere = try settings([
            "HOME": "/nobody", "AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "/s",
        ])
        #expect(elsewhere.credentials?.accessKey == "FILEKEY")
    }

    @Test("what is not clear is refused, in one line without a secret")
    func refusals() {
        func error(
            _ variables: [String: String], config: String = Self.config
        ) -> S3SettingsError? {
            do throws(S3SettingsError) {
                _ = try settings(variables, config: config)
                return nil
            } catch {
                #expect(!"\(error)".contains("SECRET") && !"\(error)".contains("\n"))
                return error
            }
        }
        #expect(error(["AWS_PROFILE": "nobody"]) == .profileMissing("nobody"))
        #expect(
            error(["AWS_PROFILE": "role"])
                == .credentialsUnsupported(profile: "role", setting: "role_arn"))
        #expect(
            error(["AWS_PROFILE": "half"]) == .credentialsIncomplete(source: "profile half"))
        #expect(
            error(["AWS_ACCESS_KEY_ID": "A"])
                == .credentialsIncomplete(source: "AWS_ACCESS_KEY_ID"))
        #expect(error(["AWS_REGION": "a/b"]) == .regionMalformed("a/b"))
        #expect(
            error(["AWS_ENDPOINT_URL": "http://storage.test"])
                == .plainEndpoint("http://storage.test", source: "AWS_ENDPOINT_URL"))
        #expect(
            error(["AWS_ENDPOINT_URL": "storage.test"])
                == .endpointMalformed("storage.test", source: "AWS_ENDPOINT_URL"))
        #expect(
            error([:], config: "[default]\n\nregion")
                == .fileMalformed(path: "/home/x/.aws/config", line: 3))
        #expect(
            error([:], config: "region = x")
                == .fileMalformed(path: "/home/x/.aws/config", line: 1))
        #expect(
            error([:], config: "[default]\ns3 =\n  addressing_style = both")
                == .addressingMalformed("both"))
    }

    @Test("plain HTTP goes to this machine, or where it was asked for")
    func plain() throws {
        for endpoint in [
            "http://127.0.0.1:8333", "http://localhost", "http://[::1]:1", "http://127.9.9.9/",
        ] {
            #expect(try settings(["AWS_ENDPOINT_URL": endpoint]).addressing == .path)
        }
        for endpoint in ["http://127.0.0.1.test", "http://1270.0.0.1", "http://localhost.test"] {
            #expect(throws: S3SettingsError.plainEndpoint(endpoint, source: "AWS_ENDPOINT_URL")) {
                try settings(["AWS_ENDPOINT_URL": endpoint])
            }
            _ = try settings(["AWS_ENDPOINT_URL": endpoint], allowsPlainHTTP: true)
        }
    }

    @Test("nothing that prints the settings shows the secret")
    func secrets() throws {
        let settings = try settings()
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(text.contains("FILEKEY"))
            #expect(!text.contains("SEC") && !text.contains("FILETOKEN"))
        }
    }

    @Test("a place is a bucket and a prefix")
    func locations() throws {
        for (url, bucket, prefix) in [
            ("s3://abc", "abc", ""), ("s3://abc/", "abc", ""), ("s3://a.b-c/d/e/", "a.b-c", "d/e"),
            ("s3://abc/d e+%2F", "abc", "d e+%2F"),
        ] {
            let location = try S3Location(url)
            #expect(location.bucket == bucket)
            #expect(location.prefix == prefix)
        }
        for url in [
            "", "s3:/abc", "S3://abc", "s3://", "s3://ab", "s3:///x", "s3://a b/", "s3://abc//d",
            "s3://abc/../d", "s3://abc/./d", "s3://user@abc/", "s3://abc/\n", "s3://-abc",
        ] {
            #expect(throws: S3SettingsError.locationMalformed(url)) { try S3Location(url) }
        }
    }
}
