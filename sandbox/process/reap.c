#include "sandbox/process/reap.h"

#include <errno.h>
#include <sys/wait.h>

bool reap_children(void (*ended)(const siginfo_t *child, void *data), void *data)
{
	for (;;) {
		siginfo_t child = {0};

		if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG) < 0)
			return errno != ECHILD;
		if (child.si_pid == 0)
			return true;
		/* One that has asked to be traced (PTRACE_TRACEME) is reported when it stops, too. ptrace(2) */
		if (child.si_code != CLD_TRAPPED && child.si_code != CLD_STOPPED)
			ended(&child, data);
	}
}

struct wanted {
	pid_t command;
	int *code, *value;
	bool found;
};

static void find_command(const siginfo_t *child, void *data)
{
	struct wanted *wanted = data;

	if (child->si_pid != wanted->command)
		return;
	*wanted->code = child->si_code;
	*wanted->value = child->si_status;
	wanted->found = true;
}

bool reap(pid_t command, int *code, int *value)
{
	struct wanted wanted = {.command = command, .code = code, .value = value};

	reap_children(find_command, &wanted);
	return wanted.found;
}
