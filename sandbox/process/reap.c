#include "sandbox/reap.h"

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
		ended(&child, data);
	}
}

struct wanted {
	pid_t command;
	int *code, *value;
	bool found;
};

static void look_for(const siginfo_t *child, void *data)
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

	reap_children(look_for, &wanted);
	return wanted.found;
}
