/* Kinds of setting that are numbers: sizes, durations, counts, CPUs, descriptors. */
#include "policy/setting_kind.h"

#include "common/parse.h"
#include "common/phrases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int parse_fn(const char *text, uint64_t *value, struct error *err);

static int check_range(const struct setting *setting, const char *text, uint64_t value, struct error *err)
{
	if (value < setting->min) {
		if (setting->min == 1)
			error_set(err, 0, "%s: must be more than 0", text);
		else
			error_set(err, 0, "%s: less than %llu", text, (unsigned long long)setting->min);
		return (setting->flags & SETTING_NONE) != 0 ? error_hint(err, "none removes the limit") : -1;
	}
	if (setting->max != 0 && value > setting->max)
		return error_set(err, 0, "%s: more than %llu", text, (unsigned long long)setting->max);
	return 0;
}

/* A number with a range, in a scalar of 64 bits, that "none" may take away. */
static int apply_number(
	struct plan *plan, const struct setting *setting, const char *text, parse_fn *parse, struct error *err)
{
	uint64_t value = setting->unset;
	bool none = (setting->flags & SETTING_NONE) != 0 && strcmp(text, "none") == 0;

	if (!none && (parse(text, &value, err) < 0 || check_range(setting, text, value, err) < 0))
		return -1;
	*(uint64_t *)setting_field(plan, setting) = value;
	return 0;
}

static int parse_whole(const char *text, uint64_t *value, struct error *err)
{
	return parse_count(text, UINT64_MAX, value, err);
}

static int parse_ns(const char *text, uint64_t *value, struct error *err)
{
	int64_t ns;

	if (parse_duration(text, &ns, err) < 0)
		return -1;
	*value = (uint64_t)ns; /* the field is an int64_t: no duration is larger */
	return 0;
}

int setting_apply_size(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return apply_number(plan, setting, text, parse_size, err);
}

int setting_apply_duration(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return apply_number(plan, setting, text, parse_ns, err);
}

int setting_apply_count(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return apply_number(plan, setting, text, parse_whole, err);
}

/* "N", which is both, or "SOFT:HARD" as in docker run --ulimit. */
int setting_apply_nofile(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	const char *colon = strchr(text, ':');
	uint64_t soft = setting->unset, hard;
	char first[32];

	(void)origin;
	if (colon == NULL) {
		if (apply_number(plan, setting, text, parse_whole, err) < 0)
			return -1;
		plan->limits.nofile_hard = plan->limits.nofile;
		return 0;
	}
	snprintf(first, sizeof first, "%.*s", (int)(colon - text), text);
	if (parse_whole(first, &soft, err) < 0 || check_range(setting, first, soft, err) < 0 ||
		parse_whole(colon + 1, &hard, err) < 0 || check_range(setting, colon + 1, hard, err) < 0)
		return -1;
	if (hard < soft)
		return error_set(err, 0, "%s: the hard limit must not be less than the soft one", text);
	plan->limits.nofile = soft;
	plan->limits.nofile_hard = hard;
	return 0;
}

int setting_apply_cpus(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	(void)origin;
	return apply_number(plan, setting, text, parse_cpus, err);
}

int setting_apply_fd(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err)
{
	uint64_t fd;
	int *grown;

	(void)origin;
	if (parse_whole(text, &fd, err) < 0 || check_range(setting, text, fd, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->fds.n_keep; i++)
		if ((uint64_t)plan->fds.keep[i] == fd)
			return error_set(err, 0, "%s: " PHRASE_GIVEN_AGAIN, text);
	grown = reallocarray(plan->fds.keep, plan->fds.n_keep + 1, sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "plan");
	plan->fds.keep = grown;
	plan->fds.keep[plan->fds.n_keep++] = (int)fd;
	return 0;
}
