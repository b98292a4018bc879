/* System calls of sudo's program, which has no C library, and what it says to people.
 * Runs in: helper */
#pragma once

#ifndef SUDO_MAIN
#define RAW_CALLS_ONLY
#endif
#include "sandbox/init/raw.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

typedef uint64_t signal_bits;
#define SIGNAL_BIT(sig) (UINT64_C(1) << ((sig)-1))
#define ALL_SIGNALS (~(signal_bits)0)

/* As the kernel takes it; no handler of ours needs a restorer. */
struct raw_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	signal_bits mask;
};

static inline long call_close(int fd)
{
	return RAW1(close, fd);
}

static inline long call_open(const char *path, int flags)
{
	return RAW4(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static inline long call_poll(struct pollfd *fds, size_t n, const struct timespec *limit)
{
	return RAW5(ppoll, fds, n, limit, 0, sizeof(signal_bits));
}

static inline long call_fork(void)
{
	return RAW5(clone, SIGCHLD, 0, 0, 0, 0);
}

/* A child that has our memory until it executes a program or ends, on a stack of its own. A copy of the memory, thrown
 * away at once, would be a third of what a call costs. It ends with what `child` returns; nobody waits for that, and
 * what it is given must stay as it is. */
long call_clone(int (*child)(void *data), void *data, void *stack_end);

static inline void call_exit(int status) __attribute__((noreturn));
static inline void call_exit(int status)
{
	for (;;)
		RAW1(exit_group, status);
}

/* Memory, zeroed; NULL where there is none. It is never given back. */
void *call_memory(size_t size);

/* Reads or writes all of it, whatever interrupts. False at the end of the file, or after an error. */
bool call_read_all(int fd, void *data, size_t size);
bool call_send_all(int sock, const void *data, size_t size);

/* A whole regular file of at most `max` bytes; NULL with *error -errno, where it cannot be had. */
char *call_file(const char *path, size_t max, size_t *len, long *error);

/* Sets or asks for a signal's disposition. */
void call_signal_default(int sig);
bool call_signal_is_ignored(int sig);

/* One line on standard error: "sudo: ", then the texts up to NULL. */
void say(const char *first, ...) __attribute__((sentinel));
/* The same, with what errno's value means at its end. */
void say_errno(long error, const char *first, ...) __attribute__((sentinel));
/* Text to a descriptor, as it is. */
void put_text(int fd, const char *text);
