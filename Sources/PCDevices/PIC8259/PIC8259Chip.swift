import Machine

/// One 8259A. All of it is plain data, so that it is its own `State`.
///
/// Source: Intel 8259A datasheet (231468), sections "Interrupt sequence", "Initialization command words" and
/// "Operation command words".
public struct PIC8259Chip: Codable, Equatable, Sendable {
    /// Levels of the input pins IR0-IR7.
    public internal(set) var lines: UInt8 = 0
    /// Edges that came and were not acknowledged yet.
    public internal(set) var edges: UInt8 = 0
    /// In-service register.
    public internal(set) var isr: UInt8 = 0
    /// Interrupt mask register.
    public internal(set) var imr: UInt8 = 0
    /// Edge/level control register, ports 4D0h and 4D1h: 1 is level.
    public internal(set) var elcr: UInt8 = 0
    /// ICW1: bit 0 IC4, bit 1 SNGL, bit 3 LTIM.
    public internal(set) var icw1: UInt8 = 0
    /// ICW2: T7-T3 of the vector.
    public internal(set) var base: UInt8 = 0
    /// ICW3: which inputs have a slave (master), or the identity in bits 0-2 (slave).
    public internal(set) var icw3: UInt8 = 0
    /// ICW4: bit 1 AEOI, bit 4 SFNM.
    public internal(set) var icw4: UInt8 = 0
    /// Number of the ICW that is awaited, 0 when initialised.
    public internal(set) var awaitedICW: UInt8 = 0
    /// The level with the lowest priority; after it comes the highest.
    public internal(set) var lowestPriority: UInt8 = 7
    /// OCW3: special mask mode.
    public internal(set) var specialMask = false
    /// OCW3: reads of the even port give ISR instead of IRR.
    public internal(set) var readsISR = false
    /// OCW3: the next read is a poll.
    public internal(set) var polled = false
    /// OCW2: rotate in automatic EOI mode.
    public internal(set) var rotatesOnAutoEOI = false

    /// After power-on nothing is defined until ICW1; all masked keeps a machine quiet whose firmware does not start it.
    init() { imr = 0xFF }

    /// Bits of `icw1`.
    enum ICW1 {
        static let needsICW4: UInt8 = 0x01
        static let single: UInt8 = 0x02
        static let level: UInt8 = 0x08
        static let select: UInt8 = 0x10
    }
    /// Bits of `icw4`.
    enum ICW4 {
        static let autoEOI: UInt8 = 0x02
        static let specialFullyNested: UInt8 = 0x10
    }

    public var isSingle: Bool { icw1 & ICW1.single != 0 }
    public var autoEOI: Bool { icw4 & ICW4.autoEOI != 0 }
    public var specialFullyNested: Bool { icw4 & ICW4.specialFullyNested != 0 }

    private var levelMask: UInt8 { icw1 & ICW1.level != 0 ? 0xFF : elcr }

    /// Interrupt request register. In both modes a request lasts only while its input is high ("the IR inputs must
    /// remain high until after the falling edge of the first INTA").
    public var irr: UInt8 { (edges & ~levelMask | levelMask) & lines }

    mutating func setLine(_ index: Int, _ level: Bool) {
        let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: index & 7)
        if level {
            if lines & bit == 0 { edges |= bit }
            lines |= bit
        } else {
            lines &= ~bit
            edges &= ~bit
        }
    }

    /// Levels from the highest priority to the lowest.
    private func level(atRank rank: UInt8) -> UInt8 { (lowestPriority &+ 1 &+ rank) & 7 }

    /// The request that INT stands for now. `cascadeMask`: inputs with a slave on them, which under special fully
    /// nested mode are not held back by their own in-service bit.
    private func pendingLevel(cascadeMask: UInt8) -> UInt8? {
        guard awaitedICW == 0 else { return nil }
        let requests = irr & ~imr
        guard requests != 0 else { return nil }
        // In special mask mode a masked level in service holds nothing back.
        let blocking = specialMask ? isr & ~imr : isr
        for rank in 0..<UInt8(8) {
            let candidate = level(atRank: rank)
            let bit: UInt8 = 1 &<< candidate
            let nested = specialFullyNested && cascadeMask & bit != 0
            if requests & bit != 0, blocking & bit == 0 || nested { return candidate }
            if blocking & bit != 0 { return nil }
        }
        return nil
    }

    /// INT, the output pin.
    func interrupt(isMaster: Bool) -> Bool { pendingLevel(cascadeMask: isMaster ? icw3 : 0) != nil }

    /// First INTA pulse: moves the highest request in service. Nil when the request has gone: the chip then answers
    /// with level 7 and no in-service bit.
    mutating func acknowledge(isMaster: Bool) -> UInt8? {
        guard let taken = pendingLevel(cascadeMask: isMaster ? icw3 : 0) else { return nil }
        let bit: UInt8 = 1 &<< taken
        edges &= ~bit
        if autoEOI {
            if rotatesOnAutoEOI { lowestPriority = taken }
        } else {
            isr |= bit
        }
        return taken
    }

    mutating func read(isDataPort: Bool, isMaster: Bool) -> UInt8 {
        if polled {
            polled = false
            // Poll word: bit 7 says that there is a request, bits 0-2 which. The read acts as INTA.
            guard let taken = acknowledge(isMaster: isMaster) else { return 0 }
            return 0x80 | taken
        }
        if isDataPort { return imr }
        return readsISR ? isr : irr
    }

    mutating func write(_ value: UInt8, isDataPort: Bool) {
        switch (isDataPort, awaitedICW) {
        case (false, _) where value & ICW1.select != 0: writeICW1(value)
        case (false, _) where value & 0x08 != 0: writeOCW3(value)
        case (false, _): writeOCW2(value)
        case (true, 2):
            base = value & 0xF8
            awaitedICW = isSingle ? (icw1 & ICW1.needsICW4 != 0 ? 4 : 0) : 3
        case (true, 3):
            icw3 = value
            awaitedICW = icw1 & ICW1.needsICW4 != 0 ? 4 : 0
        case (true, 4):
            icw4 = value & 0x1F
            awaitedICW = 0
        default: imr = value
        }
    }

    private mutating func writeICW1(_ value: UInt8) {
        icw1 = value & 0x1F
        // Datasheet, "Initialization command word 1": edge sense reset, IMR cleared, IR7 lowest, slave identity 7,
        // special mask mode off, status read set to IRR, without IC4 all of ICW4 is zero.
        edges = 0
        isr = 0
        imr = 0
        icw3 = 7
        lowestPriority = 7
        specialMask = false
        readsISR = false
        polled = false
        rotatesOnAutoEOI = false
        icw4 = 0
        awaitedICW = 2
    }

    private mutating func writeOCW2(_ value: UInt8) {
        let named = value & 7
        switch value >> 5 {  // R, SL, EOI
        case 0b000: rotatesOnAutoEOI = false
        case 0b100: rotatesOnAutoEOI = true
        case 0b001: endOfInterrupt(highestInService, rotate: false)
        case 0b101: endOfInterrupt(highestInService, rotate: true)
        case 0b011: endOfInterrupt(named, rotate: false)
        case 0b111: endOfInterrupt(named, rotate: true)
        case 0b110: lowestPriority = named
        default: break  // 010 is "no operation"
        }
    }

    /// What a non-specific EOI ends; in special mask mode a masked level is not cleared by it.
    private var highestInService: UInt8? {
        let candidates = specialMask ? isr & ~imr : isr
        return (0..<UInt8(8)).map { level(atRank: $0) }.first { candidates & (1 &<< $0) != 0 }
    }

    private mutating func endOfInterrupt(_ ended: UInt8?, rotate: Bool) {
        guard let ended else { return }
        isr &= ~(1 &<< ended)
        if rotate { lowestPriority = ended }
    }

    private mutating func writeOCW3(_ value: UInt8) {
        // ESMM lets SMM take effect; RR lets RIS.
        if value & 0x40 != 0 { specialMask = value & 0x20 != 0 }
        if value & 0x04 != 0 { polled = true }
        if value & 0x02 != 0 { readsISR = value & 0x01 != 0 }
    }
}
