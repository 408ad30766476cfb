import CKVM
import Glibc

/// The thread that runs the vCPU.
public enum HostThread {
    /// Keeps the calling thread on one CPU of the host. 0, or an errno.
    public static func pin(to cpu: Int) -> Int32 {
        var mask = [UInt64](repeating: 0, count: max(16, cpu / 64 + 1))
        mask[cpu / 64] = 1 << UInt64(cpu % 64)
        return ckvm_set_affinity(mask, UInt(mask.count * 8)) < 0 ? errno : 0
    }
}
