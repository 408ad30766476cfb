// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "lucid86",
    targets: [
        .target(name: "X86ISA"),
        .target(name: "Machine", dependencies: ["X86ISA"]),
    ],
    swiftLanguageModes: [.v6]
)
