import Machine
import PCDevices
import Testing

@testable import PCBoard

/// IA32_APIC_BASE moves the page of a local APIC (SDM 3A 11.4.5).
struct LocalAPICPlaceTests {
    private static let version: UInt64 = 0x30

    private func board(processors: Int = 1) throws -> PCBoard {
        var configuration = PCConfiguration()
        configuration.memorySize = 64 << 20
        configuration.cpuModel = .maximum
        configuration.processors = processors
        configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
        return try PCBoard(configuration)
    }

    private func word(_ board: PCBoard, _ address: UInt64) -> UInt32 {
        board.vm.memory.read(address, as: UInt32.self)
    }

    @Test func registersAreWhereTheBaseSays() throws {
        let board = try board()
        let version = word(board, 0xFEE0_0000 + Self.version)
        // An integrated APIC: 1xh.
        #expect(version & 0xF0 == 0x10)
        board.apics[0].base = 0x4200_0000 | 0x900
        #expect(word(board, 0x4200_0000 + Self.version) == version)
        #expect(word(board, 0xFEE0_0000 + Self.version) == 0xFFFF_FFFF)
        board.apics[0].base = 0xFEE0_0900
        #expect(word(board, 0xFEE0_0000 + Self.version) == version)
    }

    @Test func processorThatMovesItsOwnLeavesThoseOfOthers() throws {
        let board = try board(processors: 2)
        let version = word(board, 0xFEE0_0000 + Self.version)
        board.apics[1].base = 0x4200_0000 | 0x800
        // The first processor runs.
        #expect(word(board, 0xFEE0_0000 + Self.version) == version)
        #expect(word(board, 0x4200_0000 + Self.version) == 0xFFFF_FFFF)
    }

    @Test func placeComesBackFromASaveAndGoesWithAReset() throws {
        let board = try board(), other = try self.board()
        board.apics[0].base = 0x4200_0000 | 0x900
        let version = word(board, 0x4200_0000 + Self.version)
        other.apics[0].state = board.apics[0].state
        #expect(word(other, 0x4200_0000 + Self.version) == version)
        other.apics[0].reset()
        #expect(word(other, 0xFEE0_0000 + Self.version) == version)
        #expect(word(other, 0x4200_0000 + Self.version) == 0xFFFF_FFFF)
    }
}
