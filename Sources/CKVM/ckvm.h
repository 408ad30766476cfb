/* KVM's user API for Swift: request numbers, which are macros with casts; the unions of kvm_run; the one timer whose
   signal names a thread. No logic. */
#ifndef LUCID86_CKVM_H
#define LUCID86_CKVM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/kvm.h>

static const unsigned long CKVM_GET_API_VERSION = KVM_GET_API_VERSION;
static const unsigned long CKVM_CREATE_VM = KVM_CREATE_VM;
static const unsigned long CKVM_CHECK_EXTENSION = KVM_CHECK_EXTENSION;
static const unsigned long CKVM_GET_VCPU_MMAP_SIZE = KVM_GET_VCPU_MMAP_SIZE;
static const unsigned long CKVM_GET_SUPPORTED_CPUID = KVM_GET_SUPPORTED_CPUID;
static const unsigned long CKVM_GET_MSR_INDEX_LIST = KVM_GET_MSR_INDEX_LIST;
static const unsigned long CKVM_CREATE_VCPU = KVM_CREATE_VCPU;
static const unsigned long CKVM_SET_USER_MEMORY_REGION = KVM_SET_USER_MEMORY_REGION;
static const unsigned long CKVM_GET_DIRTY_LOG = KVM_GET_DIRTY_LOG;
static const unsigned long CKVM_SET_TSS_ADDR = KVM_SET_TSS_ADDR;
static const unsigned long CKVM_SET_IDENTITY_MAP_ADDR = KVM_SET_IDENTITY_MAP_ADDR;
static const unsigned long CKVM_ENABLE_CAP = KVM_ENABLE_CAP;
static const unsigned long CKVM_X86_SET_MSR_FILTER = KVM_X86_SET_MSR_FILTER;
static const unsigned long CKVM_RUN = KVM_RUN;
static const unsigned long CKVM_GET_REGS = KVM_GET_REGS;
static const unsigned long CKVM_SET_REGS = KVM_SET_REGS;
static const unsigned long CKVM_GET_SREGS = KVM_GET_SREGS;
static const unsigned long CKVM_SET_SREGS = KVM_SET_SREGS;
static const unsigned long CKVM_GET_SREGS2 = KVM_GET_SREGS2;
static const unsigned long CKVM_SET_SREGS2 = KVM_SET_SREGS2;
static const unsigned long CKVM_INTERRUPT = KVM_INTERRUPT;
static const unsigned long CKVM_GET_MSRS = KVM_GET_MSRS;
static const unsigned long CKVM_SET_MSRS = KVM_SET_MSRS;
static const unsigned long CKVM_GET_MCE_CAP = KVM_X86_GET_MCE_CAP_SUPPORTED;
static const unsigned long CKVM_SETUP_MCE = KVM_X86_SETUP_MCE;
static const unsigned long CKVM_SET_CPUID2 = KVM_SET_CPUID2;
static const unsigned long CKVM_GET_XSAVE = KVM_GET_XSAVE;
static const unsigned long CKVM_SET_XSAVE = KVM_SET_XSAVE;
static const unsigned long CKVM_GET_XCRS = KVM_GET_XCRS;
static const unsigned long CKVM_SET_XCRS = KVM_SET_XCRS;
static const unsigned long CKVM_GET_DEBUGREGS = KVM_GET_DEBUGREGS;
static const unsigned long CKVM_SET_DEBUGREGS = KVM_SET_DEBUGREGS;
static const unsigned long CKVM_GET_VCPU_EVENTS = KVM_GET_VCPU_EVENTS;
static const unsigned long CKVM_SET_VCPU_EVENTS = KVM_SET_VCPU_EVENTS;
static const unsigned long CKVM_SET_GUEST_DEBUG = KVM_SET_GUEST_DEBUG;
static const unsigned long CKVM_SET_TSC_KHZ = KVM_SET_TSC_KHZ;
static const unsigned long CKVM_GET_TSC_KHZ = KVM_GET_TSC_KHZ;

static inline int ckvm_open(void) { return open("/dev/kvm", O_RDWR | O_CLOEXEC); }
static inline int ckvm_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
static inline int ckvm_ioctl_value(int fd, unsigned long request, unsigned long value) {
    return ioctl(fd, request, value);
}

/* kvm_run's union, by exit reason */
struct ckvm_io {
    uint8_t direction;
    uint8_t size;
    uint16_t port;
    uint32_t count;
    uint64_t data_offset;
};
static inline struct ckvm_io ckvm_exit_io(const struct kvm_run *run) {
    struct ckvm_io io = {run->io.direction, run->io.size, run->io.port, run->io.count, run->io.data_offset};
    return io;
}
struct ckvm_mmio {
    uint64_t address;
    uint32_t length;
    uint8_t is_write;
};
static inline struct ckvm_mmio ckvm_exit_mmio(const struct kvm_run *run) {
    struct ckvm_mmio mmio = {run->mmio.phys_addr, run->mmio.len, run->mmio.is_write};
    return mmio;
}
static inline void *ckvm_exit_mmio_data(struct kvm_run *run) { return run->mmio.data; }
static inline struct kvm_debug_exit_arch ckvm_exit_debug(const struct kvm_run *run) { return run->debug.arch; }
static inline uint32_t ckvm_exit_msr_index(const struct kvm_run *run) { return run->msr.index; }
static inline uint64_t ckvm_exit_msr_data(const struct kvm_run *run) { return run->msr.data; }
static inline void ckvm_answer_msr(struct kvm_run *run, int fails, uint64_t data) {
    run->msr.error = fails ? 1 : 0;
    run->msr.data = data;
}
static inline uint32_t ckvm_exit_internal_suberror(const struct kvm_run *run) { return run->internal.suberror; }
static inline uint64_t ckvm_exit_fail_entry_reason(const struct kvm_run *run) {
    return run->fail_entry.hardware_entry_failure_reason;
}
static inline uint64_t ckvm_exit_unknown_reason(const struct kvm_run *run) { return run->hw.hardware_exit_reason; }
static inline struct kvm_sync_regs *ckvm_sync_registers(struct kvm_run *run) { return &run->s.regs; }

/* A slot's dirty bitmap */
static inline struct kvm_dirty_log ckvm_dirty_log(uint32_t slot, void *bitmap) {
    struct kvm_dirty_log log = {.slot = slot};
    log.dirty_bitmap = bitmap;
    return log;
}

/* The kick: a timer whose signal goes to one thread and carries a pointer. */
static inline int ckvm_kick_signal(void) { return SIGRTMIN + 6; }
static inline int ckvm_thread(void) { return (int)syscall(SYS_gettid); }
/* The calling thread stays on the CPUs whose bits are set. */
static inline int ckvm_set_affinity(const uint64_t *mask, unsigned long bytes) {
    return (int)syscall(SYS_sched_setaffinity, 0, bytes, mask);
}
static inline int ckvm_timer_create(int thread, void *pointer, timer_t *timer) {
    struct sigevent event = {0};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = ckvm_kick_signal();
    event.sigev_value.sival_ptr = pointer;
    event._sigev_un._tid = thread;
    return timer_create(CLOCK_MONOTONIC, &event, timer);
}
static inline int ckvm_timer_set(timer_t timer, uint64_t nanoseconds) {
    struct itimerspec when = {{0, 0}, {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)}};
    return timer_settime(timer, 0, &when, 0);
}
static inline int ckvm_timer_delete(timer_t timer) { return timer_delete(timer); }
static inline void *ckvm_signal_pointer(const siginfo_t *info) { return info->si_value.sival_ptr; }
static inline int ckvm_install_handler(void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action = {0};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    return sigaction(ckvm_kick_signal(), &action, 0);
}

#endif
