#include "runner/config/pool_keys.h"

#include "common/clock.h"
#include "common/parse.h"
#include "common/phrases.h"
#include "policy/image_name.h"
#include "runner/config/config.h"
#include "runner/config/pool_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 256
#define TEXT_MAX 4096
#define POOL_HOLD_MIN_NS NS_PER_S
#define POOL_HOLD_MAX_NS (24 * 3600 * NS_PER_S)
#define NAME_PATTERN "^[A-Za-z][A-Za-z0-9._-]*$"

static int wants(struct error *err, const char *what)
{
	return error_set(err, 0, "must be %s", what);
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (iscntrl((unsigned char)*text))
			return true;
	return false;
}

/* A text that is not empty, of one line. */
static const char *text_of(const json_t *value, struct error *err)
{
	const char *text = json_string_value(value);

	if (text == NULL || *text == '\0' || strlen(text) > TEXT_MAX || has_control(text)) {
		wants(err, "a string that is not empty, without control characters");
		return NULL;
	}
	return text;
}

static int keep(char **to, const json_t *value, struct error *err)
{
	const char *text = text_of(value, err);

	if (text == NULL)
		return -1;
	free(*to);
	*to = strdup(text);
	return *to != NULL ? 0 : error_set(err, ENOMEM, "configuration");
}

static int keep_bool(bool *to, const json_t *value, struct error *err)
{
	if (!json_is_boolean(value))
		return wants(err, "true or false");
	*to = json_is_true(value);
	return 0;
}

static int read_name(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	const char *text = json_string_value(value);
	size_t n = 0;

	(void)at;
	while (text != NULL && (isalnum((unsigned char)text[n]) || (text[n] != '\0' && strchr("._-", text[n]) != NULL)))
		n++;
	if (text == NULL || n == 0 || n > POOL_NAME_MAX || text[n] != '\0' || !isalpha((unsigned char)text[0])) {
		wants(err, "a name");
		return error_hint(err, "a letter, then letters, digits, '.', '-' and '_', at most %d", POOL_NAME_MAX);
	}
	memcpy(pool->name, text, n + 1);
	return 0;
}

/* GitHub separates labels by commas. */
static bool is_label(const char *text)
{
	const size_t len = text != NULL ? strlen(text) : 0;

	return len > 0 && len <= LABEL_MAX && text[0] != ' ' && text[len - 1] != ' ' && strchr(text, ',') == NULL &&
	       !has_control(text);
}

static int read_labels(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	const json_t *label;
	size_t i;

	if (!json_is_array(value))
		return wants(err, "an array of labels");
	if (json_array_size(value) > CONFIG_LABELS_MAX)
		return error_set(err, 0, "more than %d labels", CONFIG_LABELS_MAX);
	json_array_foreach ((json_t *)value, i, label) {
		if (!is_label(json_string_value(label))) {
			*at = (int)i;
			wants(err, "a label");
			return error_hint(err,
				"1 to %d bytes, without a comma, a control character, or a space at an end", LABEL_MAX);
		}
		pool_add_label(pool, json_string_value(label), json_string_length(label));
	}
	return 0;
}

static int read_group(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return keep(&pool->group, value, err);
}

static int read_profile(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return keep(&pool->profile, value, err);
}

static bool is_image(const char *text)
{
	struct error ignored;

	return strncmp(text, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0 &&
	       image_name_check(text + strlen(IMAGE_PREFIX), &ignored) == 0;
}

/* The launcher looks further. A relative directory would be one of its own working directory. */
static int read_root(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	const char *text = json_string_value(value);

	(void)at;
	if (text == NULL ||
		(strcmp(text, "host") != 0 && strcmp(text, "overlay") != 0 && *text != '/' && !is_image(text)))
		return wants(err, "\"host\", \"overlay\", an absolute directory or \"image:NAME\"");
	return keep(&pool->root, value, err);
}

static int read_count(unsigned *to, const json_t *value, struct error *err)
{
	const json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 1 || n > POOL_SLOTS_MAX) {
		error_set(err, 0, "must be a number of slots");
		return error_hint(err, "1 to %d", POOL_SLOTS_MAX);
	}
	*to = (unsigned)n;
	return 0;
}

static int read_min(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return read_count(&pool->slots, value, err);
}

static int read_max(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return read_count(&pool->max, value, err);
}

static int read_warm(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return read_count(&pool->warm, value, err);
}

static int read_ephemeral(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return keep_bool(&pool->ephemeral, value, err);
}

static int read_prepared(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	return keep_bool(&pool->prepares, value, err);
}

static int read_hold(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	int64_t ns;

	(void)at;
	if (!json_is_string(value))
		return wants(err, "a duration such as \"30m\"");
	if (parse_duration(json_string_value(value), &ns, err) < 0)
		return -1;
	if (ns < POOL_HOLD_MIN_NS || ns > POOL_HOLD_MAX_NS)
		return wants(err, "1s to 24h");
	pool->hold_ns = ns;
	return 0;
}

static int read_rate(struct pool *pool, const json_t *value, int *at, struct error *err)
{
	(void)at;
	if (!json_is_string(value))
		return wants(err, "a string such as \"0.12 EUR\"");
	return pool_rate_parse(pool, json_string_value(value), err);
}

static json_t *schema_name(void)
{
	return json_pack("{s:s, s:s, s:i}", "type", "string", "pattern", NAME_PATTERN, "maxLength", POOL_NAME_MAX);
}

static json_t *schema_labels(void)
{
	return json_pack("{s:s, s:i, s:{s:s, s:i, s:i, s:s}}", "type", "array", "maxItems", CONFIG_LABELS_MAX, "items",
		"type", "string", "minLength", 1, "maxLength", LABEL_MAX, "pattern", "^[^,\\x00-\\x1f\\x7f]+$");
}

static json_t *schema_text(void)
{
	return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

static json_t *schema_root(void)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", "^(host|overlay|/.*|image:.+)$");
}

static json_t *schema_slots(void)
{
	return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 1, "maximum", POOL_SLOTS_MAX);
}

static json_t *schema_bool(void)
{
	return json_pack("{s:s}", "type", "boolean");
}

static json_t *schema_hold(void)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]+(ms|s|m|h|d)$");
}

static json_t *schema_rate(void)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]{1,6}(\\.[0-9]{1,6})? [A-Za-z]{1,8}$");
}

const struct pool_key pool_keys[] = {
	{"name", read_name, schema_name, "the name of the pool; required, and unique"},
	{"labels", read_labels, schema_labels, "labels, besides self-hosted, Linux, the architecture and cofferdam-ID"},
	{"group", read_group, schema_text, "runner group (default: the default group); not with a repository"},
	{"profile", read_profile, schema_text,
		"profile of its jobs (default: job); a relative file starts at the directory of this one"},
	{"root", read_root, schema_root, "root of its jobs, instead of the profile's"},
	{"min", read_min, schema_slots, "slots that run at all times (default: 1)"},
	{"max", read_max, schema_slots, "slots that run at most, while jobs run (default: min)"},
	{"warm", read_warm, schema_slots,
		"slots that wait for a job, until there are max (default: 1); requires a max larger than min"},
	{"ephemeral", read_ephemeral, schema_bool,
		"a runner takes one job, and its slot registers another one (default: false)"},
	{"prepared", read_prepared, schema_bool,
		"an idle slot has a sandbox ready; else it is made when the job comes (default: true)"},
	{"hold_failed", read_hold, schema_hold,
		"how long the sandbox of a job that has failed is kept for `runner attach`, 1s to 24h (default: it is not kept)"},
	{"rate", read_rate, schema_rate, "what an hour of a job costs, with the currency: \"0.12 EUR\""},
	{"slots", NULL, NULL, "unknown key (the number of slots is named min)"},
	{NULL, NULL, NULL, NULL},
};

const struct pool_key *pool_key_find(const char *name)
{
	const struct pool_key *key = pool_keys;

	while (key->name != NULL && strcmp(key->name, name) != 0)
		key++;
	return key->name != NULL ? key : NULL;
}
