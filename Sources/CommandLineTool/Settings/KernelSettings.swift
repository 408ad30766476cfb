import PCBoard

/// `-kernel`, `-initrd`, `-append`, `--linux-entry` and `-fw_cfg`: what is booted without a disk, and what firmware is told.
struct KernelSettings {
    /// A file that goes into fw_cfg under a name.
    struct ConfigFile: Equatable {
        enum Content: Equatable {
            case file(String)
            case text(String)
        }

        let name: String
        let content: Content
    }

    /// The largest file of `-fw_cfg`, kernel, and modules together.
    private static let limit = 1 << 30

    var kernel: String?
    var initrd: String?
    var commandLine: String
    var linuxEntry: KernelConfiguration.LinuxEntry
    var configFiles: [ConfigFile] = []

    init(_ options: RunOptions) throws(Failure) {
        kernel = options.kernel
        initrd = options.initrd
        commandLine = options.append ?? ""
        guard let entry = KernelConfiguration.LinuxEntry(rawValue: options.linuxEntry) else {
            throw Failure(.usage, "--linux-entry \(options.linuxEntry): give 16, 32 or 64")
        }
        linuxEntry = entry
        if kernel == nil {
            for (option, value) in [("-initrd", options.initrd), ("-append", options.append)] where value != nil {
                throw Failure(.usage, "\(option) goes with -kernel FILE, which is not given")
            }
        }
        for text in options.firmwareConfig { configFiles.append(try Self.configFile(text)) }
    }

    private static func configFile(_ text: String) throws(Failure) -> ConfigFile {
        var name: String?, content: ConfigFile.Content?
        for (index, part) in OptionText.parts(text).enumerated() {
            let pair = OptionText.pair(part)
            switch (pair.key, pair.value) {
            case ("name", let value?): name = value
            case ("file", let value?): content = .file(value)
            case ("string", let value?): content = .text(value)
            case (let value, nil) where index == 0: name = value
            default: throw Failure(.usage, "-fw_cfg \(text): '\(part)' is not known; give name=, and file= or string=")
            }
        }
        guard let name, let content, !name.isEmpty, name.utf8.count < 56 else {
            throw Failure(.usage, "-fw_cfg \(text): give name= of at most 55 bytes, and file= or string=")
        }
        return ConfigFile(name: name, content: content)
    }

    /// The kernel with what goes with it, read and understood.
    func load() throws(Failure) -> KernelConfiguration? {
        guard let kernel else { return nil }
        let bytes = try read(kernel), image: KernelImage
        do throws(KernelError) { image = try KernelImage(bytes) } catch { throw Self.failure(error, kernel) }
        var configuration = KernelConfiguration(image: image, name: kernel)
        configuration.commandLine = commandLine
        configuration.linuxEntry = linuxEntry
        guard let initrd else { return configuration }
        guard image.takesModules else {
            configuration.modules = [KernelConfiguration.Module(bytes: try read(initrd), text: initrd)]
            return configuration
        }
        for text in OptionText.parts(initrd) {
            // The file's name ends at the first space; the whole text is what the kernel is told.
            let path = text.split(separator: " ", maxSplits: 1).first.map(String.init) ?? text
            configuration.modules.append(KernelConfiguration.Module(bytes: try read(path), text: text))
        }
        return configuration
    }

    /// What is wrong with a kernel that was understood is the user's choice of options, or the file.
    static func failure(_ error: KernelError, _ path: String) -> Failure {
        let code: Failure.Code =
            switch error {
            case .needsLongMode, .memory, .commandLine: .usage
            case .unknownFormat, .malformed, .unsupported: .badData
            }
        return Failure(code, "\(path): \(error.description)")
    }

    /// Puts the files of `-fw_cfg` into the machine.
    func addConfigFiles(to board: PCBoard) throws(Failure) {
        for file in configFiles {
            let bytes: [UInt8] =
                switch file.content {
                case .text(let text): Array(text.utf8)
                case .file(let path): try read(path)
                }
            guard board.firmwareConfig.addFile(file.name, bytes) else {
                throw Failure(.usage, "-fw_cfg \(file.name): this name is not possible, or there are too many files")
            }
        }
    }

    private func read(_ path: String) throws(Failure) -> [UInt8] { try HostFile.read(path, limit: Self.limit) }
}
