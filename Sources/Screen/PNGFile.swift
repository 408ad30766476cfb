import CPNG

/// Pictures as PNG files.
public enum PNGFile {
    /// libpng's reason.
    public struct WriteError: Error, CustomStringConvertible {
        public let description: String
    }

    /// The bytes of a PNG file: 8 bits a colour, no alpha.
    public static func bytes(of picture: PixelImage) throws(WriteError) -> [UInt8] {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = png_uint_32(picture.width)
        image.height = png_uint_32(picture.height)
        image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        var size = png_alloc_size_t(0)
        // SAFETY: the buffer holds height rows of width * 3 bytes, as the format and the default stride say. The first
        // call has no memory and only reports the size that the second one needs.
        let measured = picture.bytes.withUnsafeBytes {
            png_image_write_to_memory(&image, nil, &size, 0, $0.baseAddress, 0, nil)
        }
        guard measured != 0 else { throw WriteError(description: message(image)) }
        var file = [UInt8](repeating: 0, count: Int(size))
        let written = picture.bytes.withUnsafeBytes { source in
            file.withUnsafeMutableBytes { target in
                png_image_write_to_memory(&image, target.baseAddress, &size, 0, source.baseAddress, 0, nil)
            }
        }
        guard written != 0 else { throw WriteError(description: message(image)) }
        return Array(file.prefix(Int(size)))
    }

    private static func message(_ image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
