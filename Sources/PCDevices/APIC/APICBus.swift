import Machine

/// The wires between local APICs, I/O APICs and devices that interrupt by messages.
public final class APICBus {
    /// By number of the processor.
    public private(set) var processors: [LocalAPIC] = []

    public init() {}

    public func add(_ processor: LocalAPIC) {
        processors.append(processor)
        processor.send = { [unowned self] in send($0) }
    }

    public func send(_ message: InterruptMessage) {
        let targets = processors.filter { $0.isOnBus && isTarget($0, of: message) }
        guard message.delivery == .lowestPriority else {
            for target in targets { target.receive(message) }
            return
        }
        // The one that does the least important work; the first of several.
        targets.min { $0.processorPriority < $1.processorPriority }?.receive(message)
    }

    private func isTarget(_ processor: LocalAPIC, of message: InterruptMessage) -> Bool {
        switch message.destination {
        case .all: true
        case .allBut(let number): processor.number != number
        case .only(let number): processor.number == number
        case .physical(let identity): processor.hasPhysical(identity, isWide: message.isWide)
        case .logical(let set): processor.hasLogical(set, isWide: message.isWide)
        }
    }
}
