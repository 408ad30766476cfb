/// Which of several processors runs, and until when.
///
/// They take turns: one runs for a slice of some thousand ticks, then the next that has something to do. All share one
/// clock, so that each of n busy processors has an n-th of its speed. A slice ends between two instructions, so every
/// instruction, locked or not, is atomic for the others. `--seed` varies the lengths, and with them who comes first;
/// the same seed gives the same run. A slice ends early when its processor halts or executes PAUSE.
public struct ProcessorSchedule: Codable, Equatable, Sendable {
    /// Tick at which the slice ends; never, where there is one processor.
    var end = UInt64.max
    /// Of the lengths.
    var random = RandomSource(seed: 0).state

    /// Ticks of the shortest slice, and how many more it may be.
    static let shortest: UInt64 = 4_000
    static let spread: UInt64 = 4_096

    mutating func start(at now: UInt64) {
        var source = RandomSource(seed: 0)
        source.state = random
        end = now &+ Self.shortest &+ source.next() % Self.spread
        random = source.state
    }
}

extension VM {
    /// `--seed`: other slices.
    public func seedSchedule(_ seed: UInt64) {
        schedule.random = RandomSource(seed: seed ^ 0x5CED_0000).state
        if processors > 1 { schedule.end = 0 }
    }

    /// The processor that runs has nothing more to do for now (PAUSE).
    public func endSlice() {
        guard processors > 1 else { return }
        schedule.end = io.events.now
        io.attention = true
    }

    func isIdle(_ cpu: UnsafePointer<CPUFile>, interruptLine: Bool) -> Bool {
        guard cpu.pointee.halted != 0, cpu.pointee.pendingEvent == 0 else { return false }
        return !(interruptLine && cpu.pointee.rflags & UInt64(Flags.interrupt) != 0)
    }

    /// Stays with the processor that runs while its slice lasts and it has something to do, else goes on to the next that
    /// has. Where none has, all stays as it is.
    func chooseProcessor() {
        let now = io.events.now
        let file = UnsafePointer(block.assumingMemoryBound(to: CPUFile.self))
        if now < schedule.end, !isIdle(file, interruptLine: io.interruptLine) { return }
        let last = io.processor
        for step in 1...processors {
            let number = (last + step) % processors
            let isWorking =
                number == io.processor
                ? !isIdle(file, interruptLine: io.interruptLine)
                : io.pins[number].hasSignal
                    || withUnsafePointer(to: parked[number]) { !isIdle($0, interruptLine: io.pins[number].interrupt) }
            guard isWorking else { continue }
            select(number)
            schedule.start(at: now)
            if io.hasSignal { takeSignals() }
            io.attention = false
            // A signal that it could not take: the next one's turn.
            if !isIdle(file, interruptLine: io.interruptLine) { return }
        }
    }

    /// Puts the registers of another processor into CPUFile's place.
    func select(_ number: Int) {
        guard number != io.processor else { return }
        parked[io.processor] = cpu
        block.storeBytes(of: parked[number], as: CPUFile.self)
        memory.useTranslations(of: number)
        io.select(number)
        engine?.processorChanged()
    }

    /// RESET of all: the first one runs.
    func resetProcessors() {
        parked = (0..<processors).map { .afterReset(cpuModel, processor: $0) }
        memory.useTranslations(of: 0)
        io.select(0)
        for buffer in memory.translationBuffers { buffer.invalidateAll() }
        for apic in io.localAPICs { apic.timeStampOffset = 0 }
        schedule.end = 0
    }

    /// Registers of a processor, whether it runs now or not.
    public func registers(ofProcessor number: Int) -> CPUFile {
        number == io.processor || !parked.indices.contains(number) ? cpu : parked[number]
    }
}
