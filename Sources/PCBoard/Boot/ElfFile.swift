import CElf
import Glibc

/// What a loader wants of an ELF file for the x86, read with libelf. Everything is checked against the file's size.
struct ElfFile {
    /// A PT_LOAD.
    struct Segment: Equatable {
        let offset: UInt64
        let fileSize: UInt64
        let virtual: UInt64
        let physical: UInt64
        let size: UInt64
    }

    /// Most program headers that are taken: more would be no kernel.
    private static let mostSegments = 1024
    /// Elfnote.h of Xen: the 32-bit entry point of PVH, physical.
    private static let pvhEntryNote: UInt32 = 18
    /// SHN_ABS: the symbol's value is no address.
    private static let absoluteSection: UInt16 = 0xFFF1

    let is64Bit: Bool
    let entry: UInt64
    private(set) var segments: [Segment] = []
    /// What the note XEN_ELFNOTE_PHYS32_ENTRY names.
    private(set) var pvhEntry: UInt32?
    private(set) var symbols = SymbolTable()

    static func isElf(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

    init(_ bytes: [UInt8]) throws(KernelError) {
        guard elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE) else { throw .unsupported("libelf is too old") }
        // libelf takes memory that may be written, though for reading it writes nothing.
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(bytes.count, 1))
        defer { copy.deallocate() }
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { memcpy(copy, start, source.count) }
        }
        // SAFETY: `copy` has `bytes.count` bytes and outlives `elf`, which libelf keeps within them.
        guard let elf = elf_memory(copy, bytes.count), elf_kind(elf) == ELF_K_ELF else {
            throw .malformed("its ELF header is not readable\(Self.reason)")
        }
        defer { elf_end(elf) }
        var header = GElf_Ehdr()
        guard gelf_getehdr(elf, &header) != nil else {
            throw .malformed("its ELF header is not readable\(Self.reason)")
        }
        is64Bit = gelf_getclass(elf) == ELFCLASS64
        guard header.e_ident.5 == UInt8(ELFDATA2LSB),
            [Int32(EM_386), Int32(EM_X86_64)].contains(Int32(header.e_machine))
        else { throw .unsupported("its ELF header says that it is for another kind of CPU") }
        guard [Int32(ET_EXEC), Int32(ET_DYN)].contains(Int32(header.e_type)) else {
            throw .unsupported("it is an ELF file, but no program (ELF type \(header.e_type))")
        }
        entry = header.e_entry
        try readSegments(elf, fileSize: UInt64(bytes.count))
        symbols = Self.readSymbols(elf)
    }

    private static var reason: String {
        let number = elf_errno()
        guard number != 0, let text = elf_errmsg(number) else { return "" }
        return " (\(String(cString: text)))"
    }

    private mutating func readSegments(_ elf: OpaquePointer, fileSize: UInt64) throws(KernelError) {
        var count = 0
        guard elf_getphdrnum(elf, &count) == 0 else {
            throw .malformed("its program headers are not readable\(Self.reason)")
        }
        guard count <= Self.mostSegments else { throw .malformed("it has \(count) program headers") }
        for index in 0..<count {
            var header = GElf_Phdr()
            guard gelf_getphdr(elf, Int32(index), &header) != nil else {
                throw .malformed("its program header \(index) is not readable\(Self.reason)")
            }
            switch header.p_type {
            case UInt32(PT_LOAD):
                guard header.p_memsz > 0 else { continue }
                guard header.p_filesz <= header.p_memsz, header.p_filesz <= fileSize,
                    header.p_offset <= fileSize - header.p_filesz
                else { throw .malformed("segment \(index) lies beyond the end of the file") }
                segments.append(
                    Segment(
                        offset: header.p_offset, fileSize: header.p_filesz, virtual: header.p_vaddr,
                        physical: header.p_paddr, size: header.p_memsz))
            case UInt32(PT_NOTE):
                guard header.p_filesz <= fileSize, header.p_offset <= fileSize - header.p_filesz else { continue }
                if let entry = Self.pvhEntry(elf, header) { pvhEntry = entry }
            default: break
            }
        }
        guard !segments.isEmpty else { throw .unsupported("it is an ELF file without anything to load") }
    }

    /// Looks for the note of Xen that names an entry point.
    private static func pvhEntry(_ elf: OpaquePointer, _ header: GElf_Phdr) -> UInt32? {
        // Notes are aligned to 4 bytes unless their segment says 8.
        let type = header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR
        guard
            let data = elf_getdata_rawchunk(
                elf, Int64(truncatingIfNeeded: header.p_offset), Int(truncatingIfNeeded: header.p_filesz), type),
            let buffer = data.pointee.d_buf
        else { return nil }
        var offset = 0
        var note = GElf_Nhdr(), name = 0, content = 0
        while true {
            let next = gelf_getnote(data, offset, &note, &name, &content)
            guard next > offset else { return nil }
            offset = next
            guard note.n_type == pvhEntryNote, note.n_namesz == 4, note.n_descsz == 4 || note.n_descsz == 8 else {
                continue
            }
            // SAFETY: libelf has checked that name and content lie within the data.
            guard memcmp(buffer + name, "Xen", 4) == 0 else { continue }
            return (buffer + content).loadUnaligned(as: UInt32.self)
        }
    }

    /// The names of functions and data. A table that is damaged gives what is readable of it.
    private static func readSymbols(_ elf: OpaquePointer) -> SymbolTable {
        var list: [SymbolTable.Symbol] = []
        var section: OpaquePointer?
        while let next = elf_nextscn(elf, section) {
            section = next
            var header = GElf_Shdr()
            guard gelf_getshdr(next, &header) != nil, header.sh_type == UInt32(SHT_SYMTAB), header.sh_entsize > 0,
                let data = elf_getdata(next, nil)
            else { continue }
            let count = Int(clamping: UInt64(data.pointee.d_size) / header.sh_entsize)
            for index in 0..<count {
                var symbol = GElf_Sym()
                guard gelf_getsym(data, Int32(clamping: index), &symbol) != nil else { break }
                // Functions, data and labels of assembly; no sections, files, numbers or what is defined elsewhere.
                guard symbol.st_info & 15 <= 2, symbol.st_shndx != 0, symbol.st_shndx != Self.absoluteSection,
                    symbol.st_name != 0,
                    let name = elf_strptr(elf, Int(header.sh_link), Int(symbol.st_name))
                else { continue }
                list.append(
                    SymbolTable.Symbol(address: symbol.st_value, size: symbol.st_size, name: String(cString: name)))
            }
        }
        return SymbolTable(list)
    }
}
