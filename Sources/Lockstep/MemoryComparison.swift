import Glibc
import Machine

/// Compares the RAM of two machines of the same size.
struct MemoryComparison {
    /// A byte by its offset into RAM.
    struct Difference {
        var offset: Int
        var leader: UInt8
        var follower: UInt8
    }

    /// Most bytes that are told of.
    private static let most = 16

    let leader: vMEM
    let follower: vMEM

    @inline(__always) func agree(line: Int) -> Bool {
        let offset = line << AccessRecord.lineShift
        return memcmp(leader.ram + offset, follower.ram + offset, 1 << AccessRecord.lineShift) == 0
    }

    func differences(line: Int) -> [Difference] {
        differences(line << AccessRecord.lineShift, 1 << AccessRecord.lineShift)
    }

    private func differences(_ offset: Int, _ count: Int) -> [Difference] {
        var list: [Difference] = []
        for place in offset..<offset + count {
            let mine = leader.ram.load(fromByteOffset: place, as: UInt8.self)
            let other = follower.ram.load(fromByteOffset: place, as: UInt8.self)
            if mine != other { list.append(Difference(offset: place, leader: mine, follower: other)) }
        }
        return list
    }

    private var pages: Int { Int(leader.size >> 12) }

    /// The first bytes that differ in pages that one of the two has written. With `resident`, also in pages that a host
    /// page stands behind: an engine that stores past vMEM marks nothing.
    func allDifferences(resident: Bool) -> [Difference] {
        var list: [Difference] = []
        let first = leader.writtenPages, second = follower.writtenPages
        let present = resident ? residentPages() : []
        var page = 0
        while page < pages, list.count < Self.most {
            if !resident, page & 7 == 0, page + 8 <= pages, Self.isEmpty(first + page), Self.isEmpty(second + page) {
                page += 8
                continue
            }
            let isWanted = first[page] | second[page] != 0 || resident && present[page] & 1 != 0
            if isWanted, memcmp(leader.ram + page << 12, follower.ram + page << 12, 4096) != 0 {
                list += differences(page << 12, 4096)
            }
            page += 1
        }
        return Array(list.prefix(Self.most))
    }

    /// Whether vMEM knows that the page of this byte was written.
    func isMarked(_ byte: Difference) -> Bool {
        leader.writtenPages[byte.offset >> 12] | follower.writtenPages[byte.offset >> 12] != 0
    }

    /// Eight marks at once.
    private static func isEmpty(_ marks: UnsafePointer<UInt8>) -> Bool {
        UnsafeRawPointer(marks).loadUnaligned(as: UInt64.self) == 0
    }

    /// One byte a page of the follower's RAM: bit 0, in host memory. All ones where the host does not tell.
    private func residentPages() -> [UInt8] {
        var marks = [UInt8](repeating: 0, count: pages)
        // SAFETY: the mapping has `size` bytes, and `marks` a byte for each of its pages.
        let result = marks.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mincore(follower.ram, Int(follower.size), $0) } ?? -1
        }
        return result == 0 ? marks : [UInt8](repeating: 1, count: pages)
    }

    /// Bus address of an offset into RAM.
    static func physical(_ offset: Int) -> UInt64 {
        let place = UInt64(offset)
        return place < vMEM.lowMemoryEnd ? place : place - vMEM.lowMemoryEnd + (1 << 32)
    }

    /// Makes bytes of the follower those of the leader.
    func copy(_ list: [Difference]) {
        for byte in list { follower.load([byte.leader], at: Self.physical(byte.offset)) }
    }
}
