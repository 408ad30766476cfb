/// The time, date and alarm bytes of an MC146818, in the form that register B chooses.
///
/// Source: Motorola MC146818 datasheet, "Time, calendar, and alarm locations".
struct CalendarRegisters {
    /// Offsets of the bytes.
    enum Offset {
        static let seconds = 0x00
        static let secondsAlarm = 0x01
        static let minutes = 0x02
        static let minutesAlarm = 0x03
        static let hours = 0x04
        static let hoursAlarm = 0x05
        /// 1 is Sunday.
        static let dayOfWeek = 0x06
        static let dayOfMonth = 0x07
        static let month = 0x08
        /// 0-99.
        static let year = 0x09
        /// Not in the chip: IBM keeps the century here, in BCD whatever register B says.
        static let century = 0x32
    }

    /// Register B, DM: binary instead of BCD.
    var isBinary: Bool
    /// Register B, 24/12.
    var is24Hour: Bool

    func encode(_ value: Int) -> UInt8 { isBinary ? UInt8(truncatingIfNeeded: value) : Self.bcd(value) }

    func decode(_ byte: UInt8) -> Int { isBinary ? Int(byte) : Self.fromBCD(byte) }

    static func bcd(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: value / 10 % 10 * 16 + value % 10) }

    static func fromBCD(_ byte: UInt8) -> Int { Int(byte >> 4) * 10 + Int(byte & 0xF) }

    /// In 12-hour form bit 7 is PM, and midnight and noon are 12.
    func encodeHour(_ hour: Int) -> UInt8 {
        guard !is24Hour else { return encode(hour) }
        let shown = hour % 12 == 0 ? 12 : hour % 12
        return encode(shown) | (hour >= 12 ? 0x80 : 0)
    }

    func decodeHour(_ byte: UInt8) -> Int {
        guard !is24Hour else { return decode(byte) }
        return decode(byte & 0x7F) % 12 + (byte & 0x80 != 0 ? 12 : 0)
    }

    /// One second later. A byte that is out of range goes to the start of its range with a carry.
    func advance(_ bytes: inout [UInt8]) {
        guard carries(&bytes, Offset.seconds, last: 59, first: 0) else { return }
        guard carries(&bytes, Offset.minutes, last: 59, first: 0) else { return }
        let hour = decodeHour(bytes[Offset.hours])
        bytes[Offset.hours] = encodeHour(hour >= 23 ? 0 : hour + 1)
        guard hour >= 23 else { return }
        _ = carries(&bytes, Offset.dayOfWeek, last: 7, first: 1)
        let month = decode(bytes[Offset.month])
        // The chip takes every fourth year for a leap year, which is right from 1901 to 2099.
        let isLeap = decode(bytes[Offset.year]) % 4 == 0
        let days = Self.days(inMonth: month, isLeap: isLeap)
        guard carries(&bytes, Offset.dayOfMonth, last: days, first: 1) else { return }
        guard carries(&bytes, Offset.month, last: 12, first: 1) else { return }
        guard carries(&bytes, Offset.year, last: 99, first: 0) else { return }
        let century = Self.fromBCD(bytes[Offset.century])
        bytes[Offset.century] = Self.bcd(century >= 99 ? 0 : century + 1)
    }

    private func carries(_ bytes: inout [UInt8], _ offset: Int, last: Int, first: Int) -> Bool {
        let value = decode(bytes[offset])
        bytes[offset] = encode(value >= last ? first : value + 1)
        return value >= last
    }

    static func days(inMonth month: Int, isLeap: Bool) -> Int {
        switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Sets all time bytes from seconds since 1970-01-01 00:00:00 UTC.
    func set(_ bytes: inout [UInt8], secondsSince1970 seconds: Int64) {
        // Years from 0000 to 9999: further away a two-digit century has no meaning.
        let bounded = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let days = Int(bounded >= 0 ? bounded / 86400 : (bounded - 86399) / 86400)
        let second = Int(bounded) - days * 86400
        bytes[Offset.seconds] = encode(second % 60)
        bytes[Offset.minutes] = encode(second / 60 % 60)
        bytes[Offset.hours] = encodeHour(second / 3600)
        // 1970-01-01 was a Thursday, day 5.
        bytes[Offset.dayOfWeek] = encode(((days + 4) % 7 + 7) % 7 + 1)
        // Counted from 0000-03-01 in years that begin in March, so that the leap day comes last.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        bytes[Offset.dayOfMonth] = encode(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
        bytes[Offset.month] = encode(month)
        bytes[Offset.year] = encode(year % 100)
        bytes[Offset.century] = Self.bcd(year / 100)
    }
}
