/* A process that holds a secret, as the runner's Worker does: in memory, in its environment, in an open file. It tells
 * where the secret is, which is more than an attacker knows, and lives until its standard input closes. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	static char secret[64];
	const char *from = getenv("VICTIM_SECRET");
	int secret_fd;
	char byte;

	if (from == NULL)
		return PROBE_UNTRIED;
	snprintf(secret, sizeof secret, "%s", from);
	secret_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	printf("%p %d\n", (void *)secret, secret_fd);
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
