// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "lucid86",
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
    targets: [
        .target(name: "X86ISA"),
        .target(name: "FloatArithmetic"),
        .target(name: "Machine", dependencies: ["X86ISA"], exclude: ["Faults/Reasons.md"]),
        .target(name: "Interpreter", dependencies: ["FloatArithmetic", "Machine", "X86ISA"]),
        .systemLibrary(name: "CKVM"),
        .target(name: "KVMEngine", dependencies: ["CKVM", "Machine", "X86ISA"]),
        .systemLibrary(name: "CZlib"),
        .target(name: "PCDevices", dependencies: ["CZlib", "Machine"]),
        .systemLibrary(name: "CPNG"),
        .systemLibrary(name: "CSlirp"),
        .target(name: "UserNetwork", dependencies: ["CSlirp"]),
        .target(name: "Screen", dependencies: ["Machine", "CPNG", "CZlib"]),
        .systemLibrary(name: "CElf"),
        .target(
            name: "PCBoard", dependencies: ["CElf", "Interpreter", "KVMEngine", "Machine", "PCDevices", "X86ISA"]),
        .target(
            name: "Debugger", dependencies: ["Interpreter", "KVMEngine", "Machine", "PCBoard", "PCDevices", "X86ISA"]),
        .target(name: "Lockstep", dependencies: ["Interpreter", "Machine", "PCBoard", "X86ISA"]),
        .systemLibrary(name: "CReadline"),
        .target(name: "Monitor", dependencies: ["CReadline", "Debugger"]),
        .target(
            name: "CommandLineTool",
            dependencies: [
                "Debugger", "Interpreter", "KVMEngine", "Lockstep", "Machine", "Monitor", "PCBoard", "PCDevices",
                "Screen", "UserNetwork", "X86ISA",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "lucid86", dependencies: ["CommandLineTool"]),
        .target(name: "Conformance", dependencies: ["Interpreter", "Machine"]),
        .executableTarget(name: "vectors", dependencies: ["Conformance", "Machine"]),
        .target(name: "Fuzzing", dependencies: ["Interpreter", "Machine", "PCBoard", "PCDevices", "X86ISA"]),
        .executableTarget(name: "fuzz", dependencies: ["Fuzzing"]),
        .target(name: "SiliconOracle", dependencies: ["Interpreter", "Lockstep", "Machine", "X86ISA"]),
        .executableTarget(name: "oracle", dependencies: ["SiliconOracle", "X86ISA"]),
        .testTarget(
            name: "CommandLineToolTests",
            dependencies: [
                "CommandLineTool", "Interpreter", "KVMEngine", "Machine", "PCBoard", "PCDevices", "Screen",
                "UserNetwork", "lucid86",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Guests"]),
        .testTarget(name: "FloatArithmeticTests", dependencies: ["FloatArithmetic"]),
        .testTarget(
            name: "SiliconOracleTests", dependencies: ["Machine", "SiliconOracle", "X86ISA", "oracle"]),
        .testTarget(name: "MachineTests", dependencies: ["Machine"]),
        .testTarget(name: "X86ISATests", dependencies: ["X86ISA", "Conformance"], exclude: ["Golden", "Native"]),
        .testTarget(
            name: "InterpreterTests", dependencies: ["Interpreter", "Machine", "Conformance", "Fuzzing"],
            exclude: ["FailCases"]),
        .testTarget(
            name: "PCBoardTests",
            dependencies: ["KVMEngine", "PCBoard", "PCDevices", "Machine", "Screen", "UserNetwork"]),
        .testTarget(name: "ScreenTests", dependencies: ["CPNG", "CZlib", "Screen", "Machine"]),
        .testTarget(
            name: "DebuggerTests",
            dependencies: ["Debugger", "KVMEngine", "PCBoard", "PCDevices", "Machine", "Screen", "lucid86"]),
        .testTarget(name: "KVMEngineTests", dependencies: ["CKVM", "KVMEngine", "Machine"]),
        .testTarget(
            name: "LockstepTests",
            dependencies: ["Interpreter", "KVMEngine", "Lockstep", "Machine", "PCBoard", "PCDevices", "X86ISA"],
            exclude: ["Guests"]),
        .testTarget(name: "PCDevicesTests", dependencies: ["PCDevices", "Machine"]),
        .testTarget(name: "UserNetworkTests", dependencies: ["UserNetwork"]),
    ],
    swiftLanguageModes: [.v6]
)
