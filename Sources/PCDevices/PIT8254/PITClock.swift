/// Converts between ticks (1 ns) and the 8254's clock.
///
/// The PC's timer clock is the colour burst times four over twelve: 315/88 MHz / 3 = 105/88 MHz = 1193181.81... Hz. One
/// clock is exactly 17600/21 ns, so that nothing drifts.
enum PITClock {
    private static let ticksNumerator: UInt64 = 17_600
    private static let ticksDenominator: UInt64 = 21

    /// Clock pulses that came up to and including this tick.
    static func clocks(atTick tick: UInt64) -> UInt64 {
        let product = tick.multipliedFullWidth(by: ticksDenominator)
        return ticksNumerator.dividingFullWidth(product).quotient
    }

    /// First tick at which this clock pulse has come; `UInt64.max` when that is never (584 years).
    static func tick(ofClock clock: UInt64) -> UInt64 {
        let product = clock.multipliedFullWidth(by: ticksNumerator)
        guard product.high < ticksDenominator else { return .max }
        let (quotient, remainder) = ticksDenominator.dividingFullWidth(product)
        return remainder == 0 || quotient == .max ? quotient : quotient + 1
    }
}
