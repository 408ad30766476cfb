import Machine
import X86ISA

/// Instructions that are fetched one by one: those that no trace can hold.
extension Interpreter {
    /// Fetches and decodes at CS:RIP without the cache. Of the next page, and of a device, no byte is read that the
    /// instruction does not have.
    func fetch() throws(Exception) -> Instruction {
        let file = core.file, isWide = core.isWide
        let limit = isWide ? UInt64.max : UInt64(file.pointee.cs.limit)
        let start = file.pointee.linearInstructionPointer
        if isWide, !core.isCanonical(start) { throw generalProtection(0, .nonCanonical(address: start)) }
        guard file.pointee.rip <= limit else {
            throw generalProtection(0, .fetchBeyondLimit(offset: file.pointee.rip, limit: file.pointee.cs.limit))
        }
        let physical = try core.translateFetch(start)
        if let instruction = plainInstruction(physical, limit) { return instruction }
        if let instruction = try instructionAtPageEnd(start, physical, limit) { return instruction }
        var wanted = 1, bytes: [UInt8] = []
        if case .mmio = vm.memory.target(of: physical) {} else { wanted = 4096 - Int(start & 4095) }
        wanted = min(wanted, 15)
        while true {
            while bytes.count < wanted, file.pointee.rip &+ UInt64(bytes.count) <= limit {
                let place = core.wrapped(start &+ UInt64(bytes.count))
                if isWide, !core.isCanonical(place) { throw generalProtection(0, .nonCanonical(address: place)) }
                bytes.append(try core.fetchByte(place))
            }
            do throws(DecodeError) {
                return try Decoder(file.pointee.codeSize, features: features.instructions).decode(bytes)
            } catch {
                switch error {
                case .truncated where bytes.count < wanted:
                    throw generalProtection(
                        0,
                        .fetchBeyondLimit(offset: file.pointee.rip &+ UInt64(bytes.count), limit: file.pointee.cs.limit)
                    )
                case .truncated where wanted < 15: wanted += 1
                case .tooLong, .truncated: throw generalProtection(0, .instructionTooLong)
                case .lockNotAllowed: throw Machine.Exception(.invalidOpcode, nil, .lockNotAllowed)
                case .undefinedOpcode: throw Machine.Exception(.invalidOpcode, nil, undefinedReason(bytes))
                }
            }
        }
    }

    /// Why no instruction is there: one of a later CPU, or none at all.
    private func undefinedReason(_ bytes: [UInt8]) -> FaultReason {
        guard features.generation < .i80386, (try? Decoder(core.file.pointee.codeSize).decode(bytes)) != nil else {
            return .invalidOpcode
        }
        return .featureMissing(feature: "i80386", model: model.name)
    }

    /// The instruction whose 15 bytes at most lie within the segment and in a page of RAM or ROM; nil where it needs a
    /// closer look.
    private func plainInstruction(_ physical: UInt64, _ limit: UInt64) -> Instruction? {
        guard physical & 4095 <= 4096 - 15, core.file.pointee.rip &+ 14 <= limit else { return nil }
        guard let page = hostPage(physical) else { return nil }
        // SAFETY: all 15 bytes are in that page.
        let bytes = UnsafeRawBufferPointer(start: page + Int(physical & 4095), count: 15)
        return try? Decoder(core.file.pointee.codeSize, features: features.instructions).decode(bytes)
    }

    /// The instruction that begins in the last 14 bytes of a page, where that page and, if it goes on there, the next one are
    /// RAM or ROM; nil where it needs a closer look.
    private func instructionAtPageEnd(
        _ start: UInt64, _ physical: UInt64, _ limit: UInt64
    ) throws(Exception) -> Instruction? {
        let offset = Int(physical & 4095), count = 4096 - offset
        guard count < 15, core.file.pointee.rip &+ 14 <= limit, let page = hostPage(physical) else { return nil }
        let decoder = Decoder(core.file.pointee.codeSize, features: features.instructions)
        do throws(DecodeError) {
            // SAFETY: `count` bytes are left in that page.
            return try decoder.decode(UnsafeRawBufferPointer(start: page + offset, count: count))
        } catch { guard error == .truncated else { return nil } }
        // There is at least one byte more, so the next page may fault.
        let place = core.wrapped(start &+ UInt64(count))
        guard !core.isWide || core.isCanonical(place), let next = hostPage(try core.translateFetch(place)) else {
            return nil
        }
        return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes in
            // SAFETY: `count` bytes are left in the one page, and the other has 4,096.
            bytes.baseAddress.unsafelyUnwrapped.copyMemory(from: page + offset, byteCount: count)
            (bytes.baseAddress.unsafelyUnwrapped + count).copyMemory(from: next, byteCount: 15 - count)
            return try? decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[0..<15]))
        }
    }

    private func hostPage(_ physical: UInt64) -> UnsafeMutableRawPointer? {
        switch memory.target(of: physical) {
        case .ram(let page), .rom(let page): page
        case .mmio, .nothing: nil
        }
    }
}
