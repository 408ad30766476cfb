import Machine
import X86ISA

/// Comparing the two machines behind a step, and telling what differs.
extension LockstepRun {
    enum Extent {
        /// What is due by the options, and what cannot wait.
        case due
        case everything
        /// As after an end within an instruction, where each engine stands at another place.
        case memoryAlone
    }

    /// Compares, and lets the leader go on where the follower may be ahead. Nil when all is well.
    func firstDifference() -> Stop? {
        guard let first = difference(of: .due) else { return nil }
        // The leader's steps move away from the place that is to be told.
        var best = first
        while catchUp() {
            if case .unsupported? = leaderEnding?.kind {
                return .refused("interpreter: \(leaderEnding?.sentence ?? "")")
            }
            guard let found = difference(of: .due) else { return leaderEnding.map { .ended($0) } }
            if best.movesPointer, !found.movesPointer { best = found }
        }
        guard isKnown(best) else { return .difference(best) }
        resynchronise()
        return nil
    }

    /// Nil when what is compared is the same, with what is open made the same.
    func difference(of extent: Extent) -> LockstepDifference? {
        var items: [LockstepDifference.Item] = []
        if let access = record.end() { items.append(.access(access)) }
        if let offered { items.append(.interrupt(vector: offered)) }
        let isDue = extent != .due || !items.isEmpty || steps &- lastComparison >= options.every || cannotWait
        // An instruction that failed is where something may be left behind.
        let isMemoryDue =
            extent != .due || steps &- lastMemoryComparison >= options.everyMemory
            || leaderSteps.contains { $0.isFault }
        guard isDue || isMemoryDue else { return nil }
        engine.settle()
        var open: UndefinedResults?
        if extent != .memoryAlone {
            compareRegisters(&items, &open)
            compareLines(&items, &open)
        }
        guard items.isEmpty else { return report(items, firstStep: lastComparison &+ 1) }
        lastComparison = steps
        record.forgetLines()
        guard isMemoryDue else { return nil }
        let looksAtAll = extent != .due || steps / options.everyMemory & 63 == 0
        let bytes = memory.allDifferences(resident: looksAtAll)
        guard bytes.isEmpty else {
            let start = bytes.allSatisfy(memory.isMarked) ? lastMemoryComparison : lastResidentComparison
            return report(bytes.map { Self.item($0) }, firstStep: start &+ 1)
        }
        lastMemoryComparison = steps
        if looksAtAll { lastResidentComparison = steps }
        return nil
    }

    /// Something is open, or the follower may be ahead: the next step would make a difference of it.
    private var cannotWait: Bool {
        guard let last = leaderSteps.last else { return false }
        if leaderSteps.count > 1 || last.vector != nil || last.isFault { return true }
        let cpu = leader.block.assumingMemoryBound(to: CPUFile.self)
        if cpu.pointee.stiShadow | cpu.pointee.stackShadow != 0 { return true }
        guard let operation = instruction(0)?.operation else { return true }
        switch operation {
        case .int, .int1, .int3, .into: return true
        default: return UndefinedResults.isPossible(operation)
        }
    }

    // MARK: Registers

    private func compareRegisters(_ items: inout [LockstepDifference.Item], _ open: inout UndefinedResults?) {
        guard !registers.agree(leader.block, follower.block) else { return }
        let differences = registers.differences(leader.block, follower.block)
        let results = open ?? openResults()
        open = results
        var real: [LockstepDifference.Item] = []
        for difference in differences {
            let mask = Self.mask(difference.field, results)
            guard (difference.leader ^ difference.follower) & ~mask != 0 else { continue }
            let follower = Self.hiding(mask, of: difference.follower, difference.leader)
            real.append(.register(difference.field.name, leader: difference.leader, follower: follower))
        }
        items += real
        guard real.isEmpty else { return }
        counts.open += 1
        var cpu = follower.cpu
        for difference in differences { cpu[difference.field] = difference.leader }
        follower.cpu = cpu
    }

    /// The bits of a field that may differ.
    private static func mask(_ field: RegisterField, _ open: UndefinedResults) -> UInt64 {
        if field.name == "rflags" { return UInt64(open.flags) }
        guard field.offset < 16 * 8 else { return 0 }
        return open.registers.reduce(0) { $1.number * 8 == field.offset ? $0 | $1.mask : $0 }
    }

    /// What the leader's steps left open, all together.
    private func openResults() -> UndefinedResults {
        var all = UndefinedResults()
        let after = leader.block.assumingMemoryBound(to: CPUFile.self).pointee
        for (index, step) in leaderSteps.enumerated() where step.vector == nil {
            guard let instruction = instruction(index) else { continue }
            // A fault leaves nothing of its instruction; a trap comes behind it.
            guard !step.isFault || step.isTrap else { continue }
            let next = index + 1 < leaderSteps.count ? before[index + 1] : after
            all.add(UndefinedResults(instruction, before: before[index], after: next, hasOwnClock: hasOwnClock))
            // RF within a REP that goes on.
            if index == 0, instruction.repeatsString, next.rip == before[0].rip { all.flags |= Flags.resume }
        }
        return all
    }

    // MARK: Memory

    private func compareLines(_ items: inout [LockstepDifference.Item], _ open: inout UndefinedResults?) {
        var last = -1
        for line in record.lines where line != last {
            last = line
            if !memory.agree(line: line) { compare(line, &items, &open) }
        }
        // The stack's top, before and after: where a push may be that the leader has not made.
        compareStack(before.pointee, &last, &items, &open)
        compareStack(leader.block.assumingMemoryBound(to: CPUFile.self).pointee, &last, &items, &open)
    }

    @inline(__always)
    private func compareStack(
        _ cpu: borrowing CPUFile, _ last: inout Int, _ items: inout [LockstepDifference.Item],
        _ open: inout UndefinedResults?
    ) {
        let line = stackOffset(cpu, 0).map { $0 >> AccessRecord.lineShift } ?? -1
        guard line >= 0, line != last, !record.lines.contains(line) else { return }
        last = line
        if !memory.agree(line: line) { compare(line, &items, &open) }
    }

    /// Offset into RAM of what lies `distance` bytes above the stack's top; nil where that is not known without a page walk.
    private func stackOffset(_ cpu: borrowing CPUFile, _ distance: UInt64) -> Int? {
        guard cpu.cr0 & ControlBits.paging == 0 else { return nil }
        let mask: UInt64 = cpu.ss.isBig ? 0xFFFF_FFFF : 0xFFFF
        return ramOffset((cpu.ss.base &+ ((cpu.general.4 &+ distance) & mask)) & 0xFFFF_FFFF)
    }

    private func ramOffset(_ linear: UInt64) -> Int? {
        let physical = linear & leader.memory.a20Mask
        return physical < min(leader.memory.size, vMEM.lowMemoryEnd) ? Int(physical) : nil
    }

    private func compare(_ line: Int, _ items: inout [LockstepDifference.Item], _ open: inout UndefinedResults?) {
        let results = open ?? openResults()
        open = results
        let differences = memory.differences(line: line)
        let masks = openBytes(results)
        let real = differences.compactMap { byte in
            let mask = masks.reduce(0 as UInt8) { $1.offset == byte.offset ? $0 | $1.mask : $0 }
            return (byte.leader ^ byte.follower) & ~mask != 0 ? Self.item(byte, mask: mask) : nil
        }
        guard real.isEmpty else {
            items += real
            return
        }
        counts.open += 1
        memory.copy(differences)
    }

    /// Bytes of memory that may differ, and in which bits.
    private func openBytes(_ open: UndefinedResults) -> [(offset: Int, mask: UInt8)] {
        var list: [(offset: Int, mask: UInt8)] = []
        for range in open.memory {
            for index in 0..<range.count {
                if let offset = ramOffset((range.linear &+ index) & 0xFFFF_FFFF) { list.append((offset, 0xFF)) }
            }
        }
        // The flags that a trap or interrupt behind the instruction has pushed: above IP and CS of 16 or of 32 bits.
        guard open.flags != 0, let last = leaderSteps.last, last.isFault || leaderSteps.count > 1 else { return list }
        let cpu = leader.block.assumingMemoryBound(to: CPUFile.self).pointee
        for distance: UInt64 in [4, 8] {
            for index in 0..<2 as Range<UInt64> {
                let mask = UInt8(truncatingIfNeeded: open.flags >> UInt32(index * 8))
                if let offset = stackOffset(cpu, distance + index) { list.append((offset, mask)) }
            }
        }
        return list
    }

    /// Bits that may differ are shown as if they did not.
    private static func hiding<T: FixedWidthInteger>(_ mask: T, of follower: T, _ leader: T) -> T {
        follower & ~mask | leader & mask
    }

    private static func item(_ byte: MemoryComparison.Difference, mask: UInt8 = 0) -> LockstepDifference.Item {
        .memory(
            physical: MemoryComparison.physical(byte.offset), leader: byte.leader,
            follower: hiding(mask, of: byte.follower, byte.leader))
    }

    // MARK: What is told

    func report(_ items: [LockstepDifference.Item], firstStep: UInt64? = nil) -> LockstepDifference {
        let isSame = engine.name == board.interpreter.name
        // Where the follower asks for what the leader never did, the leader has gone on in vain.
        let isExtra = items.contains { if case .access(let access) = $0 { access.leader == nil } else { false } }
        return LockstepDifference(
            leader: isSame ? "leader" : board.interpreter.name, follower: isSame ? "follower" : engine.name,
            step: steps, firstStep: min(firstStep ?? steps, steps), place: place(0),
            further: isExtra ? [] : leaderSteps.indices.dropFirst().map(place), followerFault: followerFault,
            items: items)
    }

    private func place(_ index: Int) -> LockstepDifference.Place {
        let cpu = before[index], step = leaderSteps[index]
        let bytes = Array(UnsafeRawBufferPointer(start: code + index * 16, count: step.codeCount))
        let line = Disassembler().line(bytes, at: cpu.rip, codeSize: cpu.codeSize)
        var place = LockstepDifference.Place(
            modeName: cpu.modeName, codeSelector: cpu.cs.selector, instructionPointer: cpu.rip,
            linear: cpu.linearInstructionPointer, bytes: Array(bytes.prefix(line.length)), text: line.text)
        place.flags = UInt32(truncatingIfNeeded: cpu.rflags)
        place.operation = line.instruction?.operation
        place.faults = step.faults
        place.event = step.vector.map { "interrupt \(hexadecimal(UInt64($0), digits: 2))h" }
        if place.event == nil, let fault = step.fault {
            place.event = fault.sentence
            place.reason = fault.exception.reason.name
        }
        return place
    }

    /// The vector of an exception to whose handler the follower's place points: an engine tells of none.
    private var followerFault: Vector? {
        let cpu = follower.cpu
        return [Vector.invalidOpcode, .generalProtection].first { vector in
            let size: UInt64 = cpu.isProtected ? 8 : 4
            let entry = follower.memory.peek(cpu.idtr.base &+ UInt64(vector.rawValue) * size, count: Int(size))
            let low = UInt64(entry[0]) | UInt64(entry[1]) << 8
            let middle = UInt16(entry[2]) | UInt16(entry[3]) << 8
            let high = cpu.isProtected ? UInt64(entry[6]) << 16 | UInt64(entry[7]) << 24 : 0
            let selector = cpu.cs.selector
            // Behind the handler's first instruction, at most.
            return (middle ^ selector) & ~3 == 0 && cpu.rip &- (high | low) <= 15
        }
    }

    // MARK: Known shortcomings

    func isKnown(_ difference: LockstepDifference) -> Bool {
        guard let met = options.shortcomings.first(where: { $0.matches(difference) }) else { return false }
        counts.shortcomings[met.name, default: 0] += 1
        return true
    }

    /// The follower goes on with all that the leader has.
    func resynchronise() {
        follower.io.setInterruptLine(false)
        offered = nil
        follower.memory.setA20(leader.memory.a20Mask == .max)
        follower.memory.takePlaces(of: leader.memory)
        while true {
            let bytes = memory.allDifferences(resident: true)
            if bytes.isEmpty { break }
            memory.copy(bytes)
        }
        follower.cpu = leader.cpu
        record.forgetLines()
        lastComparison = steps
        lastMemoryComparison = steps
        lastResidentComparison = steps
    }
}

extension LockstepDifference {
    /// The two do not go on at the same place.
    fileprivate var movesPointer: Bool {
        items.contains { item in
            if case .register("rip", _, _) = item { return true }
            return false
        }
    }
}

extension UndefinedResults {
    init() {}

    mutating func add(_ other: UndefinedResults) {
        flags |= other.flags
        registers += other.registers
        memory += other.memory
    }
}
