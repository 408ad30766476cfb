import KVMEngine
import Machine
import Testing

/// What this host's KVM can do, for tests that need it.
enum KVMHost {
    private static let report = HostReport()
    static let isSoftware = report.isSoftware
    /// Why KVM cannot run here.
    static let obstacle = report.obstacle
    static let comment = Comment(rawValue: "skipped without KVM: \(obstacle ?? "it is there")")
}

/// A machine of 1 MiB that KVM drives.
struct SmallMachine {
    let vm: VM
    let engine: KVMEngine

    /// `code` stands at 0000:7C00, where the machine does, in real mode.
    init(_ code: [UInt8] = [0xEB, 0xFE]) throws {
        vm = try VM(memorySize: 1 << 20)
        vm.memory.load(code, at: 0x7C00)
        vm.cpu = GuestState.real.cpu
        engine = try KVMEngine(vm: vm)
        try vm.use(engine)
    }
}
