/* How much memory a launcher keeps while its job runs. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Makes a user namespace in which this process, but none that it starts, may look into what is not dumpable. */
void memory_prepare(void);

/* Private_Clean + Private_Dirty (proc_pid_smaps_rollup(5)) of `top` and all its descendants, KiB; those whose program
 * is the payload are left out. */
int64_t memory_private_kib(pid_t top);

/* The same, once it is the same again and again: a launcher may still be settling when its job runs already. */
int64_t memory_settled_kib(pid_t top);

/* What the kernel has in slabs, page tables, stacks and file systems in memory (proc_meminfo(5)), KiB. It is the whole
 * machine's: other work shows in it. */
int64_t memory_kernel_kib(void);
