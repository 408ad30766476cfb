/// Names for addresses, from a kernel's ELF file.
public struct SymbolTable: Equatable, Sendable {
    public struct Symbol: Equatable, Sendable {
        public let address: UInt64
        /// Bytes; zero where the file does not tell.
        public let size: UInt64
        public let name: String

        public init(address: UInt64, size: UInt64, name: String) {
            self.address = address
            self.size = size
            self.name = name
        }
    }

    /// How far behind a symbol of unknown size an address still belongs to it.
    private static let reach: UInt64 = 1 << 16

    /// By address, then by name.
    public let symbols: [Symbol]
    private let byName: [String: UInt64]

    public init(_ symbols: [Symbol] = []) {
        self.symbols = symbols.sorted { ($0.address, $0.name) < ($1.address, $1.name) }
        byName = Dictionary(symbols.map { ($0.name, $0.address) }, uniquingKeysWith: { first, _ in first })
    }

    public var isEmpty: Bool { symbols.isEmpty }

    public func address(of name: String) -> UInt64? { byName[name] }

    /// The symbol that an address lies in, and how far.
    public func symbol(at address: UInt64) -> (symbol: Symbol, offset: UInt64)? {
        var low = 0, high = symbols.count
        while low < high {
            let middle = (low + high) / 2
            if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        // The last ones at or below; of several at one place the first that reaches far enough.
        var index = low - 1
        guard index >= 0 else { return nil }
        let place = symbols[index].address, offset = address &- place
        while index > 0, symbols[index - 1].address == place { index -= 1 }
        while index < low {
            if offset < max(symbols[index].size, 1) { return (symbols[index], offset) }
            index += 1
        }
        let last = symbols[low - 1]
        return last.size == 0 && offset < Self.reach ? (last, offset) : nil
    }

    /// `name`, `name+1ah`; nil where no symbol is.
    public func text(at address: UInt64) -> String? {
        guard let (symbol, offset) = symbol(at: address) else { return nil }
        return offset == 0 ? symbol.name : "\(symbol.name)+0x\(String(offset, radix: 16))"
    }
}
