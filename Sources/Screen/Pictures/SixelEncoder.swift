import Machine

/// Pictures as sixels: columns of six pixels as characters, one colour of a band after another.
///
/// Source: DEC VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
public struct SixelEncoder {
    /// Colour registers that terminals have at least, of those that take pictures of 256 colours.
    static let registers = 256
    private static let terminator: [UInt8] = [0x1B, UInt8(ascii: "\\")]

    public init() {}

    /// The picture from the cursor on; the cursor is below it afterwards.
    public func encode(_ image: PixelImage) -> [UInt8] {
        let (indices, palette) = Self.indexed(image)
        // Pixels 1:1, those that are not set stay; then the ratio again, and the size.
        var output = Array("\u{1B}P0;1;0q\"1;1;\(image.width);\(image.height)".utf8)
        for (number, colour) in palette.enumerated() {
            // 2: red, green and blue in percent.
            output += Array(
                "#\(number);2;\(Self.percent(colour.red));\(Self.percent(colour.green));\(Self.percent(colour.blue))"
                    .utf8)
        }
        var bits = [UInt8](repeating: 0, count: palette.count * image.width)
        for top in stride(from: 0, to: image.height, by: 6) {
            var used = [Bool](repeating: false, count: palette.count)
            for line in 0..<min(6, image.height - top) {
                let start = (top + line) * image.width
                for x in 0..<image.width {
                    let colour = Int(indices[start + x])
                    used[colour] = true
                    bits[colour * image.width + x] |= 1 << UInt8(line)
                }
            }
            var isFirst = true
            for colour in palette.indices where used[colour] {
                // Back to the left edge for the next colour.
                if !isFirst { output.append(UInt8(ascii: "$")) }
                isFirst = false
                output += Array("#\(colour)".utf8)
                let range = colour * image.width..<(colour + 1) * image.width
                Self.append(bits[range], to: &output)
                for place in range { bits[place] = 0 }
            }
            output.append(UInt8(ascii: "-"))
        }
        return output + Self.terminator
    }

    /// Sixels are 3Fh and the bits; four and more alike are `!count`. Empty ones at the end are left out.
    private static func append(_ bits: ArraySlice<UInt8>, to output: inout [UInt8]) {
        let end = (bits.lastIndex { $0 != 0 } ?? bits.startIndex - 1) + 1
        var place = bits.startIndex
        while place < end {
            let value = bits[place]
            var next = place + 1
            while next < end, bits[next] == value { next += 1 }
            let count = next - place
            if count > 3 {
                output += Array("!\(count)".utf8)
                output.append(0x3F + value)
            } else {
                for _ in 0..<count { output.append(0x3F + value) }
            }
            place = next
        }
    }

    private static func percent(_ value: UInt8) -> Int { (Int(value) * 100 + 127) / 255 }

    // MARK: Colours

    /// Each pixel's colour as a number. More colours than there are registers become the nearest of 6 reds, 7 greens, 6 blues.
    static func indexed(_ image: PixelImage) -> (indices: [UInt8], palette: [Frame.Colour]) {
        var palette: [Frame.Colour] = []
        var numbers: [UInt32: UInt8] = [:]
        var indices = [UInt8](repeating: 0, count: image.width * image.height)
        var last: (key: UInt32, number: UInt8)?
        for place in indices.indices {
            let (red, green, blue) = (image.bytes[place * 3], image.bytes[place * 3 + 1], image.bytes[place * 3 + 2])
            let key = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
            if let last, last.key == key {
                indices[place] = last.number
                continue
            }
            let number: UInt8
            if let known = numbers[key] {
                number = known
            } else {
                guard palette.count < registers else { return reduced(image) }
                number = UInt8(truncatingIfNeeded: palette.count)
                numbers[key] = number
                palette.append(Frame.Colour(red: red, green: green, blue: blue))
            }
            indices[place] = number
            last = (key, number)
        }
        return (indices, palette)
    }

    private static let steps = (red: 6, green: 7, blue: 6)

    private static func reduced(_ image: PixelImage) -> (indices: [UInt8], palette: [Frame.Colour]) {
        func level(_ value: UInt8, _ count: Int) -> Int { (Int(value) * (count - 1) + 127) / 255 }
        func value(_ level: Int, _ count: Int) -> UInt8 { UInt8(clamping: level * 255 / (count - 1)) }
        var palette: [Frame.Colour] = []
        for red in 0..<steps.red {
            for green in 0..<steps.green {
                for blue in 0..<steps.blue {
                    palette.append(
                        Frame.Colour(
                            red: value(red, steps.red), green: value(green, steps.green), blue: value(blue, steps.blue))
                    )
                }
            }
        }
        var indices = [UInt8](repeating: 0, count: image.width * image.height)
        for place in indices.indices {
            let red = level(image.bytes[place * 3], steps.red), green = level(image.bytes[place * 3 + 1], steps.green)
            let blue = level(image.bytes[place * 3 + 2], steps.blue)
            indices[place] = UInt8(clamping: (red * steps.green + green) * steps.blue + blue)
        }
        return (indices, palette)
    }
}
