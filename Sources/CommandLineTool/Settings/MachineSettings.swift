import FoundationEssentials
import Glibc

/// Options about the machine itself.
enum MachineSettings {
    /// 2026-01-01 00:00:00 UTC: so that runs repeat.
    static let fixedDate: Int64 = 1_767_225_600

    static func bootOrder(_ text: String) throws(Failure) -> String {
        var order: String?
        for part in OptionText.parts(text) {
            let pair = OptionText.pair(part)
            switch (pair.key, pair.value) {
            case (let letters, nil), ("order", let letters?): order = letters
            case ("menu", "off"), ("strict", _): break
            case ("menu", _): throw Failure(.usage, "-boot \(text): there is no boot menu")
            default: throw Failure(.usage, "-boot \(text): '\(part)' is not known; give order= and letters of a, c, d")
            }
        }
        guard let order, !order.isEmpty, order.allSatisfy({ "acd".contains($0) }), Set(order).count == order.count
        else {
            let network = order?.contains("n") == true ? " (booting from a network is not there)" : ""
            throw Failure(.usage, "-boot \(text): give letters of a (floppy), c (disk) and d (CD), each once\(network)")
        }
        return order
    }

    /// What kvm-unit-tests ask for.
    static let testDevice = "pc-testdev"

    static let mostProcessors = 16

    /// `-smp`: N or cpus=N. How they are spread over sockets makes no difference here: each is a socket of its own.
    static func processors(_ text: String?) throws(Failure) -> Int {
        guard let text else { return 1 }
        let bad = Failure(.usage, "-smp \(text): give a number of processors from 1 to \(mostProcessors)")
        var count: Int?
        for part in OptionText.parts(text) {
            let pair = OptionText.pair(part)
            switch (pair.key, pair.value) {
            case (let number, nil), ("cpus", let number?): count = Int(number)
            case ("sockets", _?), ("cores", _?), ("threads", _?), ("maxcpus", _?): break
            default: throw bad
            }
        }
        guard let count, (1...mostProcessors).contains(count) else { throw bad }
        return count
    }

    /// isa-debug-exit, if one is among the devices.
    static func debugExit(_ devices: [String]) throws -> (base: UInt16, size: UInt16)? {
        var fitted: (base: UInt16, size: UInt16)?
        for device in devices {
            let parts = OptionText.parts(device)
            let name = parts.first ?? ""
            if ["help", "?"].contains(name) {
                throw PrintAndEnd(
                    text: "name \"isa-debug-exit\", bus ISA: iobase=PORT (0x501), iosize=1..4 (2)\n"
                        + "name \"pc-testdev\", bus ISA\n"
                        + PCISettings.help)
            }
            if PCISettings.isOne(name) || device == testDevice { continue }
            guard name == "isa-debug-exit" else {
                let hint =
                    name == "isa-debugcon"
                    ? "use -debugcon; ports E9h and 402h are always there" : "-device help lists what there is"
                throw Failure(.usage, "-device \(device): \(hint)")
            }
            guard fitted == nil else { throw Failure(.usage, "-device \(device): isa-debug-exit is given twice") }
            var base: UInt16 = 0x501, size: UInt16 = 2
            for part in parts.dropFirst() {
                let pair = OptionText.pair(part)
                guard let value = pair.value.flatMap({ OptionText.number($0, as: UInt16.self) }) else {
                    throw Failure(.usage, "-device \(device): '\(part)' gives no port number")
                }
                switch pair.key {
                case "iobase": base = value
                case "iosize" where (1...4).contains(value): size = value
                case "iosize": throw Failure(.usage, "-device \(device): iosize is 1 to 4")
                default:
                    throw Failure(.usage, "-device \(device): isa-debug-exit has iobase and iosize, no '\(pair.key)'")
                }
            }
            fitted = (base, size)
        }
        return fitted
    }

    /// `-rtc base=utc|localtime|DATE`, in seconds since 1970.
    static func startDate(_ text: String?) throws(Failure) -> Int64 {
        guard let text else { return fixedDate }
        var date = fixedDate
        for part in OptionText.parts(text) {
            let pair = OptionText.pair(part)
            switch (pair.key, pair.value) {
            case ("base", "utc"): date = Int64(time(nil))
            case ("base", "localtime"):
                var now = time(nil)
                var local = tm()
                localtime_r(&now, &local)
                date = Int64(now) + Int64(local.tm_gmtoff)
            case ("base", let value?):
                guard let parsed = parseDate(value) else {
                    throw Failure(.usage, "-rtc \(text): give base=utc, base=localtime or base=2026-01-01T00:00:00")
                }
                date = parsed
            case ("clock", "vm"), ("driftfix", _): break
            case ("clock", _): throw Failure(.usage, "-rtc \(text): the clock follows guest time; use --clock host")
            default: throw Failure(.usage, "-rtc \(text): '\(part)' is not known; give base=")
            }
        }
        return date
    }

    /// `2026-01-01` or `2026-01-01T12:30:00`, 1970 to 2199.
    static func parseDate(_ text: String) -> Int64? {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        let day = halves.first?.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) } ?? []
        let clock =
            halves.count > 1 ? halves[1].split(separator: ":", omittingEmptySubsequences: false) : ["0", "0", "0"]
        let time = clock.compactMap { Int($0) }
        guard halves.count <= 2, day.count == 3, time.count == 3, clock.count == 3, (1970...2199).contains(day[0]),
            (1...12).contains(day[1]), (0...23).contains(time[0]), (0...59).contains(time[1]),
            (0...59).contains(time[2])
        else { return nil }
        let leap = day[0] % 4 == 0 && (day[0] % 100 != 0 || day[0] % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[day[1] - 1]).contains(day[2]) else { return nil }
        // Leap days of the years before this one.
        let past = day[0] - 1
        let leaps = past / 4 - past / 100 + past / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
        let days = (day[0] - 1970) * 365 + leaps + lengths[..<(day[1] - 1)].reduce(0, +) + day[2] - 1
        return Int64(days) * 86400 + Int64(time[0] * 3600 + time[1] * 60 + time[2])
    }
}
