/* handed COMMAND…: runs the command with a TCP socket of our network as standard input, as a socket service does. */
#include "tests/escape/probe.h"

#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (argc < 2)
		misused("usage: handed COMMAND…");
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		untried("socket: %s", errno_name(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	execvp(argv[1], argv + 1);
	untried("%s: %s", argv[1], errno_name(errno));
}
