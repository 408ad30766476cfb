/// IRQ 0-15 as wires that several sources may pull: a line is active while any of them has it active.
///
/// No state of the machine: each source drives its level again when it is restored.
public final class InterruptLines {
    public enum Source: UInt8 {
        /// The one ISA device that an IRQ belongs to.
        case isa = 1
        /// The router of PCI interrupts.
        case pci = 2
        /// The system control interrupt of ACPI.
        case powerManagement = 4
        /// pc-testdev
        case testDevice = 8
    }

    private var sources = [UInt8](repeating: 0, count: 16)

    /// The level of the whole line; nil for a number that there is not.
    func set(_ number: Int, _ level: Bool, by source: Source) -> Bool? {
        guard sources.indices.contains(number) else { return nil }
        if level { sources[number] |= source.rawValue } else { sources[number] &= ~source.rawValue }
        return sources[number] != 0
    }
}
