import Interpreter
import KVMEngine
import Machine
import PCDevices
import X86ISA

/// A PC/AT: chips on the buses, wires between them, firmware in its place.
public final class PCBoard {
    public let vm: VM
    public let interpreter: Interpreter
    /// Made when it is first wanted.
    public private(set) var kvm: KVMEngine?
    public let pic = PIC8259()
    public let pit: PIT8254
    public let rtc: RTC
    public let keyboardController: I8042
    public let keyboard: PS2Keyboard
    public let mouse: PS2Mouse
    public let serial: UART16550
    /// COM2, where it is fitted.
    public let secondSerial: UART16550?
    public let dma = DMA8237()
    public let systemControl: SystemControl
    public let postCode = PostCode()
    public let coprocessorError = CoprocessorError()
    /// Local APICs, by processor: none where the CPU model has none.
    public let apics: [LocalAPIC]
    public let ioAPIC = IOAPIC()
    public let hpet: HPET
    let irqLines = InterruptLines()
    /// What local APICs, I/O APIC and devices with message-signalled interrupts talk over.
    public let apicBus = APICBus()
    /// Primary and secondary IDE channel.
    public let ide: [ATAChannel]
    public let floppy: FloppyController
    public let vga: VGA
    /// Ports E9h and 402h.
    public let debugConsole = DebugConsole(name: "debugcon")
    /// Filled in `Boot/FirmwareItems.swift`.
    public let firmwareConfig = FirmwareConfig()
    /// Nil on a board for a CPU of 16 bits.
    public let pci: PCIChipset?
    /// What the configuration has put into PCI slots.
    public internal(set) var fitted = FittedDevices()
    public let configuration: PCConfiguration
    /// Told when the host could not read or write a sector; the guest has got an error status.
    public var diskError: (String) -> Void = { _ in }

    public init(_ configuration: PCConfiguration) throws(PCError) {
        self.configuration = configuration
        do throws(vMEM.SetupError) {
            vm = try VM(
                memorySize: configuration.memorySize, deviceMemory: Self.deviceMemory(configuration),
                cpuModel: configuration.cpuModel,
                processors: configuration.cpuModel.hasLocalAPIC ? configuration.processors : 1)
            vm.random = RandomSource(seed: configuration.seed)
            vm.seedSchedule(configuration.seed)
        } catch {
            if case .hostRefused(let size, _) = error { throw .hostMemory(size) }
            throw .memorySize(configuration.memorySize)
        }
        let io = vm.io
        interpreter = Interpreter(vm: vm)
        vm.start(with: interpreter)
        interpreter.disassemble = { bytes, size, address in
            Disassembler().line(bytes, at: address, codeSize: size).text
        }
        pit = PIT8254(events: io.events)
        rtc = RTC(start: configuration.startDate, events: io.events)
        keyboardController = I8042(events: io.events)
        keyboard = PS2Keyboard(events: io.events, input: io.input)
        mouse = PS2Mouse(events: io.events, input: io.input)
        serial = UART16550(name: "serial0", base: 0x3F8, events: io.events, input: io.input)
        secondSerial =
            configuration.hasSecondSerial
            ? UART16550(name: "serial1", base: 0x2F8, events: io.events, input: io.input) : nil
        systemControl = SystemControl(events: io.events)
        apics =
            configuration.cpuModel.hasLocalAPIC
            ? (0..<vm.processors).map {
                LocalAPIC(number: $0, hasDeadline: configuration.cpuModel.hasTSCDeadline, events: io.events)
            } : []
        hpet = HPET(events: io.events)
        vga = Self.makeVGA(vm)
        let disks = configuration.disks + [nil, nil, nil, nil]
        let discs = (configuration.discDrives + [nil, nil, nil, nil]).map { $0.map { CDDrive(medium: $0.disc) } }
        ide = [
            ATAChannel(
                name: "ata0", base: 0x1F0, disks: Array(disks[0..<2]), packetDrives: Array(discs[0..<2]),
                events: io.events),
            ATAChannel(
                name: "ata1", base: 0x170, disks: Array(disks[2..<4]), packetDrives: Array(discs[2..<4]),
                events: io.events),
        ]
        floppy = FloppyController(events: io.events)
        pci = Self.makeChipset(vm, drives: ide, vga: vga, videoROM: configuration.videoROM)
        try insertFloppies()
        try mapFirmware()
        do throws(vMEM.SetupError) { try mapAPICs() } catch { throw .firmwareSize(configuration.firmware.count) }
        do throws(PortBus.OverlapError) { try mapPorts() } catch { throw .overlap(error.description) }
        connect()
        setCMOS()
        setFirmwareItems()
        try setKernel()
        let devices: [any Device] = [
            pic, pit, rtc, keyboardController, keyboard, mouse, serial, dma, systemControl, postCode, debugConsole,
            ide[0], ide[1], floppy, vga, coprocessorError,
            firmwareConfig,
        ]
        for device in devices + interruptDevices { io.add(device) }
        if let secondSerial { io.add(secondSerial) }
        do throws(PortBus.OverlapError) { try connectPCI() } catch { throw .overlap(error.description) }
        try fitPCIDevices()
        try fitTestDevice()
        installTables()
        installSMBIOS()
        vm.disks = snapshotDisks()
    }

    // MARK: Engines

    public func useInterpreter() throws(EngineError) { try vm.use(interpreter) }

    /// Moves the machine, as it stands, to the host's CPU.
    public func useKVM() throws(EngineError) { try vm.use(try makeKVM()) }

    /// The KVM engine, which does not drive the machine yet.
    public func makeKVM() throws(EngineError) -> KVMEngine {
        if let kvm { return kvm }
        do throws(KVMError) {
            let made = try KVMEngine(vm: vm, assistant: interpreter)
            kvm = made
            return made
        } catch {
            throw EngineError(error.description)
        }
    }

    private func insertFloppies() throws(PCError) {
        for (drive, storage) in configuration.floppies.prefix(2).enumerated() {
            guard let storage else { continue }
            guard floppy.insert(storage, into: drive) != nil else {
                throw .floppySize(drive: drive, sectors: storage.sectorCount)
            }
        }
    }

    /// The ROM ends at 1 MiB (as much as fits there), and at 4 GiB or where the address lines of an 80286 end.
    private func mapFirmware() throws(PCError) {
        let rom = configuration.firmware
        guard [64, 128, 256].contains(rom.count / 1024), rom.count % 1024 == 0 else {
            throw .firmwareSize(rom.count)
        }
        do throws(vMEM.SetupError) {
            try vm.memory.mapMMIO(vga, at: 0xA0000, size: VGA.windowSize, name: "vga")
            let low = Array(rom.suffix(128 << 10))
            try vm.memory.mapROM(low, at: (1 << 20) - UInt64(low.count), name: "bios")
            let top: UInt64 = vm.cpuModel.generation < .i80386 ? 1 << 24 : 1 << 32
            try vm.memory.mapROM(rom, at: top - UInt64(rom.count), name: "bios-high")
        } catch {
            throw .firmwareSize(rom.count)
        }
    }

    private func mapPorts() throws(PortBus.OverlapError) {
        let ports = vm.io.ports
        try ports.map(0x00...0x0F, name: "dma", to: dma)
        try ports.map(0x20...0x21, name: "pic", to: pic)
        try ports.map(0x40...0x43, name: "pit", to: pit)
        try ports.map(0x60...0x60, name: "i8042", to: keyboardController)
        try ports.map(0x61...0x61, name: "port61", to: systemControl)
        try ports.map(0x64...0x64, name: "i8042", to: keyboardController)
        try ports.map(0x70...0x71, name: "rtc", to: rtc)
        try ports.map(0x80...0x80, name: "post", to: postCode)
        try ports.map(0x81...0x8F, name: "dma pages", to: dma)
        try ports.map(0x92...0x92, name: "port92", to: systemControl)
        try ports.map(0xA0...0xA1, name: "pic", to: pic)
        try ports.map(0xC0...0xDF, name: "dma", to: dma)
        try ports.map(0xF0...0xF1, name: "coprocessor", to: coprocessorError)
        try ports.map(0xE9...0xE9, name: "debugcon", to: debugConsole)
        try ports.map(0x3F8...0x3FF, name: "serial0", to: serial)
        if let secondSerial { try ports.map(0x2F8...0x2FF, name: "serial1", to: secondSerial) }
        try ports.map(0x170...0x177, name: "ata1", width: 4, to: ide[1])
        try ports.map(0x1F0...0x1F7, name: "ata0", width: 4, to: ide[0])
        try ports.map(0x376...0x376, name: "ata1", to: ide[1])
        for range: ClosedRange<UInt16> in [
            0x3B4...0x3B5, 0x3BA...0x3BA, 0x3C0...0x3CF, 0x3D4...0x3D5, 0x3DA...0x3DA,
        ] {
            try ports.map(range, name: "vga", to: vga)
        }
        try ports.map(0x3F0...0x3F5, name: "fdc", to: floppy)
        try ports.map(0x3F6...0x3F6, name: "ata0", to: ide[0])
        // Bits 6-0 of a read belonged to the hard disk's drive address register, which ATA-2 dropped: they float.
        try ports.map(0x3F7...0x3F7, name: "fdc", to: floppy)
        try ports.map(0x402...0x402, name: "debugcon", to: debugConsole)
        try ports.map(0x481...0x48B, name: "dma pages", to: dma)
        try ports.map(0x4D0...0x4D1, name: "pic", to: pic)
        try ports.map(FirmwareConfig.Port510.registers, name: "fwcfg", width: 2, to: firmwareConfig)
        try ports.map(FirmwareConfig.Port510.dmaRegisters, name: "fwcfg", width: 4, to: firmwareConfig)
        let shutdown = BochsShutdown()
        shutdown.ask = { [unowned self] in vm.io.ask(for: $0) }
        try ports.map(0x8900...0x8900, name: "bochs shutdown", to: shutdown)
        vm.io.add(shutdown)
        if let fitted = configuration.debugExit {
            let exit = DebugExit(base: fitted.base, size: fitted.size)
            exit.ask = { [unowned self] in vm.io.ask(for: $0) }
            try ports.map(exit.ports, name: "isa-debug-exit", width: 4, to: exit)
            vm.io.add(exit)
        }
    }

    private func connect() {
        let io = vm.io
        // The chips belong to `io`: whoever they call must not be kept alive by them.
        connectAPICs()
        coprocessorError.interrupt = { [unowned self] in setIRQ(13, $0) }
        io.numericError = { [unowned self] in coprocessorError.setError($0) }
        io.ignoresNumericError = { [unowned self] in coprocessorError.ignores }
        connectTimers()
        keyboardController.connect(keyboard: keyboard, aux: mouse)
        keyboardController.interrupt = { [unowned self] in setIRQ(1, $0) }
        keyboardController.auxInterrupt = { [unowned self] in setIRQ(12, $0) }
        // Port 92h and the 8042 drive one gate; the last change counts.
        keyboardController.a20 = { [unowned self] in vm.memory.setA20($0) }
        keyboardController.resetRequest = { [unowned io] in io.ask(for: .reset(source: "the 8042's reset line")) }
        serial.interrupt = { [unowned self] in setIRQ(4, $0) }
        secondSerial?.interrupt = { [unowned self] in setIRQ(3, $0) }
        floppy.interrupt = { [unowned self] in setIRQ(6, $0) }
        floppy.deviceToMemory = { [unowned self] in dma.deviceToMemory(channel: 2, $0) }
        floppy.memoryToDevice = { [unowned self] in dma.memoryToDevice(channel: 2) }
        ide[0].interrupt = { [unowned self] in setIRQ(14, $0) }
        ide[1].interrupt = { [unowned self] in setIRQ(15, $0) }
        for channel in ide { channel.hostError = { [unowned self] in diskError($0) } }
        floppy.hostError = { [unowned self] in diskError($0) }
        systemControl.timerGate = { [unowned self] in pit.setGate2($0) }
        systemControl.timerOutput = { [unowned self] in pit.outputLevel(2) }
        systemControl.a20 = { [unowned self] in vm.memory.setA20($0) }
        systemControl.resetRequest = { [unowned io] in io.ask(for: .reset(source: "port 92h")) }
        let memory = vm.memory
        dma.readMemory = { [unowned memory] in memory.busRead($0, count: $1) }
        dma.writeMemory = { [unowned memory] in memory.load($1, at: $0) }
        firmwareConfig.readMemory = { [unowned memory] address, count in
            memory.isPlain(address, count: count) ? memory.busRead(address, count: count) : nil
        }
        firmwareConfig.writeMemory = { [unowned memory] address, bytes in
            guard memory.isPlain(address, count: bytes.count) else { return false }
            memory.load(bytes, at: address)
            return true
        }
    }

    /// What the firmware reads of the machine, in the cells that QEMU and Bochs use too.
    private func setCMOS() {
        let kilobytes = configuration.memorySize >> 10
        func word(_ index: Int, _ value: UInt64) {
            rtc.setCMOS(index, UInt8(truncatingIfNeeded: value))
            rtc.setCMOS(index + 1, UInt8(truncatingIfNeeded: value >> 8))
        }
        word(0x15, min(kilobytes, 640))
        let extended = kilobytes > 1024 ? min(kilobytes - 1024, 0xFC00) : 0
        word(0x17, extended)
        word(0x30, extended)
        let low = min(configuration.memorySize, vMEM.lowMemoryEnd)
        word(0x34, low > 16 << 20 ? min((low - (16 << 20)) >> 16, 0xFFFF) : 0)
        // Above 4 GiB, in 64 KiB units, three bytes.
        let high =
            configuration.memorySize > vMEM.lowMemoryEnd ? (configuration.memorySize - vMEM.lowMemoryEnd) >> 16 : 0
        rtc.setCMOS(0x5B, UInt8(truncatingIfNeeded: high))
        rtc.setCMOS(0x5C, UInt8(truncatingIfNeeded: high >> 8))
        rtc.setCMOS(0x5D, UInt8(truncatingIfNeeded: high >> 16))
        // Drive types, A in the high nibble, and the equipment byte: drives - 1 in bits 7-6, bit 0 when there are any.
        let types = (0..<2).map { floppy.format(of: $0)?.driveType ?? 0 }
        rtc.setCMOS(0x10, types[0] << 4 | types[1])
        let fitted = UInt8(truncatingIfNeeded: types.filter { $0 != 0 }.count)
        // Bit 1: an FPU. Bit 2: a mouse.
        let coprocessor: UInt8 = configuration.cpuModel.hasFPU ? 2 : 0
        rtc.setCMOS(0x14, (fitted == 0 ? 0 : (fitted - 1) << 6 | 1) | coprocessor | 4)
        let codes: [Character: UInt8] = ["a": 1, "c": 2, "d": 3]
        let order = configuration.bootOrder.compactMap { codes[$0] }
        let first = order.first ?? 2, second = order.dropFirst().first ?? 0, third = order.dropFirst(2).first ?? 0
        rtc.setCMOS(0x3D, second << 4 | first)
        rtc.setCMOS(0x38, third << 4)
        rtc.updateChecksum()
    }
}
