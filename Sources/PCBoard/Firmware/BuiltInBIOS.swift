import FoundationEssentials

/// The project's own BIOS (`roms/`), which is a part of the program.
public enum BuiltInBIOS {
    /// 64 KiB. Nil only when the program itself is damaged.
    public static var bytes: [UInt8]? {
        guard let data = Data(base64Encoded: base64), data.count == 65536 else { return nil }
        return Array(data)
    }
}
