// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "lucid86",
    targets: [
        .target(name: "X86ISA"),
        .target(name: "Machine", dependencies: ["X86ISA"]),
        .target(name: "Interpreter", dependencies: ["Machine", "X86ISA"]),
        .target(name: "PCDevices", dependencies: ["Machine"]),
        .target(name: "Conformance", dependencies: ["Interpreter", "Machine"]),
        .executableTarget(name: "vectors", dependencies: ["Conformance"]),
        .testTarget(name: "X86ISATests", dependencies: ["X86ISA"]),
        .testTarget(name: "InterpreterTests", dependencies: ["Interpreter", "Machine", "Conformance"]),
        .testTarget(name: "PCDevicesTests", dependencies: ["PCDevices", "Machine"]),
    ],
    swiftLanguageModes: [.v6]
)
