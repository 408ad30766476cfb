// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "lucid86",
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
    targets: [
        .target(name: "X86ISA"),
        .target(name: "Machine", dependencies: ["X86ISA"]),
        .target(name: "Interpreter", dependencies: ["Machine", "X86ISA"]),
        .target(name: "PCDevices", dependencies: ["Machine"]),
        .target(name: "Screen", dependencies: ["Machine"]),
        .target(name: "PCBoard", dependencies: ["Interpreter", "Machine", "PCDevices", "X86ISA"]),
        .target(
            name: "CommandLineTool",
            dependencies: [
                "Machine", "PCBoard", "PCDevices", "Screen",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "lucid86", dependencies: ["CommandLineTool"]),
        .target(name: "Conformance", dependencies: ["Interpreter", "Machine"]),
        .executableTarget(name: "vectors", dependencies: ["Conformance"]),
        .testTarget(
            name: "CommandLineToolTests",
            dependencies: ["CommandLineTool", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .testTarget(name: "X86ISATests", dependencies: ["X86ISA"], exclude: ["Golden"]),
        .testTarget(name: "InterpreterTests", dependencies: ["Interpreter", "Machine", "Conformance"]),
        .testTarget(name: "PCBoardTests", dependencies: ["PCBoard", "PCDevices", "Machine", "Screen"]),
        .testTarget(name: "PCDevicesTests", dependencies: ["PCDevices", "Machine"]),
    ],
    swiftLanguageModes: [.v6]
)
