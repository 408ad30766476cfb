/// What may be written to IA32_APIC_BASE: bits 8 BSP, 10 EXTD, 11 EN, and the address of the registers (SDM 3A 11.4.4, and
/// 11.12.5 for the ways between the modes).
public enum APICBaseChange: Equatable, Sendable {
    /// The new value.
    case allowed(UInt64)
    /// Bits are set that this CPU does not have.
    case reserved
    /// There is no such way between the modes.
    case refused(rule: String)
}

extension CPUModel {
    public func change(ofAPICBase old: UInt64, to value: UInt64) -> APICBaseChange {
        let bootstrap: UInt64 = 1 << 8, extended: UInt64 = 1 << 10, enable: UInt64 = 1 << 11
        let beyond = UInt64.max << UInt64(physicalAddressBits)
        guard value & (beyond | 0x2FF | (hasExtendedAPIC ? 0 : extended)) == 0 else { return .reserved }
        if value & (enable | extended) == extended { return .refused(rule: "x2APIC mode needs the APIC enabled") }
        if old & enable == 0, value & extended != 0 {
            return .refused(rule: "a disabled APIC goes to xAPIC mode first")
        }
        if old & extended != 0, value & (enable | extended) == enable {
            return .refused(rule: "there is no way back from x2APIC to xAPIC mode")
        }
        // BSP tells which processor this is, and stays.
        return .allowed(value & ~bootstrap | old & bootstrap)
    }
}
