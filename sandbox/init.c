#include "sandbox/init.h"

#include "sandbox/fds.h"
#include "sandbox/message.h"
#include "sandbox/payload.h"
#include "sandbox/reap.h"
#include "sandbox/signals.h"
#include "sandbox/title.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the command left behind. The kernel would kill it when PID 1 exits; doing it here lets us count. One pass is
 * enough: a process with SIGKILL pending cannot fork. */
static uint64_t kill_rest(void)
{
	siginfo_t info = {0};
	uint64_t killed = 0;

	kill(-1, SIGKILL);
	while (waitid(P_ALL, 0, &info, WEXITED) == 0 || errno == EINTR)
		killed += info.si_code == CLD_KILLED && info.si_status == SIGKILL;
	return killed;
}

/* The command has its own copies of 0-2: PID 1 must not keep a pipe of the caller open. */
static void let_go_of_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

static char **copy(char *const *argv)
{
	size_t n = 0;
	char **copied;

	while (argv[n] != NULL)
		n++;
	copied = calloc(n + 1, sizeof *copied);
	for (size_t i = 0; copied != NULL && i < n; i++)
		if ((copied[i] = strdup(argv[i])) == NULL)
			return NULL;
	return copied;
}

int init_run(const struct plan *plan, int sock, struct error *err)
{
	struct message ended = {.kind = MESSAGE_ENDED};
	struct plan for_command = *plan;
	sigset_t wanted;
	pid_t command;

	if (setsid() < 0)
		return error_set(err, errno, "init: session");
	/* Before there is anybody who could read the launcher's command line in ours, of which the command's is a part.
	 */
	for_command.argv = copy(plan->argv);
	if (for_command.argv == NULL)
		return error_set(err, ENOMEM, "init");
	title_set("cofferdam-init");
	command = fork();
	if (command < 0)
		return error_set(err, errno, "init: fork");
	if (command == 0)
		payload_run(&for_command, sock);
	fds_close_kept(plan);
	let_go_of_stdio();
	signals_forwarded(&wanted);
	sigaddset(&wanted, SIGCHLD);
	for (;;) {
		int sig = sigwaitinfo(&wanted, NULL);

		if (sig == SIGCHLD) {
			errno = 0;
			if (reap(command, &ended.code, &ended.value))
				break;
			if (errno != 0 && errno != ECHILD)
				return error_set(err, errno, "init: wait for the command");
		} else if (sig > 0) {
			kill(signals_is_for_group(sig) ? -command : command, sig);
		}
	}
	ended.killed = kill_rest();
	message_send(sock, &ended);
	_exit(ended.code == CLD_EXITED ? ended.value : 128 + ended.value);
}
