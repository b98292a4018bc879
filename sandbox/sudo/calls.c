#include "sandbox/sudo/calls.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* What the compiler calls, and our own files do. Each must not become a call of itself. */
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

PLAIN void *memmove(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to <= (uintptr_t)from)
		return memcpy(to, from, n);
	while (n-- > 0)
		((char *)to)[n] = ((const char *)from)[n];
	return to;
}

PLAIN void *memset(void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = (char)byte;
	return to;
}

PLAIN int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

PLAIN void *memchr(const void *text, int byte, size_t n)
{
	const unsigned char *at = text;

	for (size_t i = 0; i < n; i++)
		if (at[i] == (unsigned char)byte)
			return (void *)(uintptr_t)(at + i);
	return NULL;
}

PLAIN size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

PLAIN int strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

PLAIN int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; a++, b++, n--)
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

PLAIN char *strchr(const char *text, int c)
{
	for (;; text++) {
		if (*text == (char)c)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

PLAIN size_t strcspn(const char *text, const char *stop)
{
	size_t n = 0;

	while (text[n] != '\0' && strchr(stop, text[n]) == NULL)
		n++;
	return n;
}

/* Without CLONE_VFORK: what blocks before execve(2) must not keep its caller from seeing that its client has gone. */
#define SHARED (CLONE_VM | SIGCHLD)

/* The child begins with an empty stack, so it cannot return to where it was made. */
#if defined(__x86_64__)
long call_clone(int (*child)(void *data), void *data, void *stack_end)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r12 __asm__("r12") = (long)child;
	register long r13 __asm__("r13") = (long)data;
	long pid;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(pid)
			 : "a"(SYS_clone), "D"(SHARED), "S"(stack_end), "d"(0), "r"(r10), "r"(r8), "r"(r12),
			 "r"(r13), [exit] "i"(SYS_exit_group)
			 : "rcx", "r11", "cc", "memory");
	return pid;
}
#else
long call_clone(int (*child)(void *data), void *data, void *stack_end)
{
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = SHARED;
	register long x1 __asm__("x1") = (long)stack_end;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;
	register long x19 __asm__("x19") = (long)child;
	register long x20 __asm__("x20") = (long)data;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x19), "r"(x20), [exit] "i"(SYS_exit_group)
			 : "cc", "memory");
	return x0;
}
#endif

void *call_memory(size_t size)
{
	const long at = RAW(mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return RAW_IS_ERROR(at) ? NULL : (void *)at;
}

bool call_read_all(int fd, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		const long n = RAW3(read, fd, (char *)data + done, size - done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool call_send_all(int sock, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		const long n = RAW(sendto, sock, (const char *)data + done, size - done, MSG_NOSIGNAL, 0, 0);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* O_NONBLOCK: a job may have put a pipe there. */
char *call_file(const char *path, size_t max, size_t *len, long *error)
{
	const long fd = call_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st = {0};
	char *text = NULL;

	*error = fd;
	if (fd < 0)
		return NULL;
	*error = RAW2(fstat, fd, &st);
	if (*error == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max))
		*error = -EFBIG;
	if (*error == 0) {
		*len = (size_t)st.st_size;
		text = call_memory(*len + 1);
		*error = text == NULL ? -ENOMEM : 0;
	}
	for (size_t done = 0; text != NULL && done < *len;) {
		const long n = RAW3(read, fd, text + done, *len - done);

		if (n <= 0 && n != -EINTR)
			*len = done; /* it has become shorter */
		else if (n > 0)
			done += (size_t)n;
	}
	call_close((int)fd);
	return text;
}

void call_signal_default(int sig)
{
	const struct raw_sigaction action = {0};

	RAW4(rt_sigaction, sig, &action, 0, sizeof(signal_bits));
}

bool call_signal_is_ignored(int sig)
{
	struct raw_sigaction action = {0};

	return RAW4(rt_sigaction, sig, 0, &action, sizeof(signal_bits)) == 0 && action.handler == SIG_IGN;
}

#define ERROR_TEXT 36

/* The usual words for what goes wrong with a file or a process; others by number. */
static void name_error(long error, char text[ERROR_TEXT])
{
	static const struct {
		int number;
		char text[ERROR_TEXT];
	} names[] = {
		{EPERM, "Operation not permitted"},
		{ENOENT, "No such file or directory"},
		{E2BIG, "Argument list too long"},
		{ENOEXEC, "Exec format error"},
		{EAGAIN, "Resource temporarily unavailable"},
		{ENOMEM, "Cannot allocate memory"},
		{EACCES, "Permission denied"},
		{ENOTDIR, "Not a directory"},
		{EISDIR, "Is a directory"},
		{EMFILE, "Too many open files"},
		{ETXTBSY, "Text file busy"},
		{EFBIG, "File too large"},
		{EROFS, "Read-only file system"},
		{ENOSYS, "Function not implemented"},
		{ELOOP, "Too many levels of symbolic links"},
		{ENAMETOOLONG, "File name too long"},
		{ECONNREFUSED, "Connection refused"},
		{EINVAL, "Invalid argument"},
	};
	char *end;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == -error) {
			memcpy(text, names[i].text, sizeof names[i].text);
			return;
		}
	memcpy(text, "error ", sizeof "error ");
	end = raw_decimal(text + 6, (uint64_t)-error);
	*end = '\0';
}

#define PARTS_MAX 16

static void say_parts(const char *first, va_list more, const char *last)
{
	struct iovec parts[PARTS_MAX];
	size_t n = 0;

	parts[n++] = (struct iovec){(void *)(uintptr_t) "sudo: ", 6};
	for (const char *text = first; text != NULL && n < PARTS_MAX - 3; text = va_arg(more, const char *))
		parts[n++] = (struct iovec){(void *)(uintptr_t)text, strlen(text)};
	if (last != NULL) {
		parts[n++] = (struct iovec){(void *)(uintptr_t) ": ", 2};
		parts[n++] = (struct iovec){(void *)(uintptr_t)last, strlen(last)};
	}
	parts[n++] = (struct iovec){(void *)(uintptr_t) "\n", 1};
	RAW3(writev, 2, parts, n);
}

void say(const char *first, ...)
{
	va_list more;

	va_start(more, first);
	say_parts(first, more, NULL);
	va_end(more);
}

void say_errno(long error, const char *first, ...)
{
	char text[ERROR_TEXT];
	va_list more;

	name_error(error, text);
	va_start(more, first);
	say_parts(first, more, text);
	va_end(more);
}

void put_text(int fd, const char *text)
{
	RAW3(write, fd, text, strlen(text));
}
