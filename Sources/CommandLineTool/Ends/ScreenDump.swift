import Machine
import Screen

/// `--screen-dump FILE.png|FILE.txt|-`.
enum ScreenDump {
    private static let option = "--screen-dump"

    static func write(_ frame: Frame, to path: String) throws(Failure) {
        if path.lowercased().hasSuffix(".png") {
            let bytes: [UInt8]
            do throws(PNGFile.WriteError) {
                bytes = try PNGFile.bytes(of: PixelImage(frame))
            } catch {
                throw Failure(.inputOutput, "\(option) \(path): \(error.description)")
            }
            return try HostFile.write(bytes, to: path, option: option)
        }
        if case .graphics(let graphics) = frame.content {
            complain(
                "\(option) \(path): the screen shows \(graphics.width)x\(graphics.height) pixels and no text; "
                    + "give a file that ends with .png")
        }
        let text = PlainText.rows(frame).joined(separator: "\n") + "\n"
        try HostFile.write(Array(text.utf8), to: path, option: option)
    }
}
