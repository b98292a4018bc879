/* Where the launcher begins, before the C library. Its data is written from end to end when addresses are relocated,
 * and what a launch runs lies together (sandbox/launch.order): two calls take the place of twenty page faults. Of data,
 * each was a fault and a flush of the TLB more, since glibc looks at its list of tunables first, and the kernel then
 * maps all of its surroundings to be read. Where the kernel cannot (before Linux 5.14), nothing changes. madvise(2) */
#ifdef __x86_64__
__asm__(".macro populate from, to, advice\n"
	"	lea	\\from(%rip), %rdi\n"
	"	and	$-4096, %rdi\n"
	"	lea	\\to(%rip), %rsi\n"
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
	"	mov	%rdx, %r8\n"                       /* _start's, as is the stack */
	"	populate __init_array_start, _edata, 23\n" /* MADV_POPULATE_WRITE */
	"	populate launch_entry, _fini, 22\n"        /* MADV_POPULATE_READ */
	"	mov	%r8, %rdx\n"
	"	jmp	_start\n"
	".size launch_entry, . - launch_entry\n"
	".popsection\n");
#endif
