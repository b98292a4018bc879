/* What the launchers start. Without arguments: true. `wait`: says that it runs, and stays until its input ends.
 * `syscalls`: prints the cost of a getppid(2) in picoseconds. `now`: prints the monotonic clock in nanoseconds.
 * `exec COMMAND…`: what a prepared sandbox cannot do without, a byte from descriptor 8 and an exec. No libc, so that
 * its own start costs next to nothing. */
#include "sandbox/init/raw.h"

#include <time.h>

#define CALLS 1000000

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

/* The best of several: what disturbs a loop only makes it longer. */
static int time_syscalls(void)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < 5; round++) {
		uint64_t start = now_ns(), took;

		for (int i = 0; i < CALLS; i++)
			RAW1(getppid, 0);
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	return print(best * 1000 / CALLS);
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
	case 'w':
		return wait_for_end();
	default:
		return time_syscalls();
	}
}
