/* The process that a user namespace is made with and kept by: it waits until its standard input ends. A program of its
 * own and not a fork(2): its files in /proc must be its user's, or newuidmap(1) refuses it, and then nothing of whoever
 * starts it may be in its memory. */
#include "sandbox/init/raw.h"

#include <errno.h>

int raw_main(int argc, char **argv, char **envp)
{
	char byte;
	long n;

	(void)argc, (void)argv, (void)envp;
	do
		n = RAW3(read, 0, &byte, 1);
	while (n > 0 || n == -EINTR);
	return n == 0 ? 0 : 1;
}
