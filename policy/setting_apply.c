/* How the text of a setting becomes a value in the plan: what is common to all kinds (policy/setting_kind.h). */
#include "common/cleanup.h"
#include "common/path.h"
#include "common/phrases.h"
#include "policy/setting_container.h"
#include "policy/setting_kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 512

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "plan");
}

static int set_origin(struct plan *plan, const struct setting *setting, const char *origin, struct error *err)
{
	struct origin *recorded = &plan->origins[setting_index(setting)];
	char *copy = origin != NULL ? strdup(origin) : NULL;

	if (origin != NULL && copy == NULL)
		return no_memory(err);
	free(recorded->text);
	recorded->text = copy;
	return 0;
}

/* What cannot be chosen in a container, or not yet. */
static int admit(const struct plan *plan, const struct setting *setting, const struct setting_choice *choice,
	const char *text, const char *origin, struct error *err)
{
	const char *instead = setting->later;
	char label[LABEL_MAX];

	setting_label(setting, origin, label, sizeof label);
	if (plan->in_container && container_admit(setting, label, err) < 0)
		return -1;
	if (instead != NULL)
		error_set(err, 0, "%s: " PHRASE_NOT_YET, label);
	else if (choice != NULL && choice->later != NULL) {
		instead = choice->later;
		if (!setting_takes_value(setting))
			error_set(err, 0, "%s: " PHRASE_NOT_YET, label);
		else
			error_set(err, 0, "%s %s: " PHRASE_NOT_YET, label, text);
	}
	return instead != NULL ? error_hint(err, "%s", instead) : 0;
}

/* The label is made for errors alone: a launch applies some forty settings. */
int setting_apply(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const struct setting_choice *choice = setting_choice_find(setting, text);
	const bool is_later = setting->later != NULL || (choice != NULL && choice->later != NULL);

	if ((plan->in_container || is_later) && admit(plan, setting, choice, text, origin, err) < 0)
		return -1;
	if (setting_kind(setting)->apply(plan, setting, text, origin, err) < 0) {
		char label[LABEL_MAX];

		setting_label(setting, origin, label, sizeof label);
		return error_context(err, "%s", label);
	}
	return (setting->flags & SETTING_LIST) != 0 ? 0 : set_origin(plan, setting, origin, err);
}

/* With the separator in `base` written as text: "\\:". */
static int absolute_escaped(const char *base, const char *text, char separator, char **out, struct error *err)
{
	_cleanup_(freep) char *escaped = malloc(2 * strlen(base) + 1);
	char *to = escaped;

	if (escaped == NULL)
		return no_memory(err);
	for (; *base != '\0'; base++) {
		if (*base == separator)
			*to++ = '\\';
		*to++ = *base;
	}
	*to = '\0';
	*out = path_absolute(escaped, text);
	return *out == NULL ? no_memory(err) : 0;
}

int setting_absolute(const struct setting *setting, const char *base, const char *text, char **out, struct error *err)
{
	const char separator = setting_kind(setting)->separator;
	bool is_path = setting_kind(setting)->is_path(text);

	if ((setting->flags & (SETTING_FILE | SETTING_DASH)) == SETTING_FILE && strcmp(text, "-") == 0) {
		error_set(err, 0, "-: standard output is the command's");
		return error_hint(err, "name a file; one of that name is ./-");
	}
	if (text[0] == '\0' || ((setting->flags & SETTING_DASH) != 0 && strcmp(text, "-") == 0))
		is_path = false;
	if (is_path && text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
		error_set(err, 0, "%s: not a path", text);
		return error_hint(err, "~ is not expanded here: write $HOME; a file of that name is ./~");
	}
	if (is_path && separator != 0 && text[0] != '/' && strchr(base, separator) != NULL)
		return absolute_escaped(base, text, separator, out, err);
	*out = is_path ? path_absolute(base, text) : strdup(text);
	return *out == NULL ? no_memory(err) : 0;
}
