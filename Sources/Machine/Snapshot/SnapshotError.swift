/// Why a machine was not saved or not restored. The machine is then as it was before.
public enum SnapshotError: Error, Equatable, CustomStringConvertible {
    /// The host refused: what was done, and errno's text.
    case host(path: String, reason: String)
    /// No save file at all: its first bytes are others.
    case notASaveFile
    /// Made by another version of the format.
    case formatVersion(UInt32)
    /// Ends before its content does.
    case truncated
    /// Goes on behind its end.
    case trailingBytes(UInt64)
    /// The digest over all bytes is another: the file was damaged or changed.
    case digest
    /// A part does not mean anything: which, and why.
    case malformed(String)
    /// Sound, but made on a machine that is not like this one: what differs.
    case otherMachine(String)
    /// A device or the CPU does not take what is saved for it.
    case refused(String)
    /// Sound, but beyond the engine that now drives the machine: a sentence.
    case engine(String)

    public var description: String {
        switch self {
        case .host(let path, let reason): "\(path): \(reason)"
        case .notASaveFile: "this is no save file of lucid86"
        case .formatVersion(let version):
            "the save file has format version \(version), that of \(version < SnapshotFormat.version ? "an older" : "a newer") "
                + "lucid86; this one reads version \(SnapshotFormat.version)"
        case .truncated: "the save file is cut off before its end"
        case .trailingBytes(let count): "the save file has \(count) bytes behind its end"
        case .digest: "the save file is damaged: its digest does not match its content"
        case .malformed(let what): "the save file is damaged: \(what)"
        case .otherMachine(let what): "the save file is of another machine: \(what)"
        case .refused(let what): "the save file holds a state that no machine can be in: \(what)"
        case .engine(let sentence): sentence
        }
    }
}
