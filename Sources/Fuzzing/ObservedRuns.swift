import Interpreter
import Machine
import X86ISA

/// Where a run stopped at a breakpoint, or should.
struct BreakpointStop: Equatable {
    var tick: UInt64
    var linear: UInt64
    var instructions: UInt64

    /// A REP that goes on after an event stands at its breakpoint again: whether it stops there once more is free.
    static func withoutRepeats(_ stops: [BreakpointStop]) -> [BreakpointStop] {
        var kept: [BreakpointStop] = []
        for stop in stops where kept.last?.linear != stop.linear || kept.last?.instructions != stop.instructions {
            kept.append(stop)
        }
        return kept
    }
}

/// The breakpoints that a run in single ticks comes by.
struct BreakpointPasses {
    private let addresses: Set<UInt64>
    private(set) var stops: [BreakpointStop] = []

    init(_ fuzzCase: FuzzCase) {
        if case .breakpoints(let list) = fuzzCase.observation { addresses = Set(list) } else { addresses = [] }
    }

    mutating func visit(_ vm: VM) {
        guard !addresses.isEmpty else { return }
        let linear = vm.cpu.linearInstructionPointer
        guard addresses.contains(linear), vm.runsNext else { return }
        stops.append(BreakpointStop(tick: vm.io.events.now, linear: linear, instructions: vm.instructions))
    }
}

/// Runs of a case as under a debugger: stops and steps must not change the run, and none may be missed.
enum ObservedRuns {
    /// Runs by `stepInstruction`, with whole REPs where no event falls into them.
    static func checkSteps(
        _ fuzzCase: FuzzCase, _ whole: CaseRunner.Outcome, _ coverage: inout CodeCoverage
    ) throws -> String? {
        let machine = try FuzzMachine(fuzzCase), end = fuzzCase.ticks
        return try machine.use { vm in
            var stop = vm.run(until: 0), broken: String?
            while stop == .limit, vm.io.events.now < end, broken == nil {
                coverage.visit(vm)
                if canStep(vm, end) {
                    vm.io.attention = false
                    if case .ended(let ending) = machine.interpreter.stepInstruction() {
                        stop = .ended(ending)
                    } else {
                        // Events and requests that are due.
                        stop = vm.run(until: vm.io.events.now)
                    }
                } else {
                    stop = vm.run(until: vm.io.events.now + 1)
                }
                broken = vm.cpu.inconsistency
            }
            return try compare(fuzzCase, whole, vm, try CaseRunner.outcome(vm, stop, broken), "by single steps")
        }
    }

    /// No event lies within the instruction that is next.
    private static func canStep(_ vm: VM, _ end: UInt64) -> Bool {
        let cpu = vm.cpu, linear = cpu.linearInstructionPointer
        guard cpu.halted == 0 else { return false }
        guard vm.runsNext else { return true }
        for address in [linear, linear &+ 14] {
            // What a device gives as code is known only once it is fetched.
            if case .mmio = vm.memory.target(of: address & 0xFFFF_FFFF & vm.memory.a20Mask) { return false }
        }
        guard let instruction = try? Decoder(cpu.codeSize).decode(vm.memory.peek(linear, count: 15)),
            instruction.prefixes.contains(.rep) || instruction.prefixes.contains(.repne)
        else { return true }
        let count = cpu[register: 1] & (instruction.addressSize == 2 ? 0xFFFF : 0xFFFF_FFFF)
        return count + 1 < min(vm.io.events.next, end) - vm.io.events.now
    }

    /// Stops exactly where the run in single ticks came by a breakpoint.
    static func checkBreakpoints(
        _ fuzzCase: FuzzCase, _ whole: CaseRunner.Outcome, _ addresses: Set<UInt64>, _ passes: [BreakpointStop]
    ) throws -> String? {
        let machine = try FuzzMachine(fuzzCase)
        machine.interpreter.breakpoints = addresses
        return try machine.use { vm in
            var stops: [BreakpointStop] = [], stop = VM.Stop.limit, broken: String?
            while broken == nil {
                stop = vm.run(until: fuzzCase.ticks)
                broken = vm.cpu.inconsistency
                guard case .breakpoint(let linear) = stop else { break }
                guard linear == vm.cpu.linearInstructionPointer, addresses.contains(linear) else {
                    return "stopped at a breakpoint that is not there: \(hexadecimal(linear))"
                }
                stops.append(BreakpointStop(tick: vm.io.events.now, linear: linear, instructions: vm.instructions))
                guard stops.count <= passes.count else { break }
            }
            let found = BreakpointStop.withoutRepeats(stops), wanted = BreakpointStop.withoutRepeats(passes)
            if found != wanted {
                let place = zip(found, wanted).prefix { $0 == $1 }.count
                return "stop \(place) of \(wanted.count) at a breakpoint: "
                    + "\(found.dropFirst(place).first.map { "\($0)" } ?? "none") instead of "
                    + "\(wanted.dropFirst(place).first.map { "\($0)" } ?? "none")"
            }
            return try compare(fuzzCase, whole, vm, try CaseRunner.outcome(vm, stop, broken), "with breakpoints")
        }
    }

    /// The hits are the same however the run is cut, and no watched byte changes without one.
    static func checkWatches(
        _ fuzzCase: FuzzCase, _ whole: CaseRunner.Outcome, _ watches: [FuzzCase.Watch]
    ) throws -> String? {
        let ranges = watches.enumerated().map { number, watch in
            WatchRange(
                number: number, start: watch.start, count: watch.count, reads: watch.reads, writes: watch.writes)
        }
        var lists: [[WatchHit]] = []
        for inPieces in [false, true] {
            let name = "watched" + (inPieces ? " in pieces" : "")
            let problem = try FuzzMachine(fuzzCase).use { vm -> String? in
                vm.memory.watches = ranges
                var hits: [WatchHit] = [], stop = VM.Stop.limit, broken: String?
                while vm.io.events.now < fuzzCase.ticks, broken == nil {
                    let before = inPieces ? contents(fuzzCase, ranges, vm) : [:]
                    stop = vm.run(until: inPieces ? vm.io.events.now + 1 : fuzzCase.ticks)
                    var found: [WatchHit] = []
                    if case .watchpoint(let list) = stop { found = list }
                    if inPieces, let missed = missed(before, contents(fuzzCase, ranges, vm), found) {
                        return name + ": " + missed + " changed without a hit at tick \(vm.io.events.now)"
                    }
                    hits += found
                    if case .watchpoint = stop { stop = vm.run(until: vm.io.events.now) }
                    broken = vm.cpu.inconsistency
                    guard stop == .limit else { break }
                }
                lists.append(hits)
                return try compare(fuzzCase, whole, vm, try CaseRunner.outcome(vm, stop, broken), name)
            }
            if let problem { return problem }
        }
        guard lists[0] != lists[1] else { return nil }
        let place = zip(lists[0], lists[1]).prefix { $0 == $1 }.count
        return "hit \(place): \(lists[0].dropFirst(place).first.map { "\($0)" } ?? "none") | "
            + "\(lists[1].dropFirst(place).first.map { "\($0)" } ?? "none")"
    }

    /// The watched bytes of RAM that only instructions and deliveries can change.
    private static func contents(_ fuzzCase: FuzzCase, _ ranges: [WatchRange], _ vm: VM) -> [UInt64: UInt8] {
        guard fuzzCase.kind == .bare else { return [:] }
        var bytes: [UInt64: UInt8] = [:]
        for range in ranges where range.writes && range.count <= 64 {
            for address in range.start..<range.start + range.count where address < vm.memory.size {
                // What the device writes by itself, its window and its ROM.
                guard !(0x6000..<0x6400).contains(address), !(0x9000..<0xB000).contains(address) else { continue }
                bytes[address] = vm.memory.ram.load(fromByteOffset: Int(address), as: UInt8.self)
            }
        }
        return bytes
    }

    private static func missed(_ before: [UInt64: UInt8], _ after: [UInt64: UInt8], _ hits: [WatchHit]) -> String? {
        // More than that are not kept.
        guard hits.count < 16 else { return nil }
        for (address, byte) in before.sorted(by: { $0.key < $1.key }) where after[address] != byte {
            let isHit = hits.contains { $0.isWrite && address &- $0.physical < UInt64($0.width) }
            if !isHit { return "byte \(hexadecimal(address))" }
        }
        return nil
    }

    private static func compare(
        _ fuzzCase: FuzzCase, _ whole: CaseRunner.Outcome, _ vm: VM, _ other: CaseRunner.Outcome, _ how: String
    ) throws -> String? {
        if whole == other { return nil }
        if let broken = other.inconsistency { return "\(how): \(broken) at " + CaseRunner.describe(other.cpu) }
        return try FuzzMachine(fuzzCase).use { undisturbed in
            _ = undisturbed.run(until: fuzzCase.ticks)
            return "\(how):\n" + CaseRunner.difference(whole, other)
                + (try CaseRunner.contentDifference(undisturbed, vm))
        }
    }
}
