#include "sandbox/process/flags.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

static int lost(const char *call, struct error *err)
{
	error_set(err, 0, "%s: the call returned success without taking effect", call);
	return error_hint(err, "run without an outer tracer or seccomp filter");
}

int process_flags_hide(bool verify, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "close /proc/self to others: PR_SET_DUMPABLE");
	if (verify && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return lost("close /proc/self to others: PR_SET_DUMPABLE", err);
	return 0;
}

int process_flags_die_with_parent(bool verify, struct error *err)
{
	int sig = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_set(err, errno, "die with the launcher: PR_SET_PDEATHSIG");
	if (verify && (prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0) < 0 || sig != SIGKILL))
		return lost("die with the launcher: PR_SET_PDEATHSIG", err);
	return 0;
}
