import FoundationEssentials
import Machine

/// Any chip's state, made readable: one field a line; long tables of bytes are cut.
enum DeviceState {
    private static let longest = 240

    static func lines(of device: any Device) -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encode(device, with: encoder) else { return ["the state of \(device.name) has no text"] }
        let text = String(decoding: data, as: UTF8.self)
        return text.split(separator: "\n").map { line in
            line.count > longest ? line.prefix(longest) + "..." : String(line)
        }
    }

    private static func encode<D: Device>(_ device: D, with encoder: JSONEncoder) throws -> Data {
        try encoder.encode(device.state)
    }
}
