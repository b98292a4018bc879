/* Where the launcher begins, before the C library. Its data is written from end to end when addresses are relocated,
 * and what a launch runs lies together (sandbox/launch.order), as do its stack and its heap: four calls take the place
 * of thirty page faults. Of data, each was a fault and a flush of the TLB more, since glibc looks at its list of
 * tunables first, and the kernel then maps all of its surroundings to be read. Where the kernel cannot (before Linux
 * 5.14), nothing changes. madvise(2) */
#include "cli/entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Pages that a launch touches, as `perf record -e page-faults -d` lists them. More would be memory that the launcher
 * has as long as the job runs. */
#define PAGE 4096
#define HEAP_PAGES 5

void entry_populate_heap(void)
{
	void *first = malloc(1);
	const uintptr_t from = ((uintptr_t)first | (PAGE - 1)) + 1, end = (uintptr_t)sbrk(0);

	free(first);
	if (from < end && end - from >= HEAP_PAGES * PAGE)
		madvise((void *)from, HEAP_PAGES * PAGE, MADV_POPULATE_WRITE);
}

const char *_dl_get_origin(void);

/* In place of glibc's own, which looks up /proc/self/exe at each start, for libraries that are named relative to the
 * program: we have none. The answer is glibc's for "unknown", as where /proc is not mounted. Should a release of it ask
 * in another way, nobody calls this. */
const char *_dl_get_origin(void)
{
	return (const char *)-1; /* NOLINT(performance-no-int-to-ptr) */
}

#ifdef __x86_64__
__asm__(".macro populate advice\n"
	"	and	$-4096, %rdi\n"
	"	sub	%rdi, %rsi\n"
	"	mov	$\\advice, %edx\n"
	"	mov	$28, %eax\n" /* SYS_madvise */
	"	syscall\n"
	".endm\n"
	".pushsection .text.launch_entry, \"ax\", @progbits\n"
	".globl launch_entry\n"
	".type launch_entry, @function\n"
	"launch_entry:\n"
	"	endbr64\n"
	"	mov	%rdx, %r8\n" /* _start's, as is the stack */
	"	lea	__init_array_start(%rip), %rdi\n"
	"	lea	_edata + 4096(%rip), %rsi\n" /* with the C library's variables, which follow */
	"	populate 23\n"                       /* MADV_POPULATE_WRITE */
	"	lea	launch_entry(%rip), %rdi\n"
	"	lea	_fini(%rip), %rsi\n"
	"	populate 22\n" /* MADV_POPULATE_READ */
	"	lea	-4 * 4096(%rsp), %rdi\n"
	"	mov	%rsp, %rsi\n"
	"	populate 23\n"
	"	mov	%r8, %rdx\n"
	"	jmp	_start\n"
	".size launch_entry, . - launch_entry\n"
	".popsection\n");
#endif
