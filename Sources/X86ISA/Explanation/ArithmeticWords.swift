/// Words of the operations that compute.
enum ArithmeticWords {
    private static let result = FlagEffects(modified: .status)
    private static let resultWithCarry = FlagEffects(read: .CF, modified: .status)
    private static let logic = FlagEffects(modified: [.SF, .ZF, .PF], cleared: [.OF, .CF], undefined: .AF)
    private static let step = FlagEffects(modified: [.OF, .SF, .ZF, .AF, .PF])
    private static let product = FlagEffects(modified: [.OF, .CF], undefined: [.SF, .ZF, .AF, .PF])
    private static let quotient = FlagEffects(undefined: .status)
    private static let asciiAdjust = FlagEffects(
        read: .AF, modified: [.AF, .CF], undefined: [.OF, .SF, .ZF, .PF])
    private static let decimalAdjust = FlagEffects(
        read: [.AF, .CF], modified: [.SF, .ZF, .AF, .PF, .CF], undefined: .OF)
    private static let digits = FlagEffects(modified: [.SF, .ZF, .PF], undefined: [.OF, .AF, .CF])
    private static let rotation = FlagEffects(modified: [.OF, .CF])
    private static let rotationThroughCarry = FlagEffects(read: .CF, modified: [.OF, .CF])
    private static let shift = FlagEffects(modified: [.OF, .SF, .ZF, .PF, .CF], undefined: .AF)
    private static let bit = FlagEffects(modified: .CF, undefined: [.OF, .SF, .AF, .PF])
    private static let scan = FlagEffects(modified: .ZF, undefined: [.OF, .SF, .AF, .PF, .CF])

    private static let count = FlagEffects(modified: [.ZF, .CF], undefined: [.OF, .SF, .AF, .PF])
    private static let lowest = FlagEffects(modified: [.SF, .ZF, .CF], cleared: .OF, undefined: [.AF, .PF])
    private static let random = FlagEffects(modified: .CF, cleared: [.OF, .SF, .ZF, .AF, .PF])

    static let all: [OperationWords] = integers + products + decimals + shifts + bits + counts + fields

    private static let integers: [OperationWords] = [
        OperationWords(.add, "Adds {1} to {0}.", result),
        OperationWords(.or, "Sets in {0} the bits that are set in {1} (OR).", logic),
        OperationWords(.adc, "Adds {1} and CF to {0}.", resultWithCarry),
        OperationWords(.sbb, "Subtracts {1} and CF from {0}.", resultWithCarry),
        OperationWords(.and, "Clears in {0} the bits that are clear in {1} (AND).", logic),
        OperationWords(.sub, "Subtracts {1} from {0}.", result),
        OperationWords(.xor, "Flips in {0} the bits that are set in {1} (XOR).", logic),
        OperationWords(
            .cmp, "Compares {0} with {1}: sets the flags as a subtraction would, and changes nothing else.", result),
        OperationWords(
            .test, "Sets the flags by the bits that {0} and {1} have in common, and changes nothing else.", logic),
        OperationWords(.inc, "Adds 1 to {0}.", step),
        OperationWords(.dec, "Subtracts 1 from {0}.", step),
        OperationWords(.neg, "Replaces {0} by 0 minus it.", result),
        OperationWords(.not, "Flips all bits of {0}."),
        OperationWords(
            .cmps, "Compares {0} with {1}, and moves {ae}si and {ae}di on by {n}.",
            FlagEffects(read: .DF, modified: .status)),
        OperationWords(
            .scas, "Compares {0} with {1}, and moves {ae}di on by {n}.", FlagEffects(read: .DF, modified: .status)),
    ]

    private static let products: [OperationWords] = [
        OperationWords(.mul, "Multiplies {acc} by {0} without sign, into {wide}.", product),
        OperationWords(.imul, "Multiplies {acc} by {0} with sign, into {wide}.", product),
        OperationWords(.imul2, "Multiplies {0} by {1} with sign, and keeps the lower half of the product.", product),
        OperationWords(.imul3, "Puts the lower half of the product of {1} and {2}, with sign, into {0}.", product),
        OperationWords(
            .div, "Divides {wide} by {0} without sign: the quotient goes to {acc}, the remainder to {rem}.", quotient),
        OperationWords(
            .idiv, "Divides {wide} by {0} with sign: the quotient goes to {acc}, the remainder to {rem}.", quotient),
    ]

    private static let decimals: [OperationWords] = [
        OperationWords(.aaa, "Corrects al to a decimal digit after an addition, and carries into ah.", asciiAdjust),
        OperationWords(.aas, "Corrects al to a decimal digit after a subtraction, and borrows from ah.", asciiAdjust),
        OperationWords(.aam, "Divides al by {0}: the quotient goes to ah, the remainder to al.", digits),
        OperationWords(.aad, "Adds {0} times ah to al, and clears ah.", digits),
        OperationWords(.daa, "Corrects al to two packed decimal digits after an addition.", decimalAdjust),
        OperationWords(.das, "Corrects al to two packed decimal digits after a subtraction.", decimalAdjust),
    ]

    private static let shifts: [OperationWords] = [
        OperationWords(.rol, "Rotates {0} left by {by}; CF gets the bit that went round last.", rotation),
        OperationWords(.ror, "Rotates {0} right by {by}; CF gets the bit that went round last.", rotation),
        OperationWords(.rcl, "Rotates {0} with CF as one more bit left by {by}.", rotationThroughCarry),
        OperationWords(.rcr, "Rotates {0} with CF as one more bit right by {by}.", rotationThroughCarry),
        OperationWords(.shl, "Shifts {0} left by {by}; zeros come in, CF gets the last bit out.", shift),
        OperationWords(.sal, "Shifts {0} left by {by}; zeros come in, CF gets the last bit out.", shift),
        OperationWords(.shr, "Shifts {0} right by {by}; zeros come in, CF gets the last bit out.", shift),
        OperationWords(.sar, "Shifts {0} right by {by}; its sign comes in, CF gets the last bit out.", shift),
        OperationWords(
            .shld, "Shifts {0} left by {by}; bits come in from the top of {1}, CF gets the last bit out.", shift),
        OperationWords(
            .shrd, "Shifts {0} right by {by}; bits come in from the bottom of {1}, CF gets the last bit out.", shift),
    ]

    private static let bits: [OperationWords] = [
        OperationWords(.bt, "Copies the bit with the number {1} of {0} to CF.", bit),
        OperationWords(.bts, "Copies the bit with the number {1} of {0} to CF, then sets it.", bit),
        OperationWords(.btr, "Copies the bit with the number {1} of {0} to CF, then clears it.", bit),
        OperationWords(.btc, "Copies the bit with the number {1} of {0} to CF, then flips it.", bit),
        OperationWords(
            .bsf, "Puts the number of the lowest set bit of {1} into {0}; ZF is set if there is none.", scan),
        OperationWords(
            .bsr, "Puts the number of the highest set bit of {1} into {0}; ZF is set if there is none.", scan),
    ]

    private static let counts: [OperationWords] = [
        OperationWords(
            .popcnt, "Counts the set bits of {1}, into {0}.",
            FlagEffects(modified: .ZF, cleared: [.OF, .SF, .AF, .PF, .CF])),
        OperationWords(
            .lzcnt, "Counts the zeros above the highest set bit of {1}, into {0}; CF is set if there is none.", count),
        OperationWords(
            .tzcnt, "Counts the zeros below the lowest set bit of {1}, into {0}; CF is set if there is none.", count),
        OperationWords(.rdrand, "Loads {0} with a random number; CF says whether there was one.", random),
        OperationWords(.rdseed, "Loads {0} with a random seed; CF says whether there was one.", random),
        OperationWords(.crc32, "Adds {1} to the CRC-32C in {0}."),
        OperationWords(
            .adcx, "Adds {1} and CF to {0}, and carries into CF alone.", FlagEffects(read: .CF, modified: .CF)),
        OperationWords(
            .adox, "Adds {1} and OF to {0}, and carries into OF alone.", FlagEffects(read: .OF, modified: .OF)),
        OperationWords(
            .mulx, "Multiplies {d} by {2} without sign: the upper half goes to {0}, the lower to {1}; the flags stay."),
    ]

    private static let fields: [OperationWords] = [
        OperationWords(
            .andn, "Puts the bits of {2} that are clear in {1} into {0} (AND NOT).",
            FlagEffects(modified: [.SF, .ZF], cleared: [.OF, .CF], undefined: [.AF, .PF])),
        OperationWords(
            .bextr,
            "Puts the bits of {1} from the number in the low byte of {2}, as many as its next byte says, into {0}.",
            FlagEffects(modified: .ZF, cleared: [.OF, .CF], undefined: [.SF, .AF, .PF])),
        OperationWords(.blsi, "Puts the lowest set bit of {1} alone into {0}.", lowest),
        OperationWords(
            .blsmsk, "Puts ones up to and with the lowest set bit of {1} into {0}.",
            FlagEffects(modified: [.SF, .CF], cleared: [.OF, .ZF], undefined: [.AF, .PF])),
        OperationWords(.blsr, "Puts {1} without its lowest set bit into {0}.", lowest),
        OperationWords(.bzhi, "Puts {1} without the bits from the number in {2} on into {0}.", lowest),
        OperationWords(.pdep, "Spreads the low bits of {1} to the places of the set bits of {2}, into {0}."),
        OperationWords(
            .pext, "Gathers the bits of {1} at the places of the set bits of {2}, into the low bits of {0}."),
        OperationWords(.rorx, "Puts {1}, rotated right by {2}, into {0}; the flags stay."),
        OperationWords(.shlx, "Puts {1}, shifted left by {2}, into {0}; the flags stay."),
        OperationWords(.shrx, "Puts {1}, shifted right by {2}, into {0}; zeros come in, the flags stay."),
        OperationWords(.sarx, "Puts {1}, shifted right by {2}, into {0}; its sign comes in, the flags stay."),
    ]
}
