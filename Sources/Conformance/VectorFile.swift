import Foundation

/// One hardware-captured instruction: the machine before and after.
public struct VectorLine {
    public let operation: String
    public let name: String
    public let hash: String
    public let bytes: String
    public let before: [String: Int]
    public let memory: [(address: Int, bytes: [UInt8])]
    public let changed: [String: Int]
    public let changedMemory: [(address: Int, bytes: [UInt8])]
    /// Flags that are defined.
    public let flagMask: Int
    /// Where the instruction pushed FLAGS.
    public let flagsAddress: Int?
    public let ports: [String]
    /// Of the interrupt or exception that was taken.
    public let vector: Int?
    /// Why a later CPU may end otherwise; empty when it may not.
    public let tags: [String]
}

public enum VectorError: Error, CustomStringConvertible {
    case unreadable(String)
    case malformed(file: String, line: Int, String)

    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path)"
        case .malformed(let file, let line, let what): "\(file), line \(line): \(what)"
        }
    }
}

public enum VectorFile {
    /// All lines of a gzip'd JSON-lines file.
    public static func read(_ path: String) throws -> [VectorLine] {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "--", path]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw VectorError.unreadable(path) }
        var lines: [VectorLine] = []
        for (number, text) in data.split(separator: 10).enumerated() {
            guard let object = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any],
                let line = parse(object)
            else { throw VectorError.malformed(file: path, line: number + 1, "not a vector") }
            lines.append(line)
        }
        return lines
    }

    private static func parse(_ object: [String: Any]) -> VectorLine? {
        guard let operation = object["op"] as? String, let values = object["r"] as? [Any],
            let changed = object["fr"] as? [String: Int]
        else { return nil }
        let names = ["ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags"]
        let numbers = values.compactMap { $0 as? Int }
        guard numbers.count == names.count else { return nil }
        let ports = (object["io"] as? [[Any]] ?? []).map { entry in
            entry.map { "\($0)" }.joined(separator: " ")
        }
        return VectorLine(
            operation: operation, name: object["n"] as? String ?? "", hash: object["h"] as? String ?? "",
            bytes: object["b"] as? String ?? "", before: Dictionary(uniqueKeysWithValues: zip(names, numbers)),
            memory: runs(object["m"]), changed: changed, changedMemory: runs(object["fm"]),
            flagMask: object["um"] as? Int ?? 0xFFFF, flagsAddress: object["fa"] as? Int, ports: ports,
            vector: object["x"] as? Int, tags: object["d"] as? [String] ?? [])
    }

    private static func runs(_ value: Any?) -> [(address: Int, bytes: [UInt8])] {
        (value as? [[Any]] ?? []).compactMap { run in
            guard run.count == 2, let address = run[0] as? Int, let text = run[1] as? String else { return nil }
            let digits = Array(text.utf8)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { index in
                UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
            }
            return (address, bytes)
        }
    }
}
