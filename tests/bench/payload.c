/* What the launchers start. Without arguments: true. `wait`: says that it runs, and stays until its input ends.
 * `syscalls`: prints the cost of a getppid(2) in picoseconds. `now`: prints the monotonic clock in nanoseconds.
 * `open FILE`: prints the cost of opening and closing it, in picoseconds.
 * `exec COMMAND…`: what a prepared sandbox cannot do without, a byte from descriptor 8 and an exec. No libc, so that
 * its own start costs next to nothing. */
#include "sandbox/init/raw.h"

#include <fcntl.h>
#include <time.h>

#define CALLS 1000000
#define OPENS 100000

static uint64_t now_ns(void)
{
	struct timespec ts = {0};

	RAW2(clock_gettime, CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int print(uint64_t number)
{
	char text[24], *end = raw_decimal(text, number);

	*end++ = '\n';
	RAW3(write, 1, text, end - text);
	return 0;
}

static int wait_and_exec(char **argv, char **envp)
{
	char byte;

	if (RAW3(read, 8, &byte, 1) == 1)
		RAW3(execve, argv[0], argv, envp);
	return 1;
}

static int wait_for_end(void)
{
	char byte = '\n';

	RAW3(write, 1, &byte, 1);
	while (RAW3(read, 0, &byte, 1) > 0)
		;
	return 0;
}

static void call_getppid(const char *unused)
{
	(void)unused;
	RAW1(getppid, 0);
}

static void open_and_close(const char *path)
{
	RAW1(close, RAW4(openat, AT_FDCWD, path, O_RDONLY, 0));
}

/* The best of several: what disturbs a loop only makes it longer. */
static inline int time_loop(int calls, void (*call)(const char *), const char *argument)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < 5; round++) {
		uint64_t start = now_ns(), took;

		for (int i = 0; i < calls; i++)
			call(argument);
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	return print(best * 1000 / (uint64_t)calls);
}

int raw_main(int argc, char **argv, char **envp)
{
	if (argc < 2)
		return 0;
	switch (argv[1][0]) {
	case 'e':
		return wait_and_exec(argv + 2, envp);
	case 'n':
		return print(now_ns());
	case 'o':
		return argc == 3 ? time_loop(OPENS, open_and_close, argv[2]) : 1;
	case 'w':
		return wait_for_end();
	default:
		return time_loop(CALLS, call_getppid, 0);
	}
}
