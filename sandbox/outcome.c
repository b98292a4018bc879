#include "sandbox/outcome.h"

#include <stdlib.h>
#include <unistd.h>

const char *protection_name(enum protection protection)
{
	static const char *const names[PROTECTION_COUNT] = {
		[PROTECTION_USER_NAMESPACE] = "user_namespace",
		[PROTECTION_PID_NAMESPACE] = "pid_namespace",
		[PROTECTION_MOUNT_NAMESPACE] = "mount_namespace",
		[PROTECTION_IPC_NAMESPACE] = "ipc_namespace",
		[PROTECTION_UTS_NAMESPACE] = "uts_namespace",
		[PROTECTION_CGROUP_NAMESPACE] = "cgroup_namespace",
		[PROTECTION_NETWORK_NAMESPACE] = "network_namespace",
		[PROTECTION_ROOT] = "root",
		[PROTECTION_PROC_MASKS] = "proc_masks",
		[PROTECTION_CAPABILITIES] = "capabilities",
		[PROTECTION_NO_NEW_PRIVS] = "no_new_privs",
		[PROTECTION_LANDLOCK] = "landlock",
		[PROTECTION_SECCOMP] = "seccomp",
		[PROTECTION_EXPLAIN] = "explain",
		[PROTECTION_RLIMITS] = "rlimits",
		[PROTECTION_KEYRING] = "keyring",
		[PROTECTION_SESSION] = "session",
		[PROTECTION_TTY] = "tty",
		[PROTECTION_FILE_DESCRIPTORS] = "file_descriptors",
		[PROTECTION_ENVIRONMENT] = "environment",
		[PROTECTION_CGROUP] = "cgroup",
		[PROTECTION_MEMORY] = "memory",
		[PROTECTION_SWAP] = "swap",
		[PROTECTION_PIDS] = "pids",
		[PROTECTION_CPU] = "cpu",
		[PROTECTION_DISK] = "disk",
		[PROTECTION_IO] = "io",
		[PROTECTION_TIME] = "time",
	};

	return names[protection];
}

const char *protection_state_name(enum protection_state state)
{
	static const char *const names[] = {
		[PROTECTION_DISABLED] = "disabled",
		[PROTECTION_ACTIVE] = "active",
		[PROTECTION_UNVERIFIED] = "unverified",
		[PROTECTION_DEGRADED] = "degraded",
		[PROTECTION_UNAVAILABLE] = "unavailable",
	};

	return names[state];
}

const char *ended_by_name(enum ended_by ended_by)
{
	static const char *const names[] = {
		[ENDED_BY_EXIT] = "exit",
		[ENDED_BY_SIGNAL] = "signal",
		[ENDED_BY_TIMEOUT] = "timeout",
		[ENDED_BY_MEMORY] = "memory",
		[ENDED_BY_PIDS] = "pids",
		[ENDED_BY_DISK] = "disk",
		[ENDED_BY_CANCEL] = "cancel",
		[ENDED_BY_LAUNCHER] = "launcher",
	};

	return names[ended_by];
}

void outcome_free(struct outcome *outcome)
{
	for (unsigned i = 0; i < outcome->n_residue; i++)
		free(outcome->residue[i]);
	outcome->n_residue = 0;
	if (outcome->changes.listed)
		close(outcome->changes.fd);
	free(outcome->changes.cut);
	outcome->changes = (struct changes){.listed = false};
	egress_denials_free(&outcome->egress_denials);
	denials_free(&outcome->denials);
}
