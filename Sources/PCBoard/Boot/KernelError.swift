import Machine

/// Why a kernel cannot be booted: a sentence for whoever gave it.
public enum KernelError: Error, Equatable, CustomStringConvertible {
    /// None of the formats: what was looked for.
    case unknownFormat
    /// The file breaks the rules of its own format.
    case malformed(String)
    /// Well-formed, but asks for what is not there.
    case unsupported(String)
    /// Does not fit into the machine's memory.
    case memory(String)
    /// The command line is longer than the kernel takes: bytes, limit.
    case commandLine(Int, limit: Int)
    /// 64-bit code on a CPU model without long mode.
    case needsLongMode

    public var description: String {
        switch self {
        case .unknownFormat:
            "this is no kernel: it has no Multiboot header, no Linux header 'HdrS', and is no ELF file"
        case .malformed(let what): "the kernel file is damaged: \(what)"
        case .unsupported(let what): "this kernel cannot be booted: \(what)"
        case .memory(let what): "the kernel does not fit: \(what); give a larger -m"
        case .commandLine(let length, let limit):
            "the command line (-append) has \(length) bytes; this kernel takes \(limit) at most"
        case .needsLongMode:
            "the kernel is 64-bit code, which this CPU model cannot run; give -cpu qemu64, x86-64-v2 or max"
        }
    }
}
