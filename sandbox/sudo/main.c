/* sudo inside a sandbox: without a set-user-ID bit, which no_new_privs would take away, and without a C library, so
 * that it is a few pages. As SUDO_BROKER it is the broker, a process of the sandbox's root; else the client. */
#define SUDO_MAIN
#include "sandbox/sudo/broker.h"
#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/client.h"
#include "sandbox/sudo/request.h"

#include <string.h>

int raw_main(int argc, char **argv, char **envp)
{
	return argc == 1 && strcmp(argv[0], SUDO_BROKER) == 0 ? broker_main() : client_main(argc, argv, envp);
}
