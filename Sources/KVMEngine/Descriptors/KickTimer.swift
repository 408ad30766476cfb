import CKVM
import Glibc
import Synchronization

/// Gets a thread out of KVM_RUN at a point of time: a POSIX timer whose signal goes to that thread alone. The handler
/// sets `immediate_exit` in the vCPU's shared page, so that a kick which comes just before KVM_RUN is not lost.
///
/// All calls come from the thread that runs the vCPU; `aim` moves the timer where that is another than before.
struct KickTimer: ~Copyable {
    private let cell: KickCell
    /// The first timer of a process is the null pointer.
    private var timer: timer_t?
    private var exists = false
    private var thread: Int32 = 0

    private static let handler: Void = {
        _ = ckvm_install_handler { _, info, _ in
            guard let info, let cell = ckvm_signal_pointer(info) else { return }
            cell.load(as: UnsafeMutableRawPointer?.self)?.storeBytes(of: 1, as: UInt8.self)
        }
    }()

    /// `flag` is `immediate_exit` of the vCPU and outlives the timer.
    init(flag: UnsafeMutableRawPointer) {
        _ = Self.handler
        cell = KickCell.take(pointingTo: flag)
    }

    deinit {
        if exists { _ = ckvm_timer_delete(timer) }
        cell.give()
    }

    /// No kick reaches the flag any more: it is about to go.
    mutating func stop() {
        remove()
        cell.forget()
    }

    /// Kicks `nanoseconds` from now (at least one), instead of when it would have before.
    mutating func aim(_ nanoseconds: UInt64) throws(KVMError) {
        let current = ckvm_thread()
        if !exists || thread != current { try move(to: current) }
        guard ckvm_timer_set(timer, max(1, nanoseconds)) == 0 else {
            throw .request("timer_settime", errno: errno)
        }
    }

    private mutating func remove() {
        if exists { _ = ckvm_timer_delete(timer) }
        exists = false
    }

    private mutating func move(to newThread: Int32) throws(KVMError) {
        remove()
        var made: timer_t?
        guard ckvm_timer_create(newThread, cell.pointer, &made) == 0 else {
            throw .request("timer_create", errno: errno)
        }
        timer = made
        exists = true
        thread = newThread
        // Threads inherit the mask of their maker.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, ckvm_kick_signal())
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}

/// What a kick's signal carries: a word that holds the flag's address. Words are used again and never freed, since a signal
/// may still be on its way when its timer is gone; it then finds no flag.
private struct KickCell: Sendable {
    private let address: UInt
    private static let unused = Mutex<[KickCell]>([])

    var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: address) }

    static func take(pointingTo flag: UnsafeMutableRawPointer) -> KickCell {
        let cell =
            unused.withLock { $0.popLast() }
            ?? KickCell(address: UInt(bitPattern: UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)))
        cell.pointer?.storeBytes(of: flag, as: UnsafeMutableRawPointer?.self)
        return cell
    }

    func forget() { pointer?.storeBytes(of: nil, as: UnsafeMutableRawPointer?.self) }

    func give() {
        forget()
        Self.unused.withLock { $0.append(self) }
    }
}
