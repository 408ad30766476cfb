/// SplitMix64: the same seed gives the same sequence on every host.
public struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// The generator of one case: neighbours have nothing in common.
    public init(seed: UInt64, case number: UInt64) {
        var first = FuzzRandom(seed: seed)
        state = first.next() ^ (number &* 0xD134_2543_DE82_EF95)
        _ = next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return FuzzRandom.mix(state)
    }

    /// A value that depends on all bits of another.
    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0 ..< limit.
    public mutating func below(_ limit: Int) -> Int { limit > 1 ? Int(next() % UInt64(limit)) : 0 }

    /// True in `percent` of 100 calls.
    public mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    public mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 24) }

    public mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

    /// One element; `list` is not empty.
    public mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }
}
