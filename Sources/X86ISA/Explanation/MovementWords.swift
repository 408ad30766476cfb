/// Words of the operations that move data.
enum MovementWords {
    private static let statusUndefined = FlagEffects(undefined: .status)

    static let all: [OperationWords] = moves + stack + pointersAndExchanges

    private static let moves: [OperationWords] = [
        OperationWords(.mov, "Copies {1} to {0}."),
        OperationWords(.movSegmentStore, "Copies the selector in {1} to {0}."),
        OperationWords(.movSegmentLoad, "Loads {0} with the selector in {1}, and the hidden part that goes with it."),
        OperationWords(.movControlStore, "Copies the control register {1} to {0}.", statusUndefined),
        OperationWords(.movControlLoad, "Loads the control register {0} from {1}.", statusUndefined),
        OperationWords(.movDebugStore, "Copies the debug register {1} to {0}.", statusUndefined),
        OperationWords(.movDebugLoad, "Loads the debug register {0} from {1}.", statusUndefined),
        OperationWords(.movTestStore, "Copies the test register {1} to {0}.", statusUndefined),
        OperationWords(.movTestLoad, "Loads the test register {0} from {1}.", statusUndefined),
        OperationWords(.movzx, "Copies {1} to {0} and fills the upper bits with zeros."),
        OperationWords(.movsx, "Copies {1} to {0} and fills the upper bits with its sign."),
        OperationWords(.movsxd, "Copies {1} to {0} and fills the upper bits with its sign."),
        OperationWords(
            .cmovcc, "Copies {1} to {0} if {if}.", FlagEffects(read: [.OF, .SF, .ZF, .PF, .CF])),
        OperationWords(.movbe, "Copies {1} to {0}, with the order of the bytes reversed."),
        OperationWords(.movnti, "Copies {1} to {0}, past the caches."),
        OperationWords(.lea, "Puts the offset {address} into {0}; memory is not read."),
        OperationWords(.cbw, "Extends {half} with its sign to {acc}."),
        OperationWords(.cwd, "Fills {d} with the sign of {acc}."),
        OperationWords(.lahf, "Copies SF, ZF, AF, PF and CF to ah.", FlagEffects(read: [.SF, .ZF, .AF, .PF, .CF])),
        OperationWords(
            .sahf, "Loads SF, ZF, AF, PF and CF from ah.", FlagEffects(modified: [.SF, .ZF, .AF, .PF, .CF])),
        OperationWords(.salc, "Sets al to 0xff if CF is set, else to 0.", FlagEffects(read: .CF)),
        OperationWords(.xlat, "Loads al with the byte at {address} plus al."),
        OperationWords(.movs, "Copies {1} to {0}, and moves {ae}si and {ae}di on by {n}.", FlagEffects(read: .DF)),
        OperationWords(.stos, "Copies {1} to {0}, and moves {ae}di on by {n}.", FlagEffects(read: .DF)),
        OperationWords(.lods, "Copies {1} to {0}, and moves {ae}si on by {n}.", FlagEffects(read: .DF)),
        OperationWords(
            .ins, "Reads from port dx to {0}, and moves {ae}di on by {n}.", FlagEffects(read: [.DF, .IOPL, .VM])),
        OperationWords(
            .outs, "Writes {1} to port dx, and moves {ae}si on by {n}.", FlagEffects(read: [.DF, .IOPL, .VM])),
        OperationWords(.in, "Reads from port {1} into {0}.", FlagEffects(read: [.IOPL, .VM])),
        OperationWords(.out, "Writes {1} to port {0}.", FlagEffects(read: [.IOPL, .VM])),
    ]

    private static let stack: [OperationWords] = [
        OperationWords(.push, "Pushes {0} onto the stack."),
        OperationWords(.pop, "Pops the top of the stack into {0}."),
        OperationWords(.pusha, "Pushes {e}ax, {e}cx, {e}dx, {e}bx, the old {e}sp, {e}bp, {e}si and {e}di."),
        OperationWords(.popa, "Pops {e}di, {e}si, {e}bp, a value that is dropped, {e}bx, {e}dx, {e}cx and {e}ax."),
        OperationWords(.pushf, "Pushes {flags} onto the stack.", FlagEffects(read: .all)),
        OperationWords(
            .popf, "Pops {flags} from the stack.",
            FlagEffects(
                read: [.IOPL, .VM], modified: FlagSet.all.subtracting([.RF, .VM, .VIF, .VIP]), cleared: .RF,
                note:
                    "IF changes only where CPL is at most IOPL, IOPL only at CPL 0; "
                    + "with 16-bit operands the upper half stays."
            )),
        OperationWords(.pushSegment, "Pushes the selector in {0} onto the stack."),
        OperationWords(
            .popSegment,
            "Pops the top of the stack as a selector into {0}, and loads the hidden part that goes with it."),
        OperationWords(
            .enter,
            "Makes a stack frame: pushes {e}bp, points it at the frame, and reserves {0} bytes, at nesting level {1}."),
        OperationWords(.leave, "Drops the stack frame: sets {e}sp to {e}bp, then pops {e}bp."),
    ]

    private static let pointersAndExchanges: [OperationWords] = [
        OperationWords(.lds, "Loads {0} with the offset and ds with the selector of the far pointer at {address}."),
        OperationWords(.les, "Loads {0} with the offset and es with the selector of the far pointer at {address}."),
        OperationWords(.lfs, "Loads {0} with the offset and fs with the selector of the far pointer at {address}."),
        OperationWords(.lgs, "Loads {0} with the offset and gs with the selector of the far pointer at {address}."),
        OperationWords(.lss, "Loads {0} with the offset and ss with the selector of the far pointer at {address}."),
        OperationWords(.xchg, "Exchanges {0} and {1}."),
        OperationWords(.bswap, "Reverses the order of the bytes in {0}."),
        OperationWords(
            .xadd, "Adds {1} to {0}, and puts what {0} was before into {1}.", FlagEffects(modified: .status)),
        OperationWords(
            .cmpxchg, "Compares {acc} with {0}: if they are equal, stores {1} there, else loads {acc} from it.",
            FlagEffects(modified: .status)),
        OperationWords(
            .cmpxchg8b,
            "Compares edx:eax with {0}: if they are equal, stores ecx:ebx there, else loads edx:eax from it.",
            FlagEffects(modified: .ZF)),
        OperationWords(
            .cmpxchg16b,
            "Compares rdx:rax with {0}: if they are equal, stores rcx:rbx there, else loads rdx:rax from it.",
            FlagEffects(modified: .ZF)),
    ]
}
