import Machine
import PCDevices

extension Command {
    static let mouseCommands: [Command] = [
        Command(
            "mouse_move", [], .outside, usage: "DX DY [DZ]", "move the mouse: to the right, down, and its wheel",
            detail: "In counts; negative numbers are left, up, and the wheel away from the person.",
            example: "mouse_move 10 -5"
        ) { (debugger, arguments) throws(DebuggerError) in
            let counts = try arguments.words.map { word throws(DebuggerError) in
                guard let count = Int16(word), count > .min else {
                    throw DebuggerError("'\(word)': a movement is between -32767 and 32767")
                }
                return count
            }
            guard counts.count == 2 || counts.count == 3 else { throw DebuggerError("give two or three movements") }
            try debugger.moveMouse(right: counts[0], up: -counts[1], wheel: counts.count > 2 ? counts[2] : 0)
        },
        Command(
            "mouse_button", [], .outside, usage: "BUTTONS", "hold these mouse buttons: 1 left, 2 right, 4 middle",
            detail: "Their sum for several, 0 for none.", example: "mouse_button 1"
        ) { (debugger, arguments) throws(DebuggerError) in
            guard let state = UInt8(arguments.text), state < 8 else {
                throw DebuggerError("give a sum of 1 (left), 2 (right) and 4 (middle)")
            }
            try debugger.moveMouse(buttons: state)
        },
    ]
}

extension Debugger {
    /// `buttons` as the mouse has them; nil for those that are held.
    fileprivate func moveMouse(
        right: Int16 = 0, up: Int16 = 0, wheel: Int16 = 0, buttons: UInt8? = nil
    ) throws(DebuggerError) {
        guard let wheel = Int8(exactly: wheel) else { throw DebuggerError("the wheel moves by -128 to 127") }
        let held = buttons ?? board.mouse.state.buttons
        let bytes = PS2Mouse.logBytes(right: right, up: up, wheel: wheel, buttons: held)
        vm.io.input.deliver(bytes, to: board.mouse.name, at: vm.io.events.now)
    }
}
