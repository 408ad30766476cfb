import CPNG
import CZlib
import Foundation
import Machine
import Testing

@testable import Screen

/// Sixels against libsixel's decoder; kitty's sequences against its document, undone with Foundation and zlib.
struct PictureTests {
    private static let decoder = "/usr/bin/sixel2png"

    /// A picture with many colours in no order.
    private func noise(width: Int, height: Int, colours: Int) -> PixelImage {
        var bytes: [UInt8] = []
        var seed: UInt64 = 1
        for _ in 0..<width * height {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            let colour = Int(seed >> 33) % colours
            // Whole percents, which sixels tell exactly: 0, 20, 40, 60, 80, 100.
            bytes += [UInt8(colour % 6 * 51), UInt8(colour / 6 % 6 * 51), UInt8(colour / 36 % 6 * 51)]
        }
        return PixelImage(width: width, height: height, bytes: bytes)
    }

    /// What libsixel makes of them.
    private func decode(_ sixels: [UInt8]) throws -> PixelImage {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appending(path: "picture.six"), target = folder.appending(path: "picture.png")
        try Data(sixels).write(to: source)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.decoder)
        process.arguments = ["-i", source.path, "-o", target.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try Self.picture(Array(try Data(contentsOf: target)))
    }

    private static func picture(_ file: [UInt8]) throws -> PixelImage {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        try #require(file.withUnsafeBytes { png_image_begin_read_from_memory(&image, $0.baseAddress, $0.count) } != 0)
        image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        var bytes = [UInt8](repeating: 0, count: Int(image.width * image.height) * 3)
        try #require(bytes.withUnsafeMutableBytes { png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) } != 0)
        return PixelImage(width: Int(image.width), height: Int(image.height), bytes: bytes)
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: decoder), "libsixel-bin is not installed"),
        arguments: [(1, 1, 1), (7, 5, 2), (64, 6, 16), (33, 31, 216), (320, 200, 216)])
    func sixelsDecodeToThePictureTheyWereMadeOf(width: Int, height: Int, colours: Int) throws {
        let image = noise(width: width, height: height, colours: colours)
        let decoded = try decode(SixelEncoder().encode(image))
        #expect(decoded.width == width && decoded.height >= height)
        #expect(decoded.lines(0..<height) == image)
    }

    /// 32,768 colours: the nearest of 252, so that no colour is further off than half a step.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: decoder), "libsixel-bin is not installed"))
    func picturesOfManyColoursComeOutNearTheirColours() throws {
        var bytes: [UInt8] = []
        for place in 0..<256 * 128 {
            bytes += [UInt8(place & 31) << 3, UInt8(place >> 5 & 31) << 3, UInt8(place >> 10 & 31) << 3]
        }
        let image = PixelImage(width: 256, height: 128, bytes: bytes)
        let decoded = try decode(SixelEncoder().encode(image))
        let furthest = zip(decoded.lines(0..<128).bytes, image.bytes).map { abs(Int($0) - Int($1)) }.max()
        #expect(furthest ?? 255 <= 28)
    }

    /// Introducer P1;P2;P3 q, raster attributes, colour in percent; `!` repeats; `-` ends a band (VT340 manual, chapter 14).
    @Test func sixelsOfOneColourAreWhatTheManualSays() {
        let red = PixelImage(width: 5, height: 7, bytes: (0..<35).flatMap { _ in [255, 0, 0] as [UInt8] })
        let text = String(decoding: SixelEncoder().encode(red), as: UTF8.self)
        #expect(text == "\u{1B}P0;1;0q\"1;1;5;7#0;2;100;0;0#0!5~-#0!5@-\u{1B}\\")
    }

    // MARK: kitty

    private struct Command {
        var keys: [String: String]
        var payload: String
    }

    private func commands(_ bytes: [UInt8]) -> [Command] {
        String(decoding: bytes, as: UTF8.self).components(separatedBy: "\u{1B}_G").dropFirst().map { piece in
            let body = piece.components(separatedBy: "\u{1B}\\")[0]
            let parts = body.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            let pairs = parts[0].split(separator: ",").map { $0.split(separator: "=").map(String.init) }
            return Command(
                keys: Dictionary(pairs.map { ($0[0], $0[1]) }) { $1 }, payload: parts.count > 1 ? String(parts[1]) : "")
        }
    }

    @Test(arguments: [(3, 2), (320, 200)]) func kittysSequencesHoldThePicture(width: Int, height: Int) throws {
        let image = noise(width: width, height: height, colours: 200)
        let list = commands(KittyEncoder().encode(image, number: 2, columns: 40, rows: 15))
        let first = try #require(list.first?.keys)
        #expect(first["a"] == "T" && first["f"] == "24" && first["o"] == "z" && first["i"] == "2")
        #expect(first["s"] == String(width) && first["v"] == String(height) && first["c"] == "40" && first["r"] == "15")
        // Chunks of 4,096 at most, multiples of 4 but for the last; all but the last say m=1.
        #expect(list.allSatisfy { $0.payload.utf8.count <= 4096 })
        #expect(list.dropLast().allSatisfy { $0.payload.utf8.count % 4 == 0 && $0.keys["m"] == "1" })
        #expect(list.last?.keys["m"] == "0")
        let packed = try #require(Data(base64Encoded: list.map(\.payload).joined()))
        var bytes = [UInt8](repeating: 0, count: width * height * 3)
        var size = uLong(bytes.count)
        let status = packed.withUnsafeBytes { source in
            bytes.withUnsafeMutableBufferPointer {
                uncompress(
                    $0.baseAddress, &size, source.bindMemory(to: UInt8.self).baseAddress, uLong(source.count))
            }
        }
        #expect(status == Z_OK && bytes == image.bytes)
    }

    // MARK: Painter

    private func frame(_ image: PixelImage) -> Frame {
        Frame(content: .picture(Frame.Picture(width: image.width, height: image.height, bytes: image.bytes)))
    }

    private let window = TerminalSize(columns: 80, rows: 25, cellWidth: 8, cellHeight: 16)

    @Test(arguments: [PictureProtocol.sixel, .kitty]) func unchangedPictureIsNotSentAgain(pictures: PictureProtocol) {
        var painter = PicturePainter(pictures)
        let image = noise(width: 64, height: 48, colours: 4)
        let first = painter.update(to: frame(image), window), second = painter.update(to: frame(image), window)
        #expect(!first.isEmpty && second.isEmpty)
        painter.forget()
        let third = painter.update(to: frame(image), window), cleared = painter.clear(), again = painter.clear()
        #expect(!third.isEmpty && !cleared.isEmpty && again.isEmpty)
    }

    /// Line 100 of a picture as large as its room: from row 7 of cells of 16 pixels on.
    @Test func onlyTheRowsOfCellsThatChangedAreSentAsSixels() {
        var painter = PicturePainter(.sixel)
        let image = noise(width: 320, height: 200, colours: 4)
        let window = TerminalSize(columns: 40, rows: 14, cellWidth: 8, cellHeight: 16)
        let whole = painter.update(to: frame(image), window)
        var bytes = image.bytes
        bytes[(100 * 320 + 5) * 3] ^= 0xFF
        let changed = painter.update(to: frame(PixelImage(width: 320, height: 200, bytes: bytes)), window)
        #expect(String(decoding: changed, as: UTF8.self).hasPrefix("\u{1B}[7;1H\u{1B}P0;1;0q\"1;1;320;5#"))
        #expect(changed.count < whole.count / 10)
    }

    @Test func kittysPictureTakesThePlaceOfTheOneBefore() {
        var painter = PicturePainter(.kitty)
        _ = painter.update(to: frame(noise(width: 8, height: 8, colours: 4)), window)
        let list = commands(painter.update(to: frame(noise(width: 8, height: 8, colours: 5)), window))
        #expect(list.map { $0.keys["a"] } == ["T", "d"])
        #expect(list[0].keys["i"] != list[1].keys["i"])
        // 4 to 3 in 80 by 25 cells of 8 by 16: 533 by 400 pixels, 66 cells wide.
        #expect(list[0].keys["c"] == "66" && list[0].keys["r"] == "24")
    }

    @Test(
        arguments: [
            (320, 200, 640, 400), (320, 200, 1000, 700), (640, 480, 320, 240), (640, 480, 100, 480),
            (1024, 768, 640, 384),
        ])
    func picturesAreFittedIntoTheirRoom(width: Int, height: Int, room: Int, roomHeight: Int) {
        let fitted = PixelImage(width: width, height: height).fitted(width: room, height: roomHeight)
        #expect(fitted.width <= room && fitted.height <= roomHeight)
        if room >= width, roomHeight >= height {
            #expect(fitted.width % width == 0 && fitted.height % height == 0)
        } else {
            #expect(fitted.width == room || fitted.height >= roomHeight - 1)
        }
    }

    // MARK: Answers

    /// xterm -ti 340; a VT340; xterm without sixels; kitty, which answers its own question first.
    @Test(
        arguments: [
            (["?63;1;2;4;6;9;15;22c"], [], .sixel), (["?64;1;2;6;9;15;22c"], [], nil),
            (["?62;c"], ["Gi=31;OK"], .kitty),
            (["?62;4c"], ["Gi=31;OK"], .kitty), (["?62;c"], ["Gi=31;EINVAL:no"], nil), ([], ["Gi=31;OK"], nil),
        ] as [([String], [String], PictureProtocol?)])
    func answersTellTheProtocol(controls: [String], commands: [String], expected: PictureProtocol?) {
        var answers = TerminalAnswers()
        for command in commands { answers.take(command: command) }
        for control in controls {
            let isAnswer = answers.take(control: control)
            #expect(isAnswer)
        }
        #expect(answers.pictures == expected)
    }

    @Test func windowReportTellsTheSizeOfACell() {
        var answers = TerminalAnswers()
        let sizes = answers.take(control: "6;20;10t")
        #expect(sizes)
        #expect(answers.cell?.width == 10 && answers.cell?.height == 20)
        _ = answers.take(control: "6;0;10t")
        #expect(answers.cell?.width == 10, "no size at all is none")
        let isArrow = answers.take(control: "1;5A"), isKey = answers.take(control: "15~")
        #expect(!isArrow && !isKey)
    }
}
