import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Why the host's CPU cannot be asked.
public struct OracleError: Error, CustomStringConvertible {
    public let description: String
    /// There is no CPU to ask, or Linux keeps it from us: no error of the caller.
    public let isSkip: Bool
    init(_ description: String, isSkip: Bool = false) {
        self.description = description
        self.isSkip = isSkip
    }
}

/// The host's CPU: a child that runs batches of cases in the shared file.
final class HostRunner {
    /// Seconds for a batch, which takes some milliseconds.
    private static let patience: Int32 = 10

    private static let spawning = NSLock()

    let shared: UnsafeMutableRawPointer
    private let executable: String
    private let file: Int32
    private var child: pid_t = 0
    private var commands: Int32 = -1
    private var replies: Int32 = -1

    /// `executable` runs `HostChild.run` when its argument is `--host-child`.
    init(executable: String) throws {
        self.executable = executable
        // Without a name: an unlinked file.
        var template = Array("/tmp/lucid86-oracle-XXXXXX".utf8CString)
        file = mkstemp(&template)
        guard file >= 0 else { throw OracleError("no temporary file: errno \(errno)") }
        unlink(template)
        guard ftruncate(file, off_t(SharedFile.size)) == 0,
            let memory = mmap(nil, SharedFile.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
        else { throw OracleError("no shared memory: errno \(errno)") }
        shared = memory
        // A child that is gone is told by its pipe.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        stop()
        munmap(shared, SharedFile.size)
        close(file)
    }

    private func start() throws {
        var toChild: [Int32] = [0, 0], fromChild: [Int32] = [0, 0]
        // No other child may get these ends, or a dead child's pipe would not end.
        Self.spawning.lock()
        defer { Self.spawning.unlock() }
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw OracleError("no pipe: errno \(errno)") }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, file, 3)
        let arguments = [strdup(executable), strdup("--host-child"), nil]
        defer { for argument in arguments { free(argument) } }
        let status = posix_spawn(&child, executable, &actions, nil, arguments, environ)
        close(toChild[0])
        close(fromChild[1])
        commands = toChild[1]
        replies = fromChild[0]
        guard status == 0 else {
            child = 0
            stop()
            throw OracleError("\(executable) cannot be started: errno \(status)")
        }
    }

    private func stop() {
        if commands >= 0 { close(commands) }
        if replies >= 0 { close(replies) }
        (commands, replies) = (-1, -1)
        guard child > 0 else { return }
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
        child = 0
    }

    /// Lets the first `count` cases of the shared file begin; `finish` waits for them.
    func begin(_ count: Int, from first: Int = 0) throws {
        if child == 0 { try start() }
        shared.word(SharedFile.count).pointee = UInt64(count)
        shared.word(SharedFile.first).pointee = UInt64(first)
        shared.word(SharedFile.progress).pointee = .max
        var byte: UInt8 = 1
        _ = write(commands, &byte, 1)
    }

    /// Where the child ended or hung in a case, that case `isLost`, and the others go on.
    func finish(_ count: Int) throws {
        while true {
            var descriptor = pollfd(fd: replies, events: Int16(POLLIN), revents: 0)
            var byte: UInt8 = 0
            if poll(&descriptor, 1, Self.patience * 1000) == 1, read(replies, &byte, 1) == 1 { return }
            let reached = shared.word(SharedFile.progress).pointee
            stop()
            guard reached < UInt64(count) else {
                throw OracleError("the child that runs on the host's CPU does not begin", isSkip: true)
            }
            shared.output(Int(reached)).isLost = true
            guard Int(reached) + 1 < count else { return }
            try begin(count, from: Int(reached) + 1)
        }
    }
}
