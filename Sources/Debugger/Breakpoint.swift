import Machine

/// A breakpoint or watchpoint with what decides whether it stops.
public struct Breakpoint: Equatable, Sendable {
    public enum Place: Equatable, Sendable {
        case linear(UInt64)
        case physical(UInt64)
        /// Stops only when CS and the instruction pointer have these values.
        case far(selector: UInt16, offset: UInt64)
        /// Physical range.
        case watch(start: UInt64, count: UInt64, reads: Bool, writes: Bool)
    }

    public struct Condition: Equatable, Sendable {
        public let text: String
        public let expression: Expression
    }

    /// From 1, shared by breakpoints and watchpoints, never used twice.
    public let number: Int
    public let place: Place
    /// Removed when it stops.
    public let isTemporary: Bool
    public var isEnabled = true
    public var condition: Condition?
    /// How often it was met with its condition true.
    public var hits: UInt64 = 0
    /// Meetings that will not stop.
    public var ignore: UInt64 = 0

    public var isWatch: Bool {
        if case .watch = place { return true }
        return false
    }

    /// `linear 00007C00`, `write B8000 (2 bytes)`
    var placeText: String {
        switch place {
        case .linear(let address): return "linear " + hexadecimal(address, digits: 8)
        case .physical(let address): return "physical " + hexadecimal(address, digits: 8)
        case .far(let selector, let offset):
            return "at " + hexadecimal(UInt64(selector), digits: 4) + ":" + hexadecimal(offset, digits: 4)
        case .watch(let start, let count, let reads, let writes):
            let kind = reads ? (writes ? "access" : "read") : "write"
            return "\(kind) \(hexadecimal(start, digits: 8)) (\(count) byte\(count == 1 ? "" : "s"))"
        }
    }

    /// The line that `info break` prints.
    var line: String {
        var text = "\(number)  " + (isWatch ? "watchpoint" : isTemporary ? "temporary " : "breakpoint")
        text += isEnabled ? "  on   " : "  off  "
        text += placeText
        if let condition { text += "  if \(condition.text)" }
        text += "  hits \(hits)"
        if ignore > 0 { text += "  ignoring \(ignore) more" }
        return text
    }
}

extension Debugger {
    /// Adds one and returns it.
    @discardableResult
    func add(_ place: Breakpoint.Place, temporary: Bool = false, condition: Breakpoint.Condition? = nil) -> Breakpoint {
        let breakpoint = Breakpoint(
            number: nextNumber, place: place, isTemporary: temporary, condition: condition)
        nextNumber += 1
        breakpoints.append(breakpoint)
        installWatches()
        return breakpoint
    }

    func index(of number: UInt64) throws(DebuggerError) -> Int {
        guard let index = breakpoints.firstIndex(where: { UInt64($0.number) == number }) else {
            throw DebuggerError("there is no breakpoint \(number); 'info break' lists them")
        }
        return index
    }

    func installWatches() {
        var ranges: [WatchRange] = []
        for point in breakpoints where point.isEnabled {
            guard case .watch(let start, let count, let reads, let writes) = point.place else { continue }
            ranges.append(WatchRange(number: point.number, start: start, count: count, reads: reads, writes: writes))
        }
        if vm.memory.watches != ranges { vm.memory.watches = ranges }
    }

    /// Linear addresses at which the engine must stop so that every enabled breakpoint is seen.
    var breakpointAddresses: Set<UInt64> {
        var set: Set<UInt64> = []
        for point in breakpoints where point.isEnabled {
            switch point.place {
            case .linear(let address): set.insert(address)
            case .physical(let address):
                set.insert(address)
                // With the gate closed, the odd megabytes lead to the even ones.
                set.insert(address | 1 << 20)
            case .far(let selector, let offset):
                set.insert(((UInt64(selector) << 4) &+ offset) & 0xFFFF_FFFF)
                set.insert(offset & 0xFFFF_FFFF)
                set.insert((vm.cpu.cs.base &+ offset) & 0xFFFF_FFFF)
                if let base = try? DescriptorTables(vm).base(of: selector) {
                    set.insert((base &+ offset) & 0xFFFF_FFFF)
                }
            case .watch: break
            }
        }
        return set
    }

    /// Whether the instruction that runs next is at the breakpoint.
    private func isAt(_ place: Breakpoint.Place) -> Bool {
        let cpu = vm.cpu, linear = cpu.linearInstructionPointer
        switch place {
        case .linear(let address): return linear == address
        case .physical(let address): return GuestMemory(vm).physical(linear) == address
        case .far(let selector, let offset): return cpu.cs.selector == selector && cpu.rip == offset
        case .watch: return false
        }
    }

    /// The first enabled breakpoint at CS:IP that stops now; counts the hits of all of them.
    func breakpointHere() -> Stop? {
        var stop: Stop?
        var removed: [Int] = []
        for index in breakpoints.indices where breakpoints[index].isEnabled && isAt(breakpoints[index].place) {
            let (stops, problem) = count(index)
            guard stops else { continue }
            if stop == nil { stop = .breakpoint(number: breakpoints[index].number, problem: problem) }
            if breakpoints[index].isTemporary { removed.append(breakpoints[index].number) }
        }
        if !removed.isEmpty { breakpoints.removeAll { removed.contains($0.number) } }
        return stop
    }

    /// The watchpoint stop that these hits make, nil when conditions or ignore counts say go on.
    func watchStop(_ hits: [WatchHit]) -> Stop? {
        var stopping: [WatchHit] = []
        var seen: Set<Int> = []
        var problem: String?
        for hit in hits {
            guard let index = breakpoints.firstIndex(where: { $0.number == hit.number }) else { continue }
            if seen.contains(hit.number) {
                if stopping.contains(where: { $0.number == hit.number }) { stopping.append(hit) }
                continue
            }
            seen.insert(hit.number)
            let (stops, trouble) = count(index)
            if stops { stopping.append(hit) }
            problem = problem ?? trouble
        }
        return stopping.isEmpty ? nil : .watchpoint(stopping, problem: problem)
    }

    /// Evaluates the condition and counts; a condition that cannot be computed stops and says why.
    private func count(_ index: Int) -> (stops: Bool, problem: String?) {
        if let condition = breakpoints[index].condition {
            do throws(DebuggerError) {
                guard try Evaluator(vm: vm).value(condition.expression) != 0 else { return (false, nil) }
            } catch {
                breakpoints[index].hits &+= 1
                return (true, "its condition '\(condition.text)' cannot be computed: \(error.description)")
            }
        }
        breakpoints[index].hits &+= 1
        if breakpoints[index].ignore > 0 {
            breakpoints[index].ignore -= 1
            return (false, nil)
        }
        return (true, nil)
    }
}
