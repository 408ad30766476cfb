import Foundation
import PCBoard
import Testing

/// The guests of testprograms/kernel, built once for a run of the tests.
enum KernelGuests {
    private static let folder: Result<TemporaryFolder, any Error> = Result {
        let folder = try TemporaryFolder()
        var output = ""
        let built = try runTool(
            "/usr/bin/env", ["make", "-C", packageRoot + "/testprograms/kernel", "OUT=" + folder.path]
        ) { output = $0 }
        try #require(built, "\(output)")
        return folder
    }

    static func path(_ name: String) throws -> String { try folder.get().path + "/" + name + ".elf" }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: try path(name))))
    }

    /// A machine of 32 MiB with a guest as its kernel.
    static func guest(
        _ name: String, commandLine: String = "", modules: [(bytes: [UInt8], text: String)] = [],
        change: (inout PCConfiguration) throws -> Void = { _ in }
    ) throws -> Guest {
        var kernel = KernelConfiguration(image: try KernelImage(try bytes(name)), name: name + ".elf")
        kernel.commandLine = commandLine
        kernel.modules = modules.map { KernelConfiguration.Module(bytes: $0.bytes, text: $0.text) }
        return try Guest {
            $0.kernel = kernel
            try change(&$0)
        }
    }
}
