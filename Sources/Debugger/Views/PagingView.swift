import Machine

/// Page tables and the guest's TLB in words.
struct PagingView {
    let vm: VM

    private func hex(_ value: UInt64) -> String { hexadecimal(value, digits: 8) }

    private func rights(_ leaf: PageLeaf) -> String {
        var words = [leaf.isUser ? "user" : "supervisor", leaf.isWritable ? "writable" : "read-only"]
        if leaf.forbidsFetch { words.append("no execution") }
        if leaf.isGlobal { words.append("global") }
        if leaf.isLarge { words.append("of a large page") }
        return words.joined(separator: ", ")
    }

    /// Each entry on the way from a linear address, and where it leads.
    func translation(of linear: UInt64) -> [String] {
        let memory = GuestMemory(vm)
        guard vm.cpu.cr0 & ControlBits.paging != 0 else {
            return [
                "linear \(hex(linear)) is physical \(hex(memory.physical(linear))): paging is off, there is only the A20 gate"
            ]
        }
        var lines: [String] = []
        do throws(PageFault) {
            let leaf = try memory.walk(linear) { step in
                lines.append("level \(step.level): entry at \(hex(step.address)) is \(hex(step.entry))")
            }
            lines.append("linear \(hex(linear)) is physical \(hex(leaf.physical | linear & 4095)): \(rights(leaf))")
        } catch {
            lines.append("linear \(hex(linear)) leads nowhere: \(error.sentence)")
        }
        return lines
    }

    /// What the TLB holds, 4 KiB a line.
    var translations: [String] {
        let words = vm.memory.translations.words
        guard !words.isEmpty else { return ["the TLB holds nothing"] }
        return stride(from: 0, to: words.count, by: 3).map { place in
            let leaf = PageLeaf(bits: words[place + 1] & ~0x800)
            let kind = words[place + 1] & 0x800 != 0 ? "fetch" : "data"
            return
                "\(kind) \(hex(words[place] & ~4095)) is \(hex(leaf.physical)), PCID \(words[place] & 4095): \(rights(leaf))"
        }
    }
}
