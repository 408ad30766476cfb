/// An option of a run as a person types it: `-name` or `--name`, with at most one value.
struct OptionRow {
    /// Sections of the help text, in order.
    enum Group: String, CaseIterable {
        case machine = "Machine"
        case disks = "Disks"
        case network = "Network and consoles"
        case screen = "Screen, keyboard and serial port"
        case run = "How it runs"
        case observe = "What comes out"
        case compatible = "Accepted for scripts written for QEMU"
    }

    let name: String
    /// What the help text calls the value; nil for a flag.
    let value: String?
    let group: Group
    let help: String

    init(_ group: Group, _ name: String, _ value: String?, _ help: String) {
        self.name = name
        self.value = value
        self.group = group
        self.help = help
    }

    init(_ group: Group, _ name: String, _ help: String) { self.init(group, name, nil, help) }

    /// All options of a run. `RunOptions` has a property for each.
    static let all: [OptionRow] = [
        OptionRow(.machine, "m", "SIZE", "Memory in MiB, or with a suffix K, M or G. Default 128."),
        OptionRow(.machine, "boot", "ORDER", "Letters of a (floppy), c (disk), d (CD), or order=LETTERS. Default cad."),
        OptionRow(.machine, "bios", "FILE", "ROM of 64, 128 or 256 KiB instead of the built-in one."),
        OptionRow(
            .machine, "device", "NAME,..",
            "isa-debug-exit, virtio-blk-pci, virtio-net-pci, virtio-rng-pci, virtio-serial-pci, virtconsole, e1000; help lists all."
        ),
        OptionRow(
            .machine, "kernel", "FILE",
            "Boot this instead of a disk: Multiboot 1 or 2, Linux (bzImage), PVH, or any ELF file for the x86."),
        OptionRow(
            .machine, "initrd", "FILE",
            "Initial RAM disk for Linux; for Multiboot a list of modules: FILE words,FILE ..."
        ),
        OptionRow(.machine, "append", "TEXT", "The kernel's command line."),
        OptionRow(.machine, "linux-entry", "BITS", "Where Linux is entered: 16 (the default), 32 or 64."),
        OptionRow(.machine, "fw_cfg", "name=N,..", "A file for firmware and kernel, with file=FILE or string=TEXT."),
        OptionRow(.machine, "no-reboot", "A reset ends the run, with exit status 0."),
        OptionRow(
            .machine, "on-triple-fault", "WHAT", "end (the default) ends the run; reset resets as the hardware does."),
        OptionRow(
            .machine, "rtc", "base=WHEN",
            "The clock's start: a date like 2026-01-01T00:00:00 (the default), utc or localtime."),
        OptionRow(
            .machine, "smp", "N", "Processors, 1 to 16, on the interpreter. They take turns; --seed varies them."),
        OptionRow(.machine, "seed", "N", "Seed of what is random in the machine: what RDRAND and RDSEED draw."),

        OptionRow(
            .machine, "cpu", "NAME",
            "pentium (the default), 386 to x86-64-v3, max, or host (under KVM only), with ,+FLAG,-FLAG; help lists all."
        ),

        OptionRow(.disks, "hda", "FILE", "First disk, a raw or qcow2 image. A bare FILE as last argument is the same."),
        OptionRow(.disks, "hdb", "FILE", "Second disk."),
        OptionRow(.disks, "hdc", "FILE", "Third disk."),
        OptionRow(.disks, "hdd", "FILE", "Fourth disk."),
        OptionRow(.disks, "cdrom", "FILE", "CD-ROM drive with this disc (ISO 9660), in the place of the third disk."),
        OptionRow(.disks, "fda", "FILE", "Diskette in drive A, a raw image."),
        OptionRow(.disks, "fdb", "FILE", "Diskette in drive B."),
        OptionRow(
            .disks, "drive", "file=F,..",
            "With format=raw|qcow2, if=ide|floppy|virtio|none, index=N, media=disk|cdrom, readonly=on|off, snapshot=on|off."
        ),
        OptionRow(.disks, "snapshot", "Disk writes stay in memory; the images stay as they are."),

        OptionRow(
            .network, "nic", "user,..",
            "A network card with a network in user space: model=e1000|virtio-net-pci, mac=, hostfwd=tcp::HOSTPORT-:PORT; or none."
        ),
        OptionRow(
            .network, "netdev", "user,id=N,..",
            "The network alone, for -device CARD,netdev=N: hostfwd=, restrict=on, ipv6=on, hostname=NAME."),
        OptionRow(
            .network, "chardev", "KIND,id=N", "stdio, file,path=FILE or null, for -device virtconsole,chardev=N."),

        OptionRow(
            .screen, "display", "WHERE", "terminal draws the screen in the terminal, none does not. Default: see below."
        ),
        OptionRow(.screen, "nographic", "No screen; the serial port on stdin and stdout. Ctrl-A h shows its keys."),
        OptionRow(
            .screen, "serial", "WHERE",
            "stdio, mon:stdio (with Ctrl-A keys), file:FILE, null or none. Given twice: COM2."),
        OptionRow(.screen, "debugcon", "WHERE", "Bytes written to ports E9h and 402h: stdio, file:FILE or null."),
        OptionRow(
            .screen, "keys", "TEXT|@FILE",
            "Types TEXT. A line feed is Enter; <wait:TEXT> waits for TEXT on the screen; <esc> <f1> <up> <ctrl-c> are "
                + "keys; \\< \\> \\\\ are literal."),
        OptionRow(.screen, "name", "TEXT", "Title of the terminal window under -display terminal."),

        OptionRow(
            .run, "engine", "NAME",
            "interpreter (the default), kvm (the host's CPU, where it can), kvm! (or nothing), auto (KVM where it is worth it)."
        ),
        OptionRow(
            .run, "switch-at", "COND",
            "Change to the other engine, live and once, at rip==ADDR, instructions==N or 'port P written'. May be repeated."
        ),
        OptionRow(.run, "pin", "0=CPU", "Keep the thread that runs vCPU 0 on this host CPU."),
        OptionRow(.run, "budget", "N", "End after N ticks: instructions plus skipped idle time, 1 ns each."),
        OptionRow(
            .run, "clock", "KIND",
            "virtual runs as fast as it can; host does not run ahead of real time and sleeps in HLT."),
        OptionRow(.run, "save", "FILE", "At the end of the run, whatever it is, save the whole machine to FILE."),
        OptionRow(
            .run, "restore", "FILE",
            "Go on from a saved machine instead of booting; give the options that it was made with."),
        OptionRow(.run, "S", "Start stopped, in the debugger."),
        OptionRow(.run, "fail-on", "REGEX", "End with status 108 when a line of serial, debugcon or screen matches."),

        OptionRow(.observe, "report", "FILE|-", "JSON report at the end; - is stdout."),
        OptionRow(
            .observe, "screen-dump", "FILE|-", "The last screen: FILE.png draws it, FILE.txt or - gives its text."),
        OptionRow(.observe, "dump-state", "FILE|-", "All registers at the end, as JSON."),
        OptionRow(.observe, "dump-memory", "ADDR,LEN", "Physical memory for --dump-state; may be given several times."),
        OptionRow(.observe, "log-port", "PORT=FILE", "Bytes that the guest writes to a port."),
        OptionRow(.observe, "d", "ITEM,..", "Log to stderr or -D FILE; -d help lists the items."),
        OptionRow(.observe, "D", "FILE", "Where -d logs to."),

        OptionRow(.compatible, "machine", "pc", "Also -M. The only machine here is pc."),
        OptionRow(.compatible, "M", "pc", "The same as -machine."),
        OptionRow(
            .compatible, "accel", "NAME", "kvm, or tcg for the interpreter; kvm:tcg takes the first that can run."),
        OptionRow(.compatible, "enable-kvm", "The same as --engine kvm."),
        OptionRow(.compatible, "monitor", "none", "There is no monitor on a stream of its own."),
        OptionRow(.compatible, "vga", "std", "There is one VGA."),
        OptionRow(.compatible, "nodefaults", "Nothing is fitted by default that it would take away."),
        OptionRow(.compatible, "no-shutdown", "A machine that has ended stays, for the debugger."),
    ]

    /// QEMU's options that mean something which is not here: why, and what to use instead.
    static let refused: [String: String] = [
        "s": "the GDB server is not there yet; use 'lucid86 debug'",
        "gdb": "the GDB server is not there yet; use 'lucid86 debug'",
        "net": "use -nic user,model=e1000, or -netdev user,id=n and -device e1000,netdev=n",
        "dfilter": "log filters are not there yet; use -d with fewer items",
        "icount": "time always follows the instructions here; leave the option out",
        "loadvm": "saved machines by tag are not there",
        "qmp": "there is no QMP; use --report for results",
        "usb": "there is no USB", "vnc": "there is no VNC server; use -display terminal",
        "curses": "use -display terminal", "global": "devices here have no global properties",
        "object": "there are no objects to create", "pidfile": "there is no pidfile",
        "daemonize":
            "it does not go into the background; use your shell's &", "trace": "use -d; -d help lists the items",
        "k": "key maps are not there; the keyboard is a US one", "parallel": "there is no parallel port",
        "soundhw": "there is no sound", "audiodev": "there is no sound",
        "mem-path": "guest memory cannot be a file", "uuid": "the machine has no UUID",
        "smbios": "SMBIOS tables tell of the machine as it is", "acpitable": "tables cannot be added to ACPI's",
    ]
}
