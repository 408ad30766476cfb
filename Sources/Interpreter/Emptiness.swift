import Glibc
import Machine
import X86ISA

/// Code that runs into memory that never was code: the end `stuck`.
extension Interpreter {
    static let emptiness = "4,096 instructions 00 00 lie ahead: this is no code"

    /// True at the first instruction of a page (or its second byte) when 8 KiB of zeros follow: 4,096 times `add [bx+si], al`.
    ///
    /// It is asked at page starts alone, where every trace begins, and of memory alone: so the end is the same however a
    /// run is cut, and nothing needs to be counted.
    func isEmptiness(at linear: UInt64) -> Bool {
        guard linear & 4095 <= 1 else { return false }
        var place = linear, left: UInt64 = 8192
        while left > 0 {
            let offset = place & 4095, count = min(left, 4096 - offset)
            guard let physical = core.physicalQuietly(place, fetch: true) else { return false }
            let page: Pointer
            switch memory.target(of: physical) {
            case .ram(let host), .rom(let host): page = host + Int(offset)
            case .mmio, .nothing: return false
            }
            // SAFETY: `offset` + `count` are within the page that `target` gave. All are zero when the first is and each
            // equals the one before it.
            guard page.load(as: UInt8.self) == 0, memcmp(page, page + 1, Int(count) - 1) == 0 else { return false }
            place = core.wrapped(place &+ count)
            left -= count
        }
        return true
    }
}

extension Instruction {
    /// `00 00` without a prefix.
    var isEmpty: Bool { opcode == 0 && modRM == 0 && length == 2 && map == 0 }
}
