import Glibc
import PCDevices

/// `-hda` to `-hdd`, `-drive`, `-snapshot` and the bare image.
enum DiskOptions {
    private struct Wanted {
        var path = ""
        var readOnly = false
        var snapshot = false
    }

    /// The four IDE disks, opened.
    static func open(_ options: RunOptions) throws -> [(any BlockStorage)?] {
        var wanted: [Wanted?] = [nil, nil, nil, nil]
        func put(_ disk: Wanted, at index: Int, _ option: String) throws {
            guard wanted[index] == nil else { throw Failure(.usage, "\(option): disk \(index) is given twice") }
            wanted[index] = disk
        }
        for (index, path) in [options.hda, options.hdb, options.hdc, options.hdd].enumerated() {
            guard let path else { continue }
            try put(Wanted(path: path), at: index, "-hd\(["a", "b", "c", "d"][index])")
        }
        if let image = options.image { try put(Wanted(path: image), at: 0, image) }
        for text in options.drive {
            let (disk, index) = try parse(text)
            guard let place = index ?? wanted.firstIndex(where: { $0 == nil }) else {
                throw Failure(.usage, "-drive \(text): all four disks are taken")
            }
            try put(disk, at: place, "-drive \(text)")
        }
        return try wanted.map { disk in
            guard var disk else { return nil }
            if options.snapshot { disk.snapshot = true }
            return try open(disk)
        }
    }

    private static func parse(_ text: String) throws -> (Wanted, Int?) {
        var disk = Wanted(), index: Int?
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { throw Failure(.usage, "-drive \(text): '\(part)' has no value") }
            switch (pair[0], pair[1]) {
            case ("file", let path): disk.path = path
            case ("format", "raw"), ("if", "ide"), ("media", "disk"): break
            case ("index", let number):
                guard let value = Int(number), (0...3).contains(value) else {
                    throw Failure(.usage, "-drive \(text): index is 0 to 3")
                }
                index = value
            case ("readonly", "on"): disk.readOnly = true
            case ("snapshot", "on"): disk.snapshot = true
            case ("readonly", "off"), ("snapshot", "off"): break
            default: throw Failure(.usage, "-drive \(text): '\(part)' is not known or not there yet")
            }
        }
        guard !disk.path.isEmpty else { throw Failure(.usage, "-drive \(text): no file=") }
        return (disk, index)
    }

    private static func open(_ disk: Wanted) throws -> any BlockStorage {
        let image: RawImage
        do throws(RawImage.OpenError) {
            image = try RawImage(path: disk.path, readOnly: disk.readOnly || disk.snapshot)
        } catch {
            switch error {
            case .host(let number):
                let code: Failure.Code =
                    number == ENOENT || number == EACCES || number == ENOTDIR ? .noInput : .inputOutput
                let hint = number == EACCES ? "; try -snapshot if it may only be read" : ""
                throw Failure(code, "\(disk.path): \(String(cString: strerror(number)))\(hint)")
            case .directory: throw Failure(.noInput, "\(disk.path) is a directory; give an image file")
            case .empty: throw Failure(.badData, "\(disk.path) is empty; a disk has at least one sector")
            case .notAFile: throw Failure(.noInput, "\(disk.path) is no file or block device")
            }
        }
        return disk.snapshot ? SnapshotOverlay(over: image) : image
    }
}
