import Glibc
import PCDevices

/// `-hda` to `-hdd`, `-cdrom`, `-fda`, `-fdb`, `-drive`, `-snapshot` and the bare image.
struct DriveSettings {
    /// One drive as the options describe it; nothing is opened yet.
    struct Drive: Equatable {
        var path = ""
        var readOnly = false
        var snapshot = false
        /// A disc in a CD-ROM drive; without a path the drive is empty.
        var isDisc = false
        /// Nil: found out from the file's first bytes.
        var format: Format?
        /// What the disk calls itself.
        var serial = ""
    }

    enum Format: String {
        case raw
        case qcow2
    }

    /// IDE disks: primary master and slave, secondary master and slave.
    private(set) var disks: [Drive?] = [nil, nil, nil, nil]
    /// Drives A and B.
    private(set) var floppies: [Drive?] = [nil, nil]
    /// `if=virtio`: disks of their own, in order.
    private(set) var virtio: [Drive] = []
    /// `if=none`: for a `-device` to name.
    private(set) var named: [String: Drive] = [:]

    init(_ options: RunOptions) throws(Failure) {
        for (index, path) in [options.hda, options.hdb, options.hdc, options.hdd].enumerated() {
            guard let path else { continue }
            try put(Drive(path: path), at: index, "-hd\(["a", "b", "c", "d"][index])")
        }
        if let path = options.cdrom { try put(Drive(path: path, readOnly: true, isDisc: true), at: 2, "-cdrom") }
        for (index, path) in [options.fda, options.fdb].enumerated() {
            guard let path else { continue }
            try put(Drive(path: path), at: index, "-fd\(["a", "b"][index])", isFloppy: true)
        }
        if let image = options.image { try put(Drive(path: image), at: 0, "IMAGE") }
        for text in options.drive { try add(text) }
        if options.snapshot {
            for index in disks.indices where disks[index]?.isDisc == false { disks[index]?.snapshot = true }
            for index in floppies.indices { floppies[index]?.snapshot = true }
            for index in virtio.indices { virtio[index].snapshot = true }
            for name in named.keys { named[name]?.snapshot = true }
        }
    }

    private mutating func put(
        _ drive: Drive, at index: Int, _ option: String, isFloppy: Bool = false
    ) throws(Failure) {
        let place = isFloppy ? "floppy drive \(["A", "B"][index])" : "IDE disk \(index)"
        guard (isFloppy ? floppies[index] : disks[index]) == nil else {
            throw Failure(.usage, "\(option) \(drive.path): \(place) is given twice; use another -hdX, -fdX or index=")
        }
        if isFloppy { floppies[index] = drive } else { disks[index] = drive }
    }

    private mutating func add(_ text: String) throws(Failure) {
        var drive = Drive(), index: Int?, isFloppy = false, interface = "ide", id: String?
        for part in OptionText.parts(text) {
            let pair = OptionText.pair(part)
            guard let value = pair.value else { throw Failure(.usage, "-drive \(text): '\(part)' has no value") }
            switch (pair.key, value) {
            case ("file", _): drive.path = value
            case ("media", "disk"): break
            case ("if", "ide"), ("if", "virtio"), ("if", "none"): interface = value
            case ("id", _): id = value
            case ("serial", _): drive.serial = value
            // Hints about the host's cache: what they allow is done anyhow.
            case ("cache", _), ("aio", _), ("discard", _), ("detect-zeroes", _): break
            case ("if", "floppy"): isFloppy = true
            case ("index", _), ("unit", _):
                guard let number = Int(value), (0...3).contains(number) else {
                    throw Failure(.usage, "-drive \(text): the index is 0 to 3")
                }
                index = number
            case ("readonly", "on"), ("read-only", "on"): drive.readOnly = true
            case ("snapshot", "on"): drive.snapshot = true
            case ("readonly", "off"), ("read-only", "off"), ("snapshot", "off"): break
            case ("format", _):
                guard let format = Format(rawValue: value) else {
                    throw Failure(
                        .usage, "-drive \(text): the formats are raw and qcow2; convert the image with qemu-img")
                }
                drive.format = format
            case ("media", "cdrom"):
                drive.isDisc = true
                drive.readOnly = true
            case ("media", _): throw Failure(.usage, "-drive \(text): give media=disk or media=cdrom")
            case ("if", _): throw Failure(.usage, "-drive \(text): give if=ide, if=floppy, if=virtio or if=none")
            default:
                let keys = ["file", "format", "if", "index", "media", "readonly", "snapshot"]
                let hint = Suggestion.nearest(to: pair.key, in: keys).map { "; did you mean \($0)=?" } ?? ""
                throw Failure(.usage, "-drive \(text): '\(part)' is not known\(hint)")
            }
        }
        guard !drive.path.isEmpty || drive.isDisc else { throw Failure(.usage, "-drive \(text): no file=") }
        guard !drive.isDisc || !isFloppy else { throw Failure(.usage, "-drive \(text): a floppy drive takes no CD") }
        if interface == "virtio", !isFloppy { return virtio.append(drive) }
        if interface == "none", !isFloppy {
            guard let id, named[id] == nil else {
                throw Failure(.usage, "-drive \(text): if=none wants an id= of its own, for -device to name")
            }
            named[id] = drive
            return
        }
        let taken = isFloppy ? floppies : disks
        guard let place = index ?? Self.place(for: drive, in: taken), place < taken.count else {
            throw Failure(.usage, "-drive \(text): there are \(taken.count) drives of that kind, and no free one")
        }
        try put(drive, at: place, "-drive", isFloppy: isFloppy)
    }

    /// The first free place; a CD-ROM drive is the secondary master where that is free, as `-cdrom` has it.
    private static func place(for drive: Drive, in taken: [Drive?]) -> Int? {
        if drive.isDisc, taken[2] == nil { return 2 }
        return taken.firstIndex { $0 == nil }
    }

    /// Takes a drive of `if=none` for a device: none can have it then.
    mutating func take(_ name: String) -> Drive? { named.removeValue(forKey: name) }

    /// Opens the image, with a lock: an image that another program writes is refused.
    static func open(_ drive: Drive) throws(Failure) -> any BlockStorage {
        let readOnly = drive.readOnly || drive.snapshot
        let storage: any BlockStorage
        switch drive.format ?? (QCOW2Image.isOne(drive.path) ? .qcow2 : .raw) {
        case .raw:
            do throws(RawImage.OpenError) {
                storage = try RawImage(path: drive.path, readOnly: readOnly, isProbed: drive.format == nil)
            } catch {
                throw failure(error, drive)
            }
        case .qcow2:
            do throws(QCOW2Error) { storage = try QCOW2Image(path: drive.path, readOnly: readOnly) } catch {
                if case .file(let error) = error { throw failure(error, drive) }
                throw Failure(.badData, "\(drive.path): \(error.description)")
            }
        }
        return drive.snapshot ? SnapshotOverlay(over: storage) : storage
    }

    private static func failure(_ error: RawImage.OpenError, _ drive: Drive) -> Failure {
        switch error {
        case .host(let number):
            let code: Failure.Code =
                [ENOENT, EACCES, EPERM, ENOTDIR, EROFS, ELOOP, ENAMETOOLONG].contains(number)
                ? .noInput : .inputOutput
            let mayBeRead = [EACCES, EROFS].contains(number) && access(drive.path, R_OK) == 0
            let hint = mayBeRead ? "; use -snapshot or readonly=on for an image that may only be read" : ""
            return Failure(code, "\(drive.path): \(String(cString: strerror(number)))\(hint)")
        case .directory: return Failure(.noInput, "\(drive.path) is a directory; give an image file")
        case .empty: return Failure(.badData, "\(drive.path) is empty; a disk has at least one sector")
        case .notAFile: return Failure(.noInput, "\(drive.path) is no file or block device")
        case .inUse:
            return Failure(
                .inputOutput,
                "\(drive.path) is in use by another program, or given twice; use -snapshot to leave it as it is")
        }
    }

    /// Whether the first sector ends with 55h AAh, as a BIOS wants it of what it boots. Nil where it cannot be read.
    static func hasBootSignature(_ storage: any BlockStorage) -> Bool? {
        guard let sector = try? storage.read(sector: 0), sector.count == sectorSize else { return nil }
        return sector[510] == 0x55 && sector[511] == 0xAA
    }
}
