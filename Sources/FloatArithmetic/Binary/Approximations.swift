/// RCPxS and RSQRTxS. The manual bounds the relative error with 1.5 * 2^-12 and leaves the bits open; these are what
/// Intel's CPUs give (measured, every interval): the operand stands for the middle of the interval that its upper
/// bits name, and the result is that middle's reciprocal (root) to the nearest 2^-13, before scaling.
/// Neither raises anything nor looks at MXCSR; denormals are zeros in both directions.
extension Binary32 {
    /// RCPSS, RCPPS
    @inlinable
    public static func reciprocalApproximation(_ operand: UInt32) -> UInt32 {
        if isNaN(operand) { return operand | quietBit }
        let sign = operand & signBit
        let field = operand &>> 23 & 0xFF
        if field == 0 { return sign | infinity }
        // The upper 11 bits of the fraction: the middle is (4097 + 2 index) / 4096.
        let middle = 4097 &+ (operand &>> 12 & 0x7FF) &* 2
        // In 2^-13, between 2^12 and 2^13; the quotient is never half an integer, as the divisor is odd.
        let quotient = (1 << 26 / middle &+ 1) &>> 1
        let exponent = 253 &- Int(field)
        if field == 0xFF || exponent <= 0 { return sign }
        return sign | UInt32(exponent &- 1) &<< 23 &+ quotient &<< 11
    }

    /// RSQRTSS, RSQRTPS
    @inlinable
    public static func reciprocalSquareRootApproximation(_ operand: UInt32) -> UInt32 {
        if isNaN(operand) { return operand | quietBit }
        let field = operand &>> 23 & 0xFF
        if field == 0 { return operand & signBit | infinity }
        if isNegative(operand) { return indefinite }
        if field == 0xFF { return 0 }
        // The upper 10 bits of the fraction: the middle is (2049 + 2 index) / 2048, twice that for an odd exponent.
        let odd = field & 1 == 0
        let middle = UInt64(2049 &+ (operand &>> 13 & 0x3FF) &* 2) &<< (odd ? 1 : 0)
        // root = floor of 2^14 / sqrt(middle / 2048), between 2^13 and 2^14: the root of 2^39 / middle.
        let square = 1 << 39 / middle
        var root = UInt64(Double(square).squareRoot())
        if root &* root > square { root &-= 1 }
        let rounded = (root &+ 1) &>> 1
        let exponent = (380 &- UInt32(field)) &>> 1 &- 1
        return exponent &<< 23 &+ UInt32(truncatingIfNeeded: rounded) &<< 11
    }
}
