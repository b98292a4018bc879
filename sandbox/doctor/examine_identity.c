#include "sandbox/doctor/examine_identity.h"

#include "sandbox/facts.h"

#include <stdio.h>

static const char why[] = "identity subuid: a root and other ids of the job's own";

static bool put(struct examination *exam, const char *name, int result, const char *found, const struct error *err)
{
	struct probe *row = examination_add(exam, name, why, result < 0 ? PROBE_MISSING : PROBE_OK);

	snprintf(row->found, sizeof row->found, "%s", result < 0 ? err->text : found);
	snprintf(row->remedy, sizeof row->remedy, "%s", result < 0 ? err->hint : "");
	return result == 0;
}

bool examine_identity(
	struct examination *exam, enum plan_identity_kind kind, struct facts *facts, struct facts_idmap *idmap)
{
	struct error err = {.hint = ""};
	struct idmap map;
	bool whole;

	if (kind == PLAN_IDENTITY_SINGLE)
		return true;
	if (facts_detect_identity(kind, facts, idmap, &err) < 0)
		return put(exam, "newuidmap", -1, "", &err);
	whole = put(exam, "newuidmap", idmap_check_programs(idmap, facts->gid, &err),
		"newuidmap and newgidmap can write id maps", &err);
	err.hint[0] = '\0';
	whole = put(exam, "/etc/subuid", idmap_decide_uids(idmap, facts->uid, &map, &err), "65536 ids or more", &err) &&
		whole;
	err.hint[0] = '\0';
	whole = put(exam, "/etc/subgid", idmap_decide_gids(idmap, facts->uid, facts->gid, &map, &err),
			"65536 ids or more", &err) &&
		whole;
	return whole;
}
