/* The kind of setting that grants a device: a list of paths that policy/device.h knows. */
#include "policy/setting_kind.h"

#include "common/cleanup.h"
#include "common/path.h"
#include "policy/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void granted_clear(struct plan_granted *granted)
{
	free(granted->path);
	free(granted->origin.text);
}

int setting_apply_device(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(granted_clear) struct plan_granted granted = {0};
	struct plan_granted *grown;

	(void)setting;
	if (path_normalise(text, &granted.path, err) < 0)
		return -1;
	if (device_find(granted.path) == NULL)
		return device_refuse(granted.path, err);
	for (size_t i = 0; i < plan->n_granted; i++)
		if (strcmp(plan->granted[i].path, granted.path) == 0)
			return 0;
	if (plan->n_granted >= PLAN_GRANTED_MAX)
		return error_set(err, 0, "%s: more than %d devices", granted.path, PLAN_GRANTED_MAX);
	if (origin != NULL && (granted.origin.text = strdup(origin)) == NULL)
		return error_set(err, ENOMEM, "plan");
	grown = reallocarray(plan->granted, plan->n_granted + 1, sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "plan");
	plan->granted = grown;
	grown += plan->n_granted++;
	*grown = (struct plan_granted){0};
	grown->path = take_ptr(granted.path);
	grown->origin.text = take_ptr(granted.origin.text);
	return 0;
}

json_t *setting_schema_device(const struct setting *setting)
{
	(void)setting;
	return json_pack("{s:s, s:s}", "type", "string", "pattern",
		"^/dev/(kvm|fuse|net/tun|dri/card[0-9].*|dri/renderD[0-9].*|kfd|nvidiactl|nvidia[0-9].*|nvidia-uvm)$");
}
