/// Hears of everything that reaches guest memory. The lockstep comparer installs one; while it is there, stores of the
/// interpreter take the slow path, and nothing else changes.
public protocol MemoryObserver: AnyObject {
    /// The CPU stores `count` bytes at this offset into RAM, all in one page.
    func stored(offset: Int, count: Int)
    /// The CPU read from a device or wrote to it; the device was called already.
    func accessed(_ physical: UInt64, width: Int, value: UInt64, isWrite: Bool)
    /// DMA wrote RAM, or a loader or debugger did. A bus address.
    func loaded(_ bytes: [UInt8], at address: UInt64)
    /// The A20 gate was opened or closed.
    func gateMoved(isOpen: Bool)
    /// The host bridge takes other accesses of these addresses for RAM than before.
    func shadowingChanged(_ range: Range<UInt64>, _ shadowing: Shadowing)
    /// A window was moved, or taken off the bus.
    func windowMoved(_ window: MemoryWindow, to start: UInt64?)
}
