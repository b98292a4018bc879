#include "policy/profile_prebuilt.h"

#include "policy/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *behind(const char *text)
{
	return text + strlen(text) + 1;
}

static int apply(const struct prebuilt_profile *profile, struct plan *plan, struct error *err)
{
	for (const char *value = profile->values; *value != '\0';) {
		const struct setting *setting = setting_at((unsigned char)*value - 1u);
		const char *text = value + 1, *origin = behind(text);

		if (setting_apply(plan, setting, text, origin, err) < 0)
			return -1;
		value = behind(origin);
	}
	return 0;
}

int profile_prebuilt(const char *name, struct plan *plan, struct error *err)
{
	for (const struct prebuilt_profile *profile = prebuilt_profiles; profile->name != NULL; profile++) {
		if (strcmp(profile->name, name) != 0)
			continue;
		if (apply(profile, plan, err) < 0)
			return -1;
		free(plan->profile);
		plan->profile = strdup(name);
		if (plan->profile == NULL)
			return error_set(err, ENOMEM, "%s", name);
		memcpy(plan->profile_digest, profile->digest, sizeof plan->profile_digest);
		return 1;
	}
	return 0;
}
