/* System calls without a C library: what the floor and the payload are made of. x86-64 only. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define RAW_IS_ERROR(result) ((unsigned long)(result) > -4096UL)

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

#define RAW(name, a, b, c, d, e, f) raw6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW1(name, a) RAW(name, a, 0, 0, 0, 0, 0)
#define RAW2(name, a, b) RAW(name, a, b, 0, 0, 0, 0)
#define RAW3(name, a, b, c) RAW(name, a, b, c, 0, 0, 0)
#define RAW4(name, a, b, c, d) RAW(name, a, b, c, d, 0, 0)
#define RAW5(name, a, b, c, d, e) RAW(name, a, b, c, d, e, 0)

/* The kernel's entry: argc, argv and the environment lie on the stack; raw_main() returns the exit status. */
__attribute__((used)) int raw_main(int argc, char **argv, char **envp);

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
