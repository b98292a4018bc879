/* What every attack program says, and how: one line, and an exit status. tests/escape/suite runs each twice, inside and
 * without the protection, and compares. */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What somebody types at the terminal of tests/escape/pty.c. */
#define PROBE_PASSWORD "hunter2\n"

enum {
	PROBE_SUCCEEDED = 0, /* the attack worked */
	PROBE_BLOCKED = 1,   /* it was refused, or there was nothing to be had */
	PROBE_UNTRIED = 2,   /* it could not be carried out here, and the line says why */
	PROBE_MISUSED = 3,   /* the suite called the program wrongly */
};

__attribute__((format(printf, 2, 3))) static inline _Noreturn void probe_end(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	exit(status);
}

/* Each of these prints its line and ends the program. */
#define succeeded(...) probe_end(PROBE_SUCCEEDED, __VA_ARGS__)
#define blocked(...) probe_end(PROBE_BLOCKED, __VA_ARGS__)
#define untried(...) probe_end(PROBE_UNTRIED, __VA_ARGS__)
#define misused(...) probe_end(PROBE_MISUSED, __VA_ARGS__)

static inline const char *errno_name(int errnum)
{
	const char *name = strerrorname_np(errnum);

	return name != NULL ? name : "unknown errno";
}

/* For a call that either does the harm or fails: reads errno. */
static inline _Noreturn void verdict(const char *what, long result)
{
	if (result >= 0)
		succeeded("%s: done", what);
	blocked("%s: %s", what, errno_name(errno));
}

/* One way to attack; a program has a table of them and is called with a name and its arguments. */
struct attack {
	const char *name;
	int n_args;
	void (*run)(char **args); /* does not return */
};

static inline int attack_main(int argc, char **argv, const struct attack *attacks, size_t n)
{
	for (size_t i = 0; argc > 1 && i < n; i++)
		if (strcmp(argv[1], attacks[i].name) == 0 && argc - 2 == attacks[i].n_args)
			attacks[i].run(argv + 2);
	misused("%s %s: no such attack, or not its arguments", argv[0], argc > 1 ? argv[1] : "");
}

#define ATTACK_MAIN(attacks)                                                                   \
	int main(int argc, char **argv)                                                        \
	{                                                                                      \
		return attack_main(argc, argv, attacks, sizeof(attacks) / sizeof(attacks)[0]); \
	}
