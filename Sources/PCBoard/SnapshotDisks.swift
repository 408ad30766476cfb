import Machine
import PCDevices

extension PCBoard {
    /// The fitted disks, as a save describes them.
    func snapshotDisks() -> [SnapshotDisk] {
        let names = ["ata0.0", "ata0.1", "ata1.0", "ata1.1"]
        return zip(names, configuration.disks).compactMap { name, disk in
            disk.map { SnapshotDisk(name: name, sectors: $0.sectorCount) }
        }
    }
}
