/* Kinds of setting that are one or some of a few names: enumerations, flags, the root. */
#include "policy/setting_kind.h"

#include "common/cleanup.h"
#include "common/nearest.h"
#include "common/path.h"
#include "policy/image_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct setting_choice *choose(
	const struct setting *setting, const char *text, const char *hint, struct error *err)
{
	const struct setting_choice *choice = setting_choice_find(setting, text);
	struct nearest nearest;
	char names[256];

	if (choice == NULL) {
		setting_choices_text(setting, ", ", names, sizeof names);
		error_set(err, 0, "%s: expected one of %s", text, names);
		nearest_start(&nearest, text);
		nearest_offer_list(&nearest, names);
		nearest_hint(&nearest, "", hint, err);
	}
	return choice;
}

int setting_apply_enum(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const struct setting_choice *choice = choose(setting, text, "", err);

	(void)origin;
	if (choice == NULL)
		return -1;
	*(unsigned *)setting_field(plan, setting) = choice->value;
	return 0;
}

static int add_name(struct plan *plan, const struct setting *setting, const char *text, struct error *err)
{
	const struct setting_choice *choice = choose(setting, text, "", err);

	if (choice == NULL)
		return -1;
	if (choice->value == 0)
		*(unsigned *)setting_field(plan, setting) = 0;
	else
		*(unsigned *)setting_field(plan, setting) |= choice->value;
	return 0;
}

/* An option takes several at once, "memory,pids"; a profile has a list of its own. */
int setting_apply_names(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	_cleanup_(freep) char *copy = NULL;
	char *rest, *name;

	if (origin == NULL || strncmp(origin, "--", 2) != 0)
		return add_name(plan, setting, text, err);
	rest = copy = strdup(text);
	if (copy == NULL)
		return error_set(err, ENOMEM, "plan");
	while ((name = strsep(&rest, ",")) != NULL)
		if (add_name(plan, setting, name, err) < 0)
			return -1;
	return 0;
}

int setting_apply_bool(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	bool yes = strcmp(text, "yes") == 0;

	(void)origin;
	if (!yes && strcmp(text, "no") != 0)
		return error_set(err, 0, "%s: expected yes or no", text);
	if (setting->offset != SETTING_NO_FIELD)
		*(bool *)setting_field(plan, setting) = yes;
	return 0;
}

/* One of the names, the name of an image, or the absolute path of one. */
int setting_apply_root(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	static const char *const system_dirs[] = {"/proc", "/dev", "/sys", NULL};
	const struct setting_choice *choice = choose(setting, text, "DIR must contain a /", err);
	_cleanup_(freep) char *path = NULL, *image = NULL;

	(void)origin;
	if (choice == NULL)
		return -1;
	if (choice->form == ':') {
		if (image_name_check(text + strlen(IMAGE_PREFIX), err) < 0)
			return -1;
		image = strdup(text + strlen(IMAGE_PREFIX));
		if (image == NULL)
			return error_set(err, ENOMEM, "plan");
	}
	if (choice->form == '/' &&
		(path_normalise(text, &path, err) < 0 || path_refuse_within(path, system_dirs, err) < 0))
		return -1;
	freep(&plan->root.dir);
	freep(&plan->root.image);
	freep(&plan->root.image_digest);
	plan->root.image = take_ptr(image);
	plan->root.dir = take_ptr(path);
	*(unsigned *)setting_field(plan, setting) = choice->value;
	return 0;
}
