import Machine
import X86ISA

extension Interpreter {
    /// There is a handler for it.
    package static func knows(_ instruction: Instruction) -> Bool { general(for: instruction) != nil }

    /// How an instruction is run with every check; nil for one that no CPU of ours has.
    static func general(for instruction: Instruction) -> GeneralForm? {
        general(for: instruction.operation, repeats: instruction.repeatsString)
    }

    /// How an operation is run with every check; nil for one that this CPU does not have.
    static func general(for operation: Operation, repeats: Bool) -> GeneralForm? {
        switch operation {
        case .mov: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.mov(i) } }
        case .movzx: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movzx(i) } }
        case .movsx: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movsx(i) } }
        case .xchg: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xchg(i) } }
        case .lea: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lea(i) } }
        case .xlat: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xlat(i) } }
        case .cbw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cbw(i) } }
        case .cwd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cwd(i) } }
        case .lahf: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lahf(i) } }
        case .sahf: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sahf(i) } }
        case .bswap: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bswap(i) } }
        case .xadd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xadd(i) } }
        case .cmpxchg: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmpxchg(i) } }
        case .cmpxchg8b: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmpxchg8b(i) } }
        case .push: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.push(i) } }
        case .pop: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pop(i) } }
        case .pusha: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pusha(i) } }
        case .popa: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.popa(i) } }
        case .pushf: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pushf(i) } }
        case .enter: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.enter(i) } }
        case .leave: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.leave(i) } }
        case .add: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.add(i) } }
        case .or: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.or(i) } }
        case .adc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.adc(i) } }
        case .sbb: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sbb(i) } }
        case .and: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.and(i) } }
        case .sub: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sub(i) } }
        case .xor: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.xor(i) } }
        case .cmp: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmp(i) } }
        case .test: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.test(i) } }
        case .inc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.inc(i) } }
        case .dec: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.dec(i) } }
        case .neg: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.neg(i) } }
        case .not: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.not(i) } }
        case .mul: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.mul(i) } }
        case .imul: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.imul(i) } }
        case .div: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.div(i) } }
        case .idiv: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.idiv(i) } }
        case .imul2: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.imul2(i) } }
        case .imul3: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.imul3(i) } }
        case .aaa: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aaa(i) } }
        case .aas: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aas(i) } }
        case .aad: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aad(i) } }
        case .aam: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aam(i) } }
        case .daa: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.daa(i) } }
        case .das: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.das(i) } }
        case .salc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.salc(i) } }
        case .rol: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rol(i) } }
        case .ror: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ror(i) } }
        case .rcl: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rcl(i) } }
        case .rcr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rcr(i) } }
        case .shl: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shl(i) } }
        case .shr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shr(i) } }
        case .sar: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sar(i) } }
        case .shld: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shld(i) } }
        case .shrd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shrd(i) } }
        case .bt: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bt(i) } }
        case .bts: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bts(i) } }
        case .btr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.btr(i) } }
        case .btc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.btc(i) } }
        case .bsf: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bsf(i) } }
        case .bsr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bsr(i) } }
        case .setcc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.setcc(i) } }
        case .bound: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.bound(i) } }
        case .clc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.clc(i) } }
        case .stc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.stc(i) } }
        case .cmc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmc(i) } }
        case .cld: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cld(i) } }
        case .std: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.std(i) } }
        case .nop: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pause(i) } }
        case .wait: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.wait(i) } }
        case .cpuid: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cpuid(i) } }
        case .rdtsc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdtsc(i) } }
        case .rdmsr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.rdmsr(i) } }
        case .movControlStore:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movControlStore(i) } }
        case .movDebugStore: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movDebugStore(i) } }
        case .movSegmentStore:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movSegmentStore(i) } }
        case .pushSegment: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pushSegment(i) } }
        case .sldt: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sldt(i) } }
        case .str: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.str(i) } }
        case .lar: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lar(i) } }
        case .lsl: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lsl(i) } }
        case .arpl: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.arpl(i) } }
        case .smsw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.smsw(i) } }
        case .sal: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shl(i) } }
        case .movs:
            return repeats
                ? .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.movs(i) } }
                : .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.movs(i) } }
        case .cmps:
            return repeats
                ? .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.cmps(i) } }
                : .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cmps(i) } }
        case .stos:
            return repeats
                ? .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.stos(i) } }
                : .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.stos(i) } }
        case .lods:
            return repeats
                ? .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.lods(i) } }
                : .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lods(i) } }
        case .scas:
            return repeats
                ? .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.scas(i) } }
                : .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.scas(i) } }
        case .jcc: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.jcc(i) } }
        case .jmp: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.jmp(i) } }
        case .jmpIndirect: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.jmpIndirect(i) } }
        case .jmpFar: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.jmpFar(i) } }
        case .call: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.call(i) } }
        case .callIndirect: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.callIndirect(i) } }
        case .callFar: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.callFar(i) } }
        case .ret: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.ret(i) } }
        case .retFar: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.retFar(i) } }
        case .iret: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.iret(i) } }
        case .loop: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.loop(i) } }
        case .loope: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.loope(i) } }
        case .loopne: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.loopne(i) } }
        case .jcxz: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.jcxz(i) } }
        case .int: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.int(i) } }
        case .int1: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.int1(i) } }
        case .int3: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.int3(i) } }
        case .into: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.into(i) } }
        case .movSegmentLoad:
            return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.movSegmentLoad(i) } }
        case .popSegment: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.popSegment(i) } }
        case .movControlLoad:
            return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.movControlLoad(i) } }
        case .movDebugLoad: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.movDebugLoad(i) } }
        case .lmsw: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.lmsw(i) } }
        case .clts: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.clts(i) } }
        case .popf: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.popf(i) } }
        case .sti: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.sti(i) } }
        case .cli: return .near { attempt($0, $1) { (c, i) throws(Exception) in try c.cli(i) } }
        case .hlt: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.hlt(i) } }
        case .`in`: return .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.`in`(i) } }
        case .out: return .passing { attempt($0, $1) { (c, i) throws(Exception) in try c.out(i) } }
        case .ins: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.ins(i) } }
        case .outs: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.outs(i) } }
        case .lldt: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.lldt(i) } }
        case .ltr: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.ltr(i) } }
        case .wrmsr: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.wrmsr(i) } }
        case .lds: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.loadFarPointer(i, .ds) } }
        case .les: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.loadFarPointer(i, .es) } }
        case .lfs: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.loadFarPointer(i, .fs) } }
        case .lgs: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.loadFarPointer(i, .gs) } }
        case .lss: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.loadFarPointer(i, .ss) } }
        case .lgdt:
            return .terminal {
                attempt($0, $1) { (c, i) throws(Exception) in c.file.pointee.gdtr = try c.loadTable(i, "LGDT")
                }
            }
        case .lidt:
            return .terminal {
                attempt($0, $1) { (c, i) throws(Exception) in c.file.pointee.idtr = try c.loadTable(i, "LIDT")
                }
            }
        case .invd: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.cacheControl("INVD") } }
        case .wbinvd: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.cacheControl("WBINVD") } }
        case .invlpg: return .terminal { attempt($0, $1) { (c, i) throws(Exception) in try c.invlpg(i) } }
        case .sgdt:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.storeTable(i, c.file.pointee.gdtr) } }
        case .sidt:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.storeTable(i, c.file.pointee.idtr) } }
        case .verr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.verify(i, writing: false) } }
        case .verw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.verify(i, writing: true) } }
        default:
            return operation.isX87 ? x87(operation) : later(operation)
        }
    }
}
