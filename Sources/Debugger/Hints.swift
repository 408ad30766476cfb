import Machine
import X86ISA

/// Rules that recognise common mistakes in what a machine left behind. A hint may be wrong; it says what it saw.
public struct Hints {
    let vm: VM
    public init(_ vm: VM) { self.vm = vm }

    /// The first rule that fits, as a sentence without its full stop; nil where none does.
    public func hint(for ending: Ending) -> String? {
        guard case .tripleFault = ending.kind else { return nil }
        return missingOrigin(ending) ?? emptyInterruptTable(ending)
    }

    /// Where the BIOS loads a boot sector.
    private static let origin: UInt64 = 0x7C00

    /// LGDT or LIDT in the boot sector reads its pointer below 7C00h, and 7C00h further on there is a sound one.
    private func missingOrigin(_ ending: Ending) -> String? {
        guard let first = ending.faults.first, (Self.origin..<Self.origin + 512).contains(first.linear) else {
            return nil
        }
        let memory = GuestMemory(vm)
        for start in Self.origin..<Self.origin + 507 {
            // 0F 01 /2 or /3 with a 16-bit address and no register.
            let bytes = memory.bytes(linear: start, count: 5)
            guard bytes[0] == 0x0F, bytes[1] == 0x01, bytes[2] == 0x16 || bytes[2] == 0x1E else { continue }
            let given = UInt64(bytes[3]) | UInt64(bytes[4]) << 8
            guard given < 512, let low = try? memory.integer(linear: given, width: 2),
                let meant = try? memory.integer(linear: given &+ Self.origin, width: 2)
            else { continue }
            // A table's limit is one less than a multiple of 8.
            guard low & 7 != 7, meant & 7 == 7, meant > 7 else { continue }
            let name = bytes[2] == 0x16 ? "LGDT" : "LIDT"
            return
                "\(name) at \(hexadecimal(start, digits: 4))h reads its pointer from \(hexadecimal(given, digits: 4))h and "
                + "finds a limit of \(hexadecimal(low, digits: 4))h; 7C00h further on, at "
                + "\(hexadecimal(given + Self.origin, digits: 4))h, there is one with limit \(hexadecimal(meant, digits: 4))h. "
                + "It looks as if 'org 0x7C00' were missing in the boot sector"
        }
        return nil
    }

    /// An exception came before the guest had an IDT.
    private func emptyInterruptTable(_ ending: Ending) -> String? {
        guard ending.faults.count > 1, vm.cpu.isProtected, vm.cpu.idtr.limit < 8 * 32 - 1,
            case .idtLimit = ending.faults[1].exception.reason
        else { return nil }
        return
            "the IDT has no gates for exceptions (IDTR.limit \(hexadecimal(UInt64(vm.cpu.idtr.limit)))h), so the first "
            + "exception ends the run; the cause is exception 1 of the chain"
    }
}
