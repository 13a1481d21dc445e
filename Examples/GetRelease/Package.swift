// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
    name: "get-release",
    dependencies: [.package(name: "carnet", path: "../..")],
    targets: [
        .executableTarget(
            name: "get-release",
            dependencies: [.product(name: "Carnet", package: "carnet")], path: "Sources")
    ]
)
