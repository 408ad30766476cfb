/// MMIO that is at times plain memory: a byte that is written there is the byte that is read, with no other effect. An engine
/// may then keep the bytes in memory of its own, where the guest reaches them without an exit.
public protocol WindowedMemory: MemoryHandler {
    /// Offsets that are plain bytes now, whole pages; nil where there are none.
    var plainWindow: Range<UInt64>? { get }
    /// Copies the plain window, which is as long as `target`.
    func copyWindow(to target: UnsafeMutableRawBufferPointer)
    /// The guest changed these bytes of the plain window, from `offset` of the region on.
    func takeWindow(_ bytes: UnsafeRawBufferPointer, at offset: UInt64)
    /// Who keeps the window elsewhere, nil when nobody does.
    var windowKeeper: (any WindowKeeper)? { get set }
}

/// An engine that keeps a window's bytes.
public protocol WindowKeeper: AnyObject {
    /// The device's bytes are about to be looked at or changed, or the window to move: it is given what the guest wrote.
    func returnWindow()
    /// The window's place or content is another now.
    func windowChanged()
}

extension vMEM {
    /// Regions with such windows, and where they start.
    public var windowedRegions: [(start: UInt64, handler: any WindowedMemory)] {
        regions.compactMap { region in
            guard case .mmio(let handler) = region.content, let windowed = handler as? any WindowedMemory else {
                return nil
            }
            return (region.start, windowed)
        }
    }
}
