/* Makes system calls without a C library, for small programs: PID 1, and those of the benchmark.
 * Runs in: PID 1, helper */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* What the kernel returns for an error is -errno, from -4095 to -1. */
#define RAW_IS_ERROR(result) ((unsigned long)(result) > -4096UL)

#if defined(__x86_64__)

static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The kernel's entry: argc, argv and the environment lie on the stack. In one file of a program. */
#ifndef RAW_CALLS_ONLY
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov (%rsp), %edi\n\t"
	"lea 8(%rsp), %rsi\n\t"
	"lea 8(%rsi,%rdi,8), %rdx\n\t"
	"and $-16, %rsp\n\t"
	"call raw_main\n\t"
	"mov %eax, %edi\n\t"
	"mov $231, %eax\n\t" /* exit_group */
	"syscall\n");
#endif

#elif defined(__aarch64__)

static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

#ifndef RAW_CALLS_ONLY
__asm__(".globl _start\n"
	"_start:\n\t"
	"mov x29, #0\n\t"
	"mov x30, #0\n\t"
	"ldr w0, [sp]\n\t"
	"add x1, sp, #8\n\t"
	"add x2, x1, x0, lsl #3\n\t"
	"add x2, x2, #8\n\t"
	"bl raw_main\n\t"
	"mov x8, #94\n\t" /* exit_group */
	"svc #0\n");
#endif

#else
#error "x86-64 or aarch64"
#endif

/* What the program is; returns its exit status. */
__attribute__((used)) int raw_main(int argc, char **argv, char **envp);

#define RAW(name, a, b, c, d, e, f) raw6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW1(name, a) RAW(name, a, 0, 0, 0, 0, 0)
#define RAW2(name, a, b) RAW(name, a, b, 0, 0, 0, 0)
#define RAW3(name, a, b, c) RAW(name, a, b, c, 0, 0, 0)
#define RAW4(name, a, b, c, d) RAW(name, a, b, c, d, 0, 0)
#define RAW5(name, a, b, c, d, e) RAW(name, a, b, c, d, e, 0)

static inline size_t raw_len(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0') {
		len++;
		__asm__(""); /* or the compiler would call strlen() */
	}
	return len;
}

/* Writes `value` in decimal at `to`; returns what follows it. */
static inline char *raw_decimal(char *to, uint64_t value)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}
