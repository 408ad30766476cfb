import CKVM
import Glibc

/// A file descriptor that closes itself.
struct OwnedDescriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// An ioctl with a pointer; the result, which is never negative.
    @discardableResult
    func request(_ request: UInt, _ name: String, _ argument: UnsafeMutableRawPointer?) throws(KVMError) -> Int32 {
        let result = ckvm_ioctl(number, request, argument)
        guard result >= 0 else { throw .request(name, errno: errno) }
        return result
    }

    /// An ioctl with a number.
    @discardableResult
    func request(_ request: UInt, _ name: String, value: UInt = 0) throws(KVMError) -> Int32 {
        let result = ckvm_ioctl_value(number, request, value)
        guard result >= 0 else { throw .request(name, errno: errno) }
        return result
    }

    /// An ioctl that reads or writes one plain struct.
    func exchange<T>(_ request: UInt, _ name: String, _ value: inout T) throws(KVMError) {
        // SAFETY: the request's size is that of T: each caller names the type that the kernel's header gives it.
        let result = withUnsafeMutablePointer(to: &value) { ckvm_ioctl(number, request, $0) }
        guard result >= 0 else { throw .request(name, errno: errno) }
    }
}
