#include "runner/config/pool_file.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/nearest.h"
#include "common/path.h"
#include "common/phrases.h"
#include "runner/config/pool_keys.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTER_SIZE 600

struct file {
	const struct json_doc *doc;
	const struct pool_file_facts *facts;
	struct problems *problems;
	size_t before; /* problems before this file's */
};

/* An error at the value of `pointer`, or at its key. */
static void complain(const struct file *file, const char *pointer, enum json_place place, const struct error *why)
{
	struct error err;

	json_doc_error(file->doc, pointer, place, &err, "%s", why->text);
	problem(file->problems, why->hint[0] != '\0' ? why->hint : NULL, "%s", err.text);
}

static void complain_text(const struct file *file, const char *pointer, enum json_place place, const char *hint,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void complain_text(
	const struct file *file, const char *pointer, enum json_place place, const char *hint, const char *fmt, ...)
{
	struct error why = {0};
	char text[ERROR_TEXT_MAX / 4];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	error_set(&why, 0, "%s", text);
	if (hint != NULL)
		error_hint(&why, "%s", hint);
	complain(file, pointer, place, &why);
}

/* A reference token of RFC 6901. */
static void add_token(char *pointer, const char *key)
{
	size_t used = strlen(pointer);

	if (used + 1 < POINTER_SIZE)
		pointer[used++] = '/';
	for (; *key != '\0' && used + 3 < POINTER_SIZE; key++) {
		if (*key == '~' || *key == '/') {
			pointer[used++] = '~';
			pointer[used++] = *key == '~' ? '0' : '1';
		} else {
			pointer[used++] = *key;
		}
	}
	pointer[used] = '\0';
}

static void unknown_key(const struct file *file, const char *pointer, const char *name)
{
	struct nearest nearest;
	struct error why = {0};

	error_set(&why, 0, "%.80s: unknown key", name);
	nearest_start(&nearest, name);
	for (const struct pool_key *key = pool_keys; key->name != NULL; key++)
		if (key->read != NULL)
			nearest_offer(&nearest, key->name);
	nearest_hint(&nearest, "", "", &why);
	complain(file, pointer, JSON_PLACE_KEY, &why);
}

static void read_key(
	const struct file *file, struct pool *pool, const char *parent, const char *name, const json_t *value)
{
	const struct pool_key *key = pool_key_find(name);
	char pointer[POINTER_SIZE], index[16];
	struct error err = {0};
	int at = -1;

	snprintf(pointer, sizeof pointer, "%s", parent);
	add_token(pointer, name);
	if (key == NULL) {
		unknown_key(file, pointer, name);
		return;
	}
	if (key->read == NULL) {
		complain_text(file, pointer, JSON_PLACE_KEY, NULL, "%s: %s", name, key->help);
		return;
	}
	if (key->read(pool, value, &at, &err) == 0)
		return;
	if (at >= 0) {
		snprintf(index, sizeof index, "%d", at);
		add_token(pointer, index);
	}
	error_context(&err, "%s", name);
	complain(file, pointer, JSON_PLACE_VALUE, &err);
}

/* A relative file starts where this one is. */
static void resolve_profile(const struct file *file, struct pool *pool, const char *parent)
{
	_cleanup_(freep) char *directory = path_directory(file->doc->name);
	char pointer[POINTER_SIZE];
	int line = 1, column = 1;
	char *whole;

	snprintf(pointer, sizeof pointer, "%s/profile", parent);
	if (pool->profile == NULL) {
		pool->profile = strdup("job");
		snprintf(pointer, sizeof pointer, "%s", parent);
	} else if (path_is_file_reference(pool->profile) && *pool->profile != '/') {
		whole = format("%s/%s", directory != NULL ? directory : ".", pool->profile);
		free(pool->profile);
		pool->profile = whole;
	}
	json_doc_locate(file->doc, pointer, JSON_PLACE_VALUE, &line, &column);
	pool->profile_origin = format("%s:%d:%d", file->doc->name, line, column);
	if (pool->profile == NULL || pool->profile_origin == NULL)
		abort();
}

/* What its keys cannot know of each other. */
static void check_pool(const struct file *file, const struct pool *pool, const char *parent)
{
	char pointer[POINTER_SIZE];

	if (pool->max < pool->slots) {
		snprintf(pointer, sizeof pointer, "%s/max", parent);
		complain_text(file, pointer, JSON_PLACE_VALUE, "raise it, or leave it out", "max: less than min");
	}
	if (pool->warm > 0 && pool->max <= pool->slots) {
		snprintf(pointer, sizeof pointer, "%s/warm", parent);
		complain_text(file, pointer, JSON_PLACE_KEY, "set max", "warm: requires a max that is larger than min");
	}
	if (pool->group != NULL && !file->facts->has_groups) {
		snprintf(pointer, sizeof pointer, "%s/group", parent);
		complain_text(file, pointer, JSON_PLACE_KEY, "remove it", "group: a repository has no runner groups");
	}
}

static void check_unique(
	const struct file *file, const struct pools *pools, const struct pool *pool, const char *parent)
{
	char pointer[POINTER_SIZE];

	for (const struct pool *other = pools->v; other < pool; other++)
		if (pool->name[0] != '\0' && strcmp(other->name, pool->name) == 0) {
			snprintf(pointer, sizeof pointer, "%s/name", parent);
			complain_text(
				file, pointer, JSON_PLACE_VALUE, NULL, "name: %s: another pool has it", pool->name);
			return;
		}
}

static void read_pool(const struct file *file, struct pools *pools, size_t index, const json_t *json)
{
	const size_t before = file->problems->n;
	struct pool *pool = pools_add(pools);
	char parent[32];
	const char *name;
	json_t *value;

	pool->slots = 1;
	pool->prepares = true;
	pool->is_from_file = true;
	snprintf(parent, sizeof parent, "/pools/%zu", index);
	if (!json_is_object(json)) {
		complain_text(file, parent, JSON_PLACE_VALUE, NULL, "must be a pool: an object");
		resolve_profile(file, pool, parent);
		return;
	}
	json_object_foreach ((json_t *)json, name, value)
		read_key(file, pool, parent, name, value);
	if (json_object_get(json, "max") == NULL || pool->max == 0)
		pool->max = pool->slots;
	if (json_object_get(json, "name") == NULL)
		complain_text(file, parent, JSON_PLACE_VALUE, NULL, "name: required");
	if (file->problems->n == before)
		check_pool(file, pool, parent);
	if (pool->max > pool->slots && pool->warm == 0)
		pool->warm = 1;
	check_unique(file, pools, pool, parent);
	resolve_profile(file, pool, parent);
}

static void read_pools(const struct file *file, struct pools *pools, const json_t *json)
{
	const json_t *one;
	unsigned total = 0;
	size_t i;

	if (!json_is_array(json) || json_array_size(json) == 0) {
		complain_text(file, "/pools", JSON_PLACE_VALUE, NULL, "pools: must be an array of at least one pool");
		return;
	}
	if (json_array_size(json) > POOL_SLOTS_MAX) {
		complain_text(file, "/pools", JSON_PLACE_VALUE, NULL, "pools: more than %d", POOL_SLOTS_MAX);
		return;
	}
	json_array_foreach ((json_t *)json, i, one)
		read_pool(file, pools, i, one);
	for (i = 0; i < pools->n; i++)
		total += pools->v[i].max > pools->v[i].slots ? pools->v[i].max : pools->v[i].slots;
	if (total > POOL_SLOTS_MAX)
		complain_text(file, "/pools", JSON_PLACE_VALUE, NULL, "pools: %u slots in all, more than %d", total,
			POOL_SLOTS_MAX);
}

int pool_file_parse(
	struct pools *pools, const struct json_doc *doc, const struct pool_file_facts *facts, struct problems *problems)
{
	const struct file file = {doc, facts, problems, problems->n};
	const char *name;
	json_t *value;

	if (!json_is_object(doc->root)) {
		complain_text(&file, "", JSON_PLACE_VALUE, NULL, "must be an object with pools");
		return -1;
	}
	json_object_foreach (doc->root, name, value) {
		char pointer[POINTER_SIZE] = "";

		add_token(pointer, name);
		if (strcmp(name, "pools") != 0 && strcmp(name, "$schema") != 0)
			complain_text(
				&file, pointer, JSON_PLACE_KEY, "pools is the only one", "%.80s: unknown key", name);
	}
	if (json_object_get(doc->root, "pools") == NULL)
		complain_text(&file, "", JSON_PLACE_VALUE, NULL, "pools: required");
	else
		read_pools(&file, pools, json_object_get(doc->root, "pools"));
	return problems->n == file.before ? 0 : -1;
}

struct pool_file_facts config_pool_facts(const struct config *config)
{
	return (struct pool_file_facts){.has_groups = !config->has_url || config->github.entity == NULL ||
						      config->github.scope != GITHUB_REPOSITORY};
}

int pool_file_read(
	struct pools *pools, const char *path, const struct pool_file_facts *facts, struct problems *problems)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	if (json_doc_load(&doc, path, &err) == 0)
		return pool_file_parse(pools, &doc, facts, problems);
	problem(problems, err.hint[0] != '\0' ? err.hint : NULL, "%s", err.text);
	return -1;
}

static json_t *pool_schema(void)
{
	json_t *properties = json_object();

	for (const struct pool_key *key = pool_keys; key->name != NULL; key++) {
		json_t *schema = key->schema != NULL ? key->schema() : NULL;

		if (schema == NULL)
			continue;
		json_object_set_new(schema, "description", json_string(key->help));
		json_object_set_new(properties, key->name, schema);
	}
	return json_pack("{s:s, s:[s], s:o, s:b}", "type", "object", "required", "name", "properties", properties,
		"additionalProperties", 0);
}

char *pool_file_schema(struct error *err)
{
	json_t *root = json_pack("{s:s, s:s, s:s, s:[s], s:{s:{s:s}, s:{s:s, s:i, s:i, s:o}}, s:b}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", "Pools of cofferdam runner start --config",
		"type", "object", "required", "pools", "properties", "$schema", "type", "string", "pools", "type",
		"array", "minItems", 1, "maxItems", POOL_SLOTS_MAX, "items", pool_schema(), "additionalProperties", 0);
	_cleanup_(freep) char *text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	char *line = text != NULL ? format("%s\n", text) : NULL;

	json_decref(root);
	if (line == NULL)
		error_set(err, ENOMEM, "schema");
	return line;
}
