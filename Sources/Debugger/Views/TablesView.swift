import Machine

/// GDT, LDT, IDT and IVT as lines of text.
struct TablesView {
    let vm: VM

    private func word(_ value: UInt64) -> String { hexadecimal(value, digits: 8) }

    /// `first` and `last` are indices; without them, all entries but the zero ones.
    func descriptors(isLocal: Bool, _ range: ClosedRange<UInt64>?) -> [String] {
        let cpu = vm.cpu
        if isLocal, !cpu.ldtr.isPresent || !cpu.isProtected { return ["no LDT is loaded"] }
        let base = isLocal ? cpu.ldtr.base : cpu.gdtr.base
        let limit = isLocal ? UInt64(cpu.ldtr.limit) : UInt64(cpu.gdtr.limit)
        let name = isLocal ? "LDT" : "GDT"
        var lines = ["\(name) base \(word(base)) limit \(hexadecimal(limit, digits: 4))"]
        let count = (limit + 1) / 8
        let tables = DescriptorTables(vm)
        var zeros = 0
        for index in 0..<min(count, 8192) {
            if let range, !range.contains(index) { continue }
            let selector = UInt16(truncatingIfNeeded: index << 3 | (isLocal ? 4 : 0))
            guard let entry = try? tables.read(at: base &+ index &* 8, selector) else { continue }
            if entry.low == 0, entry.high == 0, range == nil {
                zeros += 1
                continue
            }
            lines.append(hexadecimal(UInt64(selector), digits: 4) + "  " + text(entry))
        }
        if count == 0 { lines.append("the limit is too small for one descriptor") }
        if zeros > 0 { lines.append("(\(zeros) entries of zeros)") }
        return lines
    }

    private func text(_ entry: DescriptorEntry) -> String {
        if entry.isGate {
            return "to \(hexadecimal(UInt64(entry.gateSelector), digits: 4)):\(word(entry.gateOffset)) \(entry.kind)"
        }
        return "base \(word(entry.base)) limit \(word(UInt64(entry.limit))) \(entry.kind)"
    }

    func interrupts(_ range: ClosedRange<UInt64>?) -> [String] {
        let cpu = vm.cpu
        guard cpu.isProtected else { return vectors(range) }
        var lines = ["IDT base \(word(cpu.idtr.base)) limit \(hexadecimal(UInt64(cpu.idtr.limit), digits: 4))"]
        let count = (UInt64(cpu.idtr.limit) + 1) / 8
        var zeros = 0
        for vector in 0..<min(count, 256) {
            if let range, !range.contains(vector) { continue }
            guard let entry = try? DescriptorTables(vm).read(at: cpu.idtr.base &+ vector &* 8, 0) else { continue }
            if entry.low == 0, entry.high == 0, range == nil {
                zeros += 1
                continue
            }
            lines.append(hexadecimal(vector, digits: 2) + "  " + text(entry))
        }
        if count == 0 { lines.append("the limit is too small for one gate") }
        if zeros > 0 { lines.append("(\(zeros) entries of zeros)") }
        return lines
    }

    /// The real-mode table at IDTR.base.
    func vectors(_ range: ClosedRange<UInt64>?) -> [String] {
        let cpu = vm.cpu
        let base = cpu.isProtected ? 0 : cpu.idtr.base
        var lines = ["IVT base \(word(base))"]
        for vector in 0..<UInt64(256) {
            if let range, !range.contains(vector) { continue }
            guard let entry = try? GuestMemory(vm).integer(linear: base &+ vector &* 4, width: 4) else { continue }
            if entry == 0, range == nil { continue }
            lines.append(
                hexadecimal(vector, digits: 2) + "  " + hexadecimal(entry >> 16, digits: 4) + ":"
                    + hexadecimal(entry & 0xFFFF, digits: 4))
        }
        return lines
    }

    /// The stacks of a 16- or 32-bit TSS.
    func task() -> [String] {
        let cpu = vm.cpu
        guard cpu.isProtected, cpu.tr.isPresent else { return ["no TSS is loaded"] }
        let wide = cpu.tr.type >= 9
        var lines = [
            "TSS \(hexadecimal(UInt64(cpu.tr.selector), digits: 4)) base \(word(cpu.tr.base)) limit "
                + "\(word(UInt64(cpu.tr.limit))), \(wide ? "32" : "16")-bit"
        ]
        for level in 0..<UInt64(3) {
            let place = cpu.tr.base &+ (wide ? 4 + level * 8 : 2 + level * 4)
            guard let pointer = try? GuestMemory(vm).integer(linear: place, width: wide ? 4 : 2),
                let stack = try? GuestMemory(vm).integer(linear: place &+ (wide ? 4 : 2), width: 2)
            else { continue }
            lines.append(
                "stack of CPL \(level): \(hexadecimal(stack, digits: 4)):\(hexadecimal(pointer, digits: wide ? 8 : 4))")
        }
        if wide, let map = try? GuestMemory(vm).integer(linear: cpu.tr.base &+ 102, width: 2) {
            lines.append(
                map > UInt64(cpu.tr.limit)
                    ? "no I/O permission map" : "I/O permission map at offset \(hexadecimal(map, digits: 4))")
        }
        return lines
    }
}
