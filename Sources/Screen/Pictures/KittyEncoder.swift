import CZlib
import Foundation
import Machine

/// Pictures by the terminal graphics protocol of kitty: pixels in escape sequences, which the terminal scales.
///
/// Source: "Terminal graphics protocol", sw.kovidgoyal.net/kitty/graphics-protocol.
public struct KittyEncoder {
    /// Bytes of base64 in one sequence ("Remote client").
    static let chunk = 4096

    public init() {}

    /// The picture at the cursor, over so many cells; the cursor stays. It takes the place of the one with the same number.
    public func encode(_ image: PixelImage, number: Int, columns: Int, rows: Int) -> [UInt8] {
        let packed = Self.compressed(image.bytes)
        let content = Array(Data(packed ?? image.bytes).base64EncodedData())
        var output: [UInt8] = []
        var start = 0
        repeat {
            let end = min(start + Self.chunk, content.count)
            // f=24: red, green, blue; o=z: by zlib; q=2: no answers; C=1: the cursor stays; m=1: more comes.
            var keys = "m=\(end < content.count ? 1 : 0)"
            if start == 0 {
                keys =
                    "a=T,f=24,s=\(image.width),v=\(image.height)\(packed == nil ? "" : ",o=z"),"
                    + "i=\(number),p=1,c=\(columns),r=\(rows),C=1,q=2," + keys
            }
            output += Array("\u{1B}_G\(keys);".utf8) + content[start..<end] + [0x1B, UInt8(ascii: "\\")]
            start = end
        } while start < content.count
        return output
    }

    /// Takes a picture away, and its pixels.
    public static func delete(number: Int) -> String { "\u{1B}_Ga=d,d=I,i=\(number),q=2\u{1B}\\" }

    /// Asks whether the terminal knows the protocol: it answers `i=31;OK`.
    public static let query = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\"

    /// Nil where zlib has no memory.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var size = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(size))
        // SAFETY: `size` is the room in `result`, and zlib sets it to what it has used.
        let status = bytes.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                compress2(target.baseAddress, &size, source.baseAddress, uLong(bytes.count), Z_BEST_SPEED)
            }
        }
        return status == Z_OK ? Array(result.prefix(Int(size))) : nil
    }
}
