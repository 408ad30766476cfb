import Machine
import X86ISA

extension Interpreter {
    /// The general handler of an operation; nil for one that this CPU does not have.
    static func generalHandler(for operation: Operation, repeats: Bool) -> Handler? {
        switch operation {
        case .mov: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.mov(i) } }
        case .movzx: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movzx(i) } }
        case .movsx: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movsx(i) } }
        case .xchg: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.xchg(i) } }
        case .lea: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lea(i) } }
        case .xlat: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.xlat(i) } }
        case .cbw: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cbw(i) } }
        case .cwd: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cwd(i) } }
        case .lahf: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lahf(i) } }
        case .sahf: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sahf(i) } }
        case .bswap: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bswap(i) } }
        case .xadd: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.xadd(i) } }
        case .cmpxchg: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmpxchg(i) } }
        case .cmpxchg8b: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmpxchg8b(i) } }
        case .push: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.push(i) } }
        case .pop: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.pop(i) } }
        case .pusha: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.pusha(i) } }
        case .popa: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.popa(i) } }
        case .pushf: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.pushf(i) } }
        case .enter: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.enter(i) } }
        case .leave: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.leave(i) } }
        case .add: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.add(i) } }
        case .or: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.or(i) } }
        case .adc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.adc(i) } }
        case .sbb: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sbb(i) } }
        case .and: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.and(i) } }
        case .sub: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sub(i) } }
        case .xor: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.xor(i) } }
        case .cmp: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmp(i) } }
        case .test: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.test(i) } }
        case .inc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.inc(i) } }
        case .dec: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.dec(i) } }
        case .neg: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.neg(i) } }
        case .not: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.not(i) } }
        case .mul: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.mul(i) } }
        case .imul: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.imul(i) } }
        case .div: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.div(i) } }
        case .idiv: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.idiv(i) } }
        case .imul2: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.imul2(i) } }
        case .imul3: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.imul3(i) } }
        case .aaa: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.aaa(i) } }
        case .aas: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.aas(i) } }
        case .aad: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.aad(i) } }
        case .aam: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.aam(i) } }
        case .daa: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.daa(i) } }
        case .das: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.das(i) } }
        case .salc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.salc(i) } }
        case .rol: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.rol(i) } }
        case .ror: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.ror(i) } }
        case .rcl: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.rcl(i) } }
        case .rcr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.rcr(i) } }
        case .shl: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.shl(i) } }
        case .shr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.shr(i) } }
        case .sar: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sar(i) } }
        case .shld: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.shld(i) } }
        case .shrd: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.shrd(i) } }
        case .bt: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bt(i) } }
        case .bts: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bts(i) } }
        case .btr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.btr(i) } }
        case .btc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.btc(i) } }
        case .bsf: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bsf(i) } }
        case .bsr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bsr(i) } }
        case .setcc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.setcc(i) } }
        case .bound: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.bound(i) } }
        case .clc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.clc(i) } }
        case .stc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.stc(i) } }
        case .cmc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmc(i) } }
        case .cld: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cld(i) } }
        case .std: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.std(i) } }
        case .nop: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.nop(i) } }
        case .wait: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.wait(i) } }
        case .cpuid: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cpuid(i) } }
        case .rdtsc: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.rdtsc(i) } }
        case .rdmsr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.rdmsr(i) } }
        case .escape: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.escape(i) } }
        case .movControlStore:
            return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movControlStore(i) } }
        case .movDebugStore: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movDebugStore(i) } }
        case .movSegmentStore:
            return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movSegmentStore(i) } }
        case .pushSegment: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.pushSegment(i) } }
        case .sldt: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sldt(i) } }
        case .str: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.str(i) } }
        case .lar: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lar(i) } }
        case .lsl: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lsl(i) } }
        case .arpl: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.arpl(i) } }
        case .smsw: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.smsw(i) } }
        case .sal: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.shl(i) } }
        case .movs:
            return repeats
                ? { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movs(i) } }
                : { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movs(i) } }
        case .cmps:
            return repeats
                ? { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmps(i) } }
                : { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cmps(i) } }
        case .stos:
            return repeats
                ? { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.stos(i) } }
                : { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.stos(i) } }
        case .lods:
            return repeats
                ? { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lods(i) } }
                : { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lods(i) } }
        case .scas:
            return repeats
                ? { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.scas(i) } }
                : { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.scas(i) } }
        case .jcc: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.jcc(i) } }
        case .jmp: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.jmp(i) } }
        case .jmpIndirect: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.jmpIndirect(i) } }
        case .jmpFar: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.jmpFar(i) } }
        case .call: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.call(i) } }
        case .callIndirect: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.callIndirect(i) } }
        case .callFar: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.callFar(i) } }
        case .ret: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.ret(i) } }
        case .retFar: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.retFar(i) } }
        case .iret: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.iret(i) } }
        case .loop: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loop(i) } }
        case .loope: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loope(i) } }
        case .loopne: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loopne(i) } }
        case .jcxz: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.jcxz(i) } }
        case .int: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.int(i) } }
        case .int1: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.int1(i) } }
        case .int3: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.int3(i) } }
        case .into: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.into(i) } }
        case .movSegmentLoad:
            return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movSegmentLoad(i) } }
        case .popSegment: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.popSegment(i) } }
        case .movControlLoad:
            return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movControlLoad(i) } }
        case .movDebugLoad: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.movDebugLoad(i) } }
        case .lmsw: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lmsw(i) } }
        case .clts: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.clts(i) } }
        case .popf: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.popf(i) } }
        case .sti: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.sti(i) } }
        case .cli: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cli(i) } }
        case .hlt: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.hlt(i) } }
        case .`in`: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.`in`(i) } }
        case .out: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.out(i) } }
        case .ins: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.ins(i) } }
        case .outs: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.outs(i) } }
        case .lldt: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.lldt(i) } }
        case .ltr: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.ltr(i) } }
        case .wrmsr: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.wrmsr(i) } }
        case .lds: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loadFarPointer(i, .ds) } }
        case .les: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loadFarPointer(i, .es) } }
        case .lfs: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loadFarPointer(i, .fs) } }
        case .lgs: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loadFarPointer(i, .gs) } }
        case .lss: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.loadFarPointer(i, .ss) } }
        case .lgdt:
            return {
                terminal($0, $1, $2, $3) { (c, i) throws(Exception) in c.file.pointee.gdtr = try c.loadTable(i, "LGDT")
                }
            }
        case .lidt:
            return {
                terminal($0, $1, $2, $3) { (c, i) throws(Exception) in c.file.pointee.idtr = try c.loadTable(i, "LIDT")
                }
            }
        case .invd: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cacheControl("INVD") } }
        case .wbinvd: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cacheControl("WBINVD") } }
        case .invlpg: return { terminal($0, $1, $2, $3) { (c, i) throws(Exception) in try c.cacheControl("INVLPG") } }
        case .sgdt:
            return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.storeTable(i, c.file.pointee.gdtr) } }
        case .sidt:
            return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.storeTable(i, c.file.pointee.idtr) } }
        case .verr: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.verify(i, writing: false) } }
        case .verw: return { general($0, $1, $2, $3) { (c, i) throws(Exception) in try c.verify(i, writing: true) } }
        case .invalid, .movTestStore, .movTestLoad, .rsm, .ud2: return nil
        }
    }
}
