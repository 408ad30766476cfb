import CSlirp
import Glibc

/// A network for one guest card, with the host behind it, all in user space: libslirp's NAT, DHCP server, name server and
/// gateway on 10.0.2.0/24, as `-netdev user` of QEMU has it.
///
/// Its clock is the guest's. What it has for the guest goes to `deliver`, from within `send` or `handle` alone.
public final class UserNetwork {
    /// A port of the host that leads to one of the guest's.
    public struct Forward: Equatable, Sendable {
        public var isUDP: Bool
        /// IPv4 in the host's byte order; 0 is any of the host's addresses.
        public var hostAddress: UInt32
        public var hostPort: UInt16
        /// 0 is the first address of DHCP.
        public var guestAddress: UInt32
        public var guestPort: UInt16

        public init(isUDP: Bool, hostAddress: UInt32, hostPort: UInt16, guestAddress: UInt32, guestPort: UInt16) {
            self.isUDP = isUDP
            self.hostAddress = hostAddress
            self.hostPort = hostPort
            self.guestAddress = guestAddress
            self.guestPort = guestPort
        }
    }

    public struct Settings: Equatable, Sendable {
        /// The guest reaches the gateway and forwarded ports, nothing else.
        public var isRestricted = false
        /// Router advertisements come at random times: no run with them repeats.
        public var hasIPv6 = false
        public var hostName: String?
        public var forwards: [Forward] = []

        public init() {}
    }

    public enum SetupError: Error, Equatable {
        case library
        /// The host port is taken, or may not be used: errno's text.
        case forward(Forward, reason: String)
    }

    /// 10.0.2.0
    private static let network: UInt32 = 0x0A00_0200
    /// Where DHCP begins.
    public static let guestAddress: UInt32 = network + 15
    private static let longestFrame = 65536

    /// Takes a frame for the guest.
    public var deliver: ([UInt8]) -> Void = { _ in }
    /// Guest time in nanoseconds.
    private let now: () -> UInt64
    private var slirp: OpaquePointer?
    private let callbacks = UnsafeMutablePointer<SlirpCb>.allocate(capacity: 1)
    private var timers: [Int: Timer] = [:]
    private var nextTimer = 1
    private var descriptors: [pollfd] = []

    private struct Timer {
        let call: SlirpTimerCb
        let argument: UnsafeMutableRawPointer?
        /// Guest time in milliseconds, nil when it does not run.
        var deadline: Int64?
    }

    public init(_ settings: Settings, now: @escaping () -> UInt64) throws(SetupError) {
        self.now = now
        callbacks.initialize(to: SlirpCb())
        callbacks.pointee.send_packet = { bytes, count, opaque in
            guard let bytes, let network = UserNetwork.from(opaque), count <= UserNetwork.longestFrame else { return 0 }
            network.deliver(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
            return count
        }
        callbacks.pointee.guest_error = { _, _ in }
        callbacks.pointee.clock_get_ns = { opaque in
            Int64(truncatingIfNeeded: UserNetwork.from(opaque)?.now() ?? 0)
        }
        callbacks.pointee.timer_new = { call, argument, opaque in
            guard let network = UserNetwork.from(opaque), let call else { return nil }
            network.timers[network.nextTimer] = Timer(call: call, argument: argument)
            network.nextTimer += 1
            return UnsafeMutableRawPointer(bitPattern: network.nextTimer - 1)
        }
        callbacks.pointee.timer_free = { timer, opaque in
            UserNetwork.from(opaque)?.timers[Int(bitPattern: timer)] = nil
        }
        callbacks.pointee.timer_mod = { timer, deadline, opaque in
            UserNetwork.from(opaque)?.timers[Int(bitPattern: timer)]?.deadline = deadline
        }
        callbacks.pointee.register_poll_fd = { _, _ in }
        callbacks.pointee.unregister_poll_fd = { _, _ in }
        callbacks.pointee.notify = { _ in }
        slirp = try make(settings)
        for forward in settings.forwards {
            // The library keeps no listener that failed.
            let failed = lucid_slirp_forward(
                slirp, forward.isUDP, forward.hostAddress, Int32(forward.hostPort),
                forward.guestAddress == 0 ? Self.guestAddress : forward.guestAddress, Int32(forward.guestPort))
            guard failed == 0 else { throw .forward(forward, reason: String(cString: strerror(errno))) }
        }
    }

    private func make(_ settings: Settings) throws(SetupError) -> OpaquePointer {
        var config = lucid_slirp_config()
        config.network = Self.network
        config.mask = 0xFFFF_FF00
        config.host = Self.network + 2
        config.nameserver = Self.network + 3
        config.dhcp_start = Self.guestAddress
        config.restricted = settings.isRestricted
        config.in6_enabled = settings.hasIPv6
        // SAFETY: the library calls back with `self` only from within calls of ours, and not after `deinit`.
        let opaque = Unmanaged.passUnretained(self).toOpaque()
        let made: OpaquePointer?
        if let name = settings.hostName {
            made = name.withCString { text in
                config.hostname = text
                return lucid_slirp_new(&config, callbacks, opaque)
            }
        } else {
            made = lucid_slirp_new(&config, callbacks, opaque)
        }
        guard let made else { throw .library }
        return made
    }

    deinit {
        if let slirp { slirp_cleanup(slirp) }
        callbacks.deallocate()
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> UserNetwork? {
        // SAFETY: `opaque` is what `make` handed over.
        opaque.map { Unmanaged<UserNetwork>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A frame that the guest sent. Answers may come at once.
    public func send(_ frame: [UInt8]) {
        guard let slirp, frame.count <= Self.longestFrame else { return }
        frame.withUnsafeBufferPointer { slirp_input(slirp, $0.baseAddress, Int32($0.count)) }
    }

    // MARK: The host's sockets

    /// What to hand to `poll` before `handle`, and how many milliseconds at most the network can wait.
    public func descriptorsToPoll() -> (descriptors: [pollfd], milliseconds: UInt32) {
        var timeout = UInt32.max
        descriptors = []
        slirp_pollfds_fill(
            slirp, &timeout,
            { descriptor, events, opaque in
                guard let network = UserNetwork.from(opaque) else { return -1 }
                network.descriptors.append(
                    pollfd(fd: descriptor, events: UserNetwork.toHost(events), revents: 0))
                return Int32(network.descriptors.count - 1)
            }, Unmanaged.passUnretained(self).toOpaque())
        return (descriptors, timeout)
    }

    /// Serves sockets that are ready, and timers that are due. `polled` is what `descriptorsToPoll` gave, after `poll`.
    public func handle(_ polled: [pollfd]) {
        descriptors = polled
        slirp_pollfds_poll(
            slirp, 0,
            { index, opaque in
                guard let network = UserNetwork.from(opaque), network.descriptors.indices.contains(Int(index)) else {
                    return 0
                }
                return UserNetwork.fromHost(network.descriptors[Int(index)].revents)
            }, Unmanaged.passUnretained(self).toOpaque())
        let milliseconds = Int64(truncatingIfNeeded: now() / 1_000_000)
        for number in timers.keys.sorted() {
            guard let timer = timers[number], let deadline = timer.deadline, deadline <= milliseconds else { continue }
            timers[number]?.deadline = nil
            timer.call(timer.argument)
        }
    }

    /// Looks after sockets and timers without waiting.
    public func poll() {
        var entries = descriptorsToPoll().descriptors
        if !entries.isEmpty, Glibc.poll(&entries, nfds_t(entries.count), 0) < 0 {
            for index in entries.indices { entries[index].revents = 0 }
        }
        handle(entries)
    }

    private static let pairs: [(slirp: Int, host: Int32)] = [
        (SLIRP_POLL_IN, POLLIN), (SLIRP_POLL_OUT, POLLOUT), (SLIRP_POLL_PRI, POLLPRI), (SLIRP_POLL_ERR, POLLERR),
        (SLIRP_POLL_HUP, POLLHUP),
    ]

    private static func toHost(_ events: Int32) -> Int16 {
        pairs.reduce(0) { Int(events) & $1.slirp != 0 ? $0 | Int16($1.host) : $0 }
    }

    private static func fromHost(_ events: Int16) -> Int32 {
        Int32(pairs.reduce(0) { Int32(events) & $1.host != 0 ? $0 | $1.slirp : $0 })
    }
}
