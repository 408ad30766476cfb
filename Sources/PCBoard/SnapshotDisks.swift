import Machine
import PCDevices

extension PCBoard {
    /// The fitted disks and diskettes, as a save and a digest take them.
    func snapshotDisks() -> [SnapshotDisk] {
        drives.map { name, disk in
            guard let savable = disk as? any SavableStorage else {
                return SnapshotDisk(name: name, sectors: disk.sectorCount)
            }
            return SnapshotDisk(
                name: name, sectors: disk.sectorCount, written: { savable.savedBlocks },
                replace: { savable.restore($0) })
        }
    }

    /// The fitted drives by name: `ata0.0` to `ata1.1`, `floppy0` and `floppy1`, and those in PCI slots.
    private var drives: [(name: String, disk: any BlockStorage)] {
        let names = ["ata0.0", "ata0.1", "ata1.0", "ata1.1"]
        let disks = zip(names, configuration.disks).map { ($0, $1) }
        let discs = zip(names, configuration.discDrives).map { ($0, $1?.disc) }
        let floppies = zip(["floppy0", "floppy1"], configuration.floppies).map { ($0, $1) }
        return (disks + discs + floppies).compactMap { name, disk in disk.map { (name, $0) } } + fitted.disks
    }
}
