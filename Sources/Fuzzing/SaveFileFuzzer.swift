import Foundation
import Machine
import PCBoard

/// Save files that an enemy made: damaged in their meaning, with a digest that is right. A load gives an error and changes
/// nothing, or a machine that runs on without a trap.
public enum SaveFileFuzzer {
    public static func check(seed: UInt64, number: UInt64, folder: String, rounds: Int = 12) throws -> String? {
        var random = FuzzRandom(seed: seed, case: number)
        let path = folder + "/fuzz-\(getpid())-\(UInt64.random(in: 0 ... .max)).save"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var fuzzCase = CaseGenerator.make(seed: seed, number: number)
        fuzzCase.ticks = 400
        try FuzzMachine(fuzzCase).use { vm in
            _ = vm.run(until: fuzzCase.ticks)
            try vm.save(to: path)
        }
        let original = SaveForgery(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        guard let original else { return "a save file that cannot be taken apart" }
        guard original.sealed() == original.file else { return "the digest of the format's table is another" }
        for round in 0..<rounds {
            var forgery = original
            forgery.damage(&random)
            try Data(forgery.sealed()).write(to: URL(fileURLWithPath: path))
            let target = try FuzzMachine(fuzzCase)
            if let problem = try target.use({ try load(path, into: $0, board: target.board) }) {
                return "round \(round): " + problem
            }
        }
        return nil
    }

    private static func load(_ path: String, into vm: VM, board: PCBoard?) throws -> String? {
        _ = vm.run(until: 100)
        let hash = try vm.stateHash()
        do throws(SnapshotError) { try vm.restore(from: path) } catch {
            return try vm.stateHash() == hash ? nil : "refused (\(error)), but it changed the machine"
        }
        _ = vm.run(until: vm.io.events.now &+ 20_000)
        _ = board?.vga.makeFrame()
        return vm.engine?.refusal(of: vm.cpu)
    }
}

/// A save file in its parts, to be changed and sealed again.
struct SaveForgery {
    let file: [UInt8]
    private var prefix: [UInt8]
    private var header: [UInt8]
    private var states: [[UInt8]] = []
    /// Numbers, pages and sectors, as they follow one another.
    private var rest: [[UInt8]] = []

    init?(_ bytes: [UInt8]) {
        file = bytes
        guard bytes.count > 32 else { return nil }
        prefix = Array(bytes[0..<16])
        var position = 16
        func take(_ count: Int) -> [UInt8]? {
            guard count >= 0, position + count <= bytes.count else { return nil }
            defer { position += count }
            return Array(bytes[position..<position + count])
        }
        let length = prefix[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard let header = take(length) else { return nil }
        self.header = header
        guard let tree = try? JSONSerialization.jsonObject(with: Data(header)) as? [String: Any],
            let devices = tree["devices"] as? [[String: Any]], let pages = tree["pages"] as? Int,
            let disks = tree["disks"] as? [[String: Any]]
        else { return nil }
        for device in devices {
            guard let length = device["length"] as? Int, let state = take(length) else { return nil }
            states.append(state)
        }
        let sectors = disks.reduce(0) { $0 + ($1["written"] as? Int ?? 0) }
        for (count, size) in [(pages, 4096), (sectors, 512)] {
            for _ in 0..<count {
                guard let number = take(8), let content = take(size) else { return nil }
                rest += [number, content]
            }
        }
    }

    /// The file with a digest that fits.
    func sealed() -> [UInt8] {
        var hash = StateHash(), bytes: [UInt8] = []
        var prefix = prefix
        for index in 0..<4 { prefix[12 + index] = UInt8(truncatingIfNeeded: header.count >> (index * 8)) }
        for piece in [prefix, header] + states + rest {
            hash.add(piece)
            bytes += piece
        }
        return bytes + hash.bytes
    }

    mutating func damage(_ random: inout FuzzRandom) {
        switch random.below(10) {
        case 0...3: header = Self.changed(header, &random)
        case 4...7:
            guard !states.isEmpty else { return }
            let index = random.below(states.count)
            let changed = Self.changed(states[index], &random)
            states[index] = changed
            if random.chance(90) { setLength(index, changed.count) }
        case 8:
            guard !rest.isEmpty else { return }
            let index = random.below(rest.count)
            rest[index][random.below(rest[index].count)] ^= random.byte()
        default:
            if random.chance(50) {
                rest.removeLast(min(rest.count, 1))
            } else {
                rest.append(random.bytes(random.below(600)))
            }
        }
    }

    private mutating func setLength(_ index: Int, _ length: Int) {
        guard var tree = try? JSONSerialization.jsonObject(with: Data(header)) as? [String: Any],
            var devices = tree["devices"] as? [[String: Any]], devices.indices.contains(index)
        else { return }
        devices[index]["length"] = length
        tree["devices"] = devices
        header = Array((try? JSONSerialization.data(withJSONObject: tree, options: [.sortedKeys])) ?? Data(header))
    }

    /// JSON with one to three leaves changed.
    private static func changed(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        guard var tree = try? JSONSerialization.jsonObject(with: Data(bytes)) else { return bytes }
        for _ in 0...random.below(3) { tree = damaged(tree, &random) }
        return Array((try? JSONSerialization.data(withJSONObject: tree, options: [.sortedKeys])) ?? Data(bytes))
    }

    private static func damaged(_ tree: Any, _ random: inout FuzzRandom) -> Any {
        if var object = tree as? [String: Any] {
            let keys = object.keys.sorted()
            guard !keys.isEmpty else { return object }
            let key = random.pick(keys)
            if random.chance(4) {
                object[key] = nil
            } else if let value = object[key] {
                object[key] = damaged(value, &random)
            }
            return object
        }
        if var array = tree as? [Any] {
            switch random.below(6) {
            case 0: return [Any]()
            case 1: return array + array
            default:
                guard !array.isEmpty else { return [1, 2, 3] }
                let index = random.below(array.count)
                array[index] = damaged(array[index], &random)
                return array
            }
        }
        if let number = tree as? NSNumber, random.chance(60) {
            // A neighbour, a bit away, or a border.
            let value = number.uint64Value
            return NSNumber(
                value: random.chance(50) ? value ^ (1 << UInt64(random.below(64))) : value &+ random.next() % 5 &- 2)
        }
        let values: [Any] = [
            0, 1, 3, 7, 128, 255, 65535, 65536, NSNumber(value: UInt64(1) << 32), NSNumber(value: UInt64(1) << 62),
            NSNumber(value: UInt64.max), -1, 0.5, "", "text", true, NSNull(),
        ]
        return random.pick(values)
    }
}
