/// What hangs on one of the two serial ports of an 8042: a keyboard, later a mouse.
public protocol PS2Peripheral: AnyObject {
    /// A byte from the controller.
    func receive(_ byte: UInt8)
    /// The device has a byte to send.
    var hasByte: Bool { get }
    /// Hands over the next byte. Called only while the controller lets the clock run.
    func takeByte() -> UInt8?
    /// How many bytes wait in the device.
    var bytesPending: Int { get }
    /// The device calls this when bytes have come to wait. The controller installs it.
    var ready: () -> Void { get set }
}
