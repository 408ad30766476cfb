/// MMIO or memory of a device whose place the guest chooses: what a base address register of a PCI function decodes.
///
/// RAM, ROM and fixed regions lie over it, as the host bridge never hands their addresses to the bus.
struct MovableRegion {
    enum Content {
        case mmio(any MemoryHandler)
        /// Offset from `ram`.
        case memory(offset: Int)
    }

    let name: String
    /// In bytes, whole pages.
    let size: UInt64
    let content: Content
    /// Nil while it is nowhere.
    var start: UInt64?
}

/// Names one movable region.
public struct MemoryWindow: Hashable, Sendable {
    let index: Int
}

extension vMEM {
    /// Adds MMIO that is nowhere yet. `size` is in bytes, a multiple of a page.
    ///
    /// Where it is put is no part of a save: whoever moves it does so again when its state is restored.
    public func addWindow(_ handler: any MemoryHandler, size: UInt64, name: String) -> MemoryWindow {
        precondition(size > 0 && size % Self.pageSize == 0, "\(name) has \(size) bytes")
        windows.append(MovableRegion(name: name, size: size, content: .mmio(handler)))
        return MemoryWindow(index: windows.count - 1)
    }

    /// The same for memory of devices, from `offset` of it on.
    public func addWindow(deviceMemory offset: UInt64, size: UInt64, name: String) -> MemoryWindow {
        precondition(size > 0 && size % Self.pageSize == 0 && offset % Self.pageSize == 0)
        precondition(offset <= deviceSize && size <= deviceSize - offset, "\(name) is larger than what there is")
        windows.append(MovableRegion(name: name, size: size, content: .memory(offset: Int(self.size + offset))))
        return MemoryWindow(index: windows.count - 1)
    }

    /// Moves a window; nil, or a place from which it would pass the end of the address space, takes it off the bus.
    /// `start` is rounded down to a page. Of windows that overlap, the one that was added first is seen.
    public func place(_ window: MemoryWindow, at start: UInt64?) {
        guard windows.indices.contains(window.index) else { return }
        var wanted = start.map { $0 & ~(Self.pageSize - 1) }
        if let place = wanted, place.addingReportingOverflow(windows[window.index].size).overflow { wanted = nil }
        guard windows[window.index].start != wanted else { return }
        windows[window.index].start = wanted
        if case .mmio = windows[window.index].content { windowsChanged() } else { changed() }
        observer?.windowMoved(window, to: wanted)
    }

    /// Where a window is now.
    public func start(of window: MemoryWindow) -> UInt64? {
        windows.indices.contains(window.index) ? windows[window.index].start : nil
    }

    /// All windows, placed or not; `memory` is the offset into what devices have of it.
    public var allWindows: [(window: MemoryWindow, name: String, size: UInt64, memory: UInt64?)] {
        windows.enumerated().map { index, window in
            var memory: UInt64?
            if case .memory(let offset) = window.content { memory = UInt64(offset) - size }
            return (MemoryWindow(index: index), window.name, window.size, memory)
        }
    }

    /// The memory that placed windows show, page by page where nothing lies over it.
    var windowSpans: [PlainSpan] {
        var list: [PlainSpan] = []
        for window in windows {
            guard case .memory = window.content, let start = window.start else { continue }
            for page in stride(from: start, to: start + window.size, by: Int(Self.pageSize)) {
                guard case .ram(let host) = target(of: page), host >= ram + Int(size) else { continue }
                Self.add(page, host, isReadOnly: false, to: &list)
            }
        }
        return list
    }

    /// Windows and shadows as those of a memory that is made alike.
    public func takePlaces(of other: vMEM) {
        for (window, _, _, _) in allWindows { place(window, at: other.start(of: window)) }
        guard shadows != other.shadows else { return }
        shadows = other.shadows
        changed()
    }

    /// What lies below RAM at a page.
    func windowTarget(of page: UInt64) -> Target {
        for index in windows.indices {
            guard let start = windows[index].start, page &- start < windows[index].size, page >= start else { continue }
            switch windows[index].content {
            case .mmio(let handler): return .mmio(handler, start: start)
            case .memory(let offset): return .ram(ram + offset + Int(page - start))
            }
        }
        return .nothing
    }

    /// Windows that are on the bus now, for whoever shows the map.
    public var placedWindows: [(name: String, start: UInt64, size: UInt64)] {
        windows.compactMap { window in window.start.map { (window.name, $0, window.size) } }
    }
}
