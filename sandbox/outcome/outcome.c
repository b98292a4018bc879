#include "sandbox/outcome/outcome.h"

#include <stdlib.h>
#include <unistd.h>

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

void outcome_add_residue(struct outcome *outcome, char *what)
{
	if (what != NULL && outcome->n_residue < OUTCOME_RESIDUE_MAX)
		outcome->residue[outcome->n_residue++] = what;
	else
		free(what);
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
	free(outcome->ownership_kept);
	outcome->ownership_kept = NULL;
	free(outcome->ownership_error);
	outcome->ownership_error = NULL;
}
