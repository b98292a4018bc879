#include "sandbox/reap.h"

#include <signal.h>
#include <sys/wait.h>

bool reap(pid_t command, int *code, int *value)
{
	siginfo_t info = {0};
	bool found = false;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
		if (info.si_pid == command) {
			*code = info.si_code;
			*value = info.si_status;
			found = true;
		}
		info.si_pid = 0;
	}
	return found;
}
