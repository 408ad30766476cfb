import Machine
import X86ISA

extension Interpreter {
    /// Operations that came after the Pentium.
    static func later(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .cmovcc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmovcc(i) } }
        case .movbe: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movbe(i) } }
        case .popcnt: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.popcnt(i) } }
        case .lzcnt: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lzcnt(i) } }
        case .tzcnt: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.tzcnt(i) } }
        case .andn:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.andn(i)
                }
            }
        case .bextr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.bextr(i)
                }
            }
        case .blsi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.blsi(i)
                }
            }
        case .blsmsk:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.blsmsk(i)
                }
            }
        case .blsr:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.blsr(i)
                }
            }
        case .bzhi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.bzhi(i)
                }
            }
        case .pdep:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.pdep(i)
                }
            }
        case .pext:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.pext(i)
                }
            }
        case .mulx:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.mulx(i)
                }
            }
        case .rorx:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.rorx(i)
                }
            }
        case .shlx:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.shlx(i)
                }
            }
        case .shrx:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.shrx(i)
                }
            }
        case .sarx:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.checkVEX()
                    try c.sarx(i)
                }
            }
        case .adcx: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.adcx(i) } }
        case .adox: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.adox(i) } }
        case .crc32: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.crc32(i) } }
        case .cmpxchg16b: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmpxchg16b(i) } }
        case .rdtscp: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdtscp(i) } }
        case .xgetbv: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xgetbv(i) } }
        case .rdpid: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdpid(i) } }
        case .rdrand, .rdseed: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdrand(i) } }
        case .monitor: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.monitor(i) } }
        case .mwait: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.mwait(i) } }
        case .rdpmc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdpmc(i) } }
        case .movsxd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movsx(i) } }
        case .movnti: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.mov(i) } }
        case .syscall: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.syscall(i) } }
        case .sysret: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.sysret(i) } }
        case .sysenter: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.sysenter(i) } }
        case .sysexit: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.sysexit(i) } }
        case .swapgs: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.swapgs(i) } }
        case .invpcid: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.invpcid(i) } }
        case .xsetbv: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.xsetbv(i) } }
        case .rdfsbase: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.readBase(i, .fs) } }
        case .rdgsbase: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.readBase(i, .gs) } }
        case .wrfsbase: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.writeBase(i, .fs) } }
        case .wrgsbase: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.writeBase(i, .gs) } }
        case .clac: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.setAccess(false) } }
        case .stac: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.setAccess(true) } }
        case .clflush, .clflushopt, .clwb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.flushLine(i) } }
        case .prefetch, .prefetchw, .prefetchnta, .prefetcht0, .prefetcht1, .prefetcht2, .endbr32, .endbr64, .lfence,
            .mfence,
            .sfence:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.nop(i) } }
        case .xsave: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xsave(i, optimises: false) } }
        case .xsaveopt:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xsave(i, optimises: true) } }
        case .xsavec:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.xsave(i, optimises: true, compacts: true) }
            }
        case .xsaves:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.xsave(i, optimises: true, compacts: true, isSupervisor: true)
                }
            }
        case .xrstor: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xrstor(i) } }
        case .xrstors:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xrstor(i, isSupervisor: true) } }
        default: return vector(operation)
        }
    }
}
