import Glibc
import Machine

/// `--log-port PORT=FILE`: bytes that the guest writes to one port.
final class PortLog {
    private let setting: PortLogSetting
    private let descriptor: Int32
    private var waiting: [UInt8] = []
    private var failed = false

    init(_ setting: PortLogSetting) throws(Failure) {
        self.setting = setting
        descriptor = try HostFile.create(setting.path, option: "--log-port")
    }

    deinit { close(descriptor) }

    /// A write of 1, 2 or 4 bytes that starts at or before the port: the byte that the port gets of it.
    func take(_ port: Port, _ width: Int, _ value: UInt32) {
        let index = Int(setting.port) - Int(port.rawValue)
        guard index >= 0, index < width else { return }
        waiting.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
        if waiting.count >= 4096 { flush() }
    }

    private func flush() {
        if !writeAll(waiting, to: descriptor) { failed = true }
        waiting.removeAll(keepingCapacity: true)
    }

    func finish() throws(Failure) {
        flush()
        if failed { throw Failure(.inputOutput, "--log-port \(setting.path): the file took not all bytes") }
    }
}
