import FoundationEssentials

/// The option ROM that boots what `-kernel` names (`roms/kernel-loader`), which is a part of the program.
public enum KernelLoader {
    /// Name of the ROM among the files of fw_cfg: firmware looks for option ROMs in this folder.
    public static let file = "genroms/lucid86-kernel.bin"
    /// 2 KiB. Nil only when the program itself is damaged.
    public static var bytes: [UInt8]? {
        guard let data = Data(base64Encoded: base64), data.count == 2048 else { return nil }
        return Array(data)
    }
}
