#include "policy/profile.h"

#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/nearest.h"
#include "common/path.h"
#include "policy/profile_prebuilt.h"
#include "policy/setting_kind.h"

#include <sha256.h>
#include <stdio.h>
#include <string.h>

#define SHIPPED "profiles/" /* where the embedded ones lie, in their origins */

/* The remedy where a profile is expected. */
#define SECCOMP_INSTEAD "give it to --seccomp; `cofferdam policy explain` describes it"

struct loader {
	struct plan *plan;
	SHA2_CTX digest;
	profile_error_fn *report; /* NULL: the first error ends it */
	void *context;
	size_t errors;
	profile_value_fn *each; /* or NULL */
};

/* A profile that is being loaded, and whose turn comes after that of the one it extends. */
struct source {
	const struct source *extended_by;
	unsigned depth;
	char *id;  /* tells it apart from others: a canonical path, or the path of an embedded file */
	char *dir; /* where relative files start; NULL: there are none */
	struct json_doc doc;
};

static void source_clear(struct source *source)
{
	free(source->id);
	free(source->dir);
	json_doc_free(&source->doc);
}

static int load_source(struct loader *loader, struct source *source, struct error *err);

/* Notes an error: -1 when it ends the loading, 0 when it was reported and the rest may be read. */
static int complain(struct loader *loader, struct error *err)
{
	if (loader->report == NULL)
		return -1;
	loader->report(err, loader->context);
	if (++loader->errors < PROFILE_ERRORS_MAX)
		return 0;
	return error_set(err, 0, "more than %d errors: giving up", PROFILE_ERRORS_MAX - 1);
}

static int open_embedded(struct source *source, const char *name, struct error *err)
{
	const struct builtin_file *file = builtin_find_named("profiles", name);

	if (file == NULL && builtin_find_named("profiles/seccomp", name) != NULL) {
		error_set(err, 0, "%s: a seccomp policy, not a profile", name);
		return error_hint(err, SECCOMP_INSTEAD);
	}
	if (file == NULL) {
		error_set(err, 0, "profile %s: unknown", name);
		return builtin_hint("profiles", name, err);
	}
	source->id = strdup(file->path);
	if (source->id == NULL)
		return error_set(err, ENOMEM, "profile %s", name);
	return json_doc_parse(&source->doc, file->path, file->text, (size_t)(file->end - file->text), err);
}

/* A document with a key that every seccomp policy of that form has, and no profile. */
static int check_is_profile(const struct json_doc *doc, struct error *err)
{
	const char *pointer = json_object_get(doc->root, "defaultAction") != NULL ? "/defaultAction" : "/rules";

	if (json_object_get(doc->root, pointer + 1) == NULL)
		return 0;
	json_doc_error(doc, pointer, JSON_PLACE_KEY, err, "a seccomp policy, not a profile");
	return error_hint(err, SECCOMP_INSTEAD);
}

static int open_file(struct source *source, const char *path, struct error *err)
{
	/* A name of its own, beside those of the shipped ones. */
	_cleanup_(freep) char *name = format("%s%s", profile_is_shipped(path) ? "./" : "", path);

	if (name == NULL)
		return error_set(err, ENOMEM, "profile %s", path);
	if (source->doc.root == NULL && json_doc_load(&source->doc, name, err) < 0)
		return -1;
	if (source->doc.len > PROFILE_TEXT_MAX)
		return error_set(err, 0, "%s: more than %zu bytes", path, PROFILE_TEXT_MAX);
	source->id = realpath(path, NULL);
	if (source->id == NULL && errno == ENOENT) /* a pipe, such as /dev/fd/63 of <(…) */
		source->id = strdup(path);
	source->dir = path_directory(path);
	if (source->id == NULL || source->dir == NULL)
		return error_set(err, errno, "profile %s", path);
	return 0;
}

static int check_chain(const struct source *source, struct error *err)
{
	if (source->depth > PROFILE_DEPTH_MAX)
		return error_set(err, 0, "more than %d profiles extend each other", PROFILE_DEPTH_MAX);
	for (const struct source *above = source->extended_by; above != NULL; above = above->extended_by)
		if (strcmp(above->id, source->id) == 0)
			return error_set(err, 0, "%s: extends itself", source->doc.name);
	return 0;
}

/* Opens the profile that `from` extends, as its "extends" names it. */
static int open_extended(struct source *source, const struct source *from, const char *ref, struct error *err)
{
	_cleanup_(freep) char *path = NULL;
	int r;

	source->extended_by = from;
	source->depth = from->depth + 1;
	if (!path_is_file_reference(ref))
		r = open_embedded(source, ref, err);
	else if (from->dir == NULL)
		return error_set(err, 0, "%s: unknown profile", ref);
	else {
		path = ref[0] == '/' ? strdup(ref) : format("%s/%s", from->dir, ref);
		if (path == NULL)
			return error_set(err, ENOMEM, "%s", ref);
		r = open_file(source, path, err);
	}
	return r < 0 ? -1 : check_chain(source, err);
}

/* "FILE:LINE:COLUMN" of the value at `pointer`. The caller frees. */
static char *position(const struct json_doc *doc, const char *pointer)
{
	int line = 1, column = 1;

	json_doc_locate(doc, pointer, JSON_PLACE_VALUE, &line, &column);
	return format("%s:%d:%d", doc->name, line, column);
}

static int load_extended(struct loader *loader, struct source *source, struct error *err)
{
	const json_t *extends = json_object_get(source->doc.root, "extends");
	_cleanup_(source_clear) struct source extended = {0};
	_cleanup_(freep) char *origin = NULL;

	if (!json_is_string(extends))
		return 0; /* absent; or apply_member() says what is wrong with it */
	if (open_extended(&extended, source, json_string_value(extends), err) < 0) {
		origin = position(&source->doc, "/extends");
		error_context(err, "%s: extends", origin != NULL ? origin : source->doc.name);
		return complain(loader, err);
	}
	return load_source(loader, &extended, err);
}

/* The text that the command line would have for a JSON value, or NULL when the type is wrong. */
static const char *value_text(const struct setting *setting, const json_t *value, char *buf, size_t size)
{
	unsigned forms = setting_kind(setting)->forms;

	if (json_is_string(value) && (forms & SETTING_FORM_STRING) != 0)
		return json_string_value(value);
	if (json_is_boolean(value) && (forms & SETTING_FORM_BOOLEAN) != 0)
		return json_is_true(value) ? "yes" : "no";
	if (json_is_integer(value) && (forms & SETTING_FORM_INTEGER) != 0)
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value) && (forms & SETTING_FORM_REAL) != 0)
		snprintf(buf, size, "%.15g", json_real_value(value));
	else
		return NULL;
	return buf;
}

static int apply_value(struct loader *loader, const struct source *source, const struct setting *setting,
	const json_t *value, const char *pointer, struct error *err)
{
	_cleanup_(freep) char *origin = position(&source->doc, pointer);
	_cleanup_(freep) char *absolute = NULL;
	char number[64];
	const char *text = value_text(setting, value, number, sizeof number);

	if (origin == NULL)
		return error_set(err, ENOMEM, "%s", source->doc.name);
	if (text == NULL) {
		json_doc_error(&source->doc, pointer, JSON_PLACE_VALUE, err, "%s: must be %s",
			setting_profile_key(setting), setting_kind(setting)->wanted);
		return complain(loader, err);
	}
	/* Of the paths in a profile only the files of policy are relative to it: a mount means the same everywhere. */
	if (setting_kind(setting)->value == SETTING_VALUE_SHIPPED && source->dir != NULL) {
		_cleanup_(freep) char *dir = realpath(source->dir, NULL);

		if (dir == NULL)
			return error_set(err, errno, "%s", source->dir);
		if (setting_absolute(setting, dir, text, &absolute, err) < 0)
			return -1;
		text = absolute;
	}
	if (setting_apply(loader->plan, setting, text, origin, err) < 0)
		return complain(loader, err);
	if (loader->each != NULL)
		loader->each(setting, text, origin, loader->context);
	return 0;
}

static int apply_list(struct loader *loader, const struct source *source, const struct setting *setting,
	const json_t *list, const char *pointer, struct error *err)
{
	char choices[128];

	if (!json_is_array(list)) {
		json_doc_error(&source->doc, pointer, JSON_PLACE_VALUE, err, "%s: must be a list",
			setting_profile_key(setting));
		error_hint(err, "expected [\"%s\"]", setting_arg(setting, choices, sizeof choices));
		return complain(loader, err);
	}
	if (json_array_size(list) > SETTING_LIST_MAX) {
		json_doc_error(&source->doc, pointer, JSON_PLACE_VALUE, err, "%s: more than %d entries",
			setting_profile_key(setting), SETTING_LIST_MAX);
		return complain(loader, err);
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		_cleanup_(freep) char *element = format("%s/%zu", pointer, i);

		if (element == NULL)
			return error_set(err, ENOMEM, "%s", source->doc.name);
		if (apply_value(loader, source, setting, json_array_get(list, i), element, err) < 0)
			return -1;
	}
	return 0;
}

/* The JSON pointer to a member of the root: "/key", with ~ and / as RFC 6901 writes them. The caller frees. */
static char *member_pointer(const char *key)
{
	char *pointer = malloc(2 * strlen(key) + 2), *p = pointer;

	if (pointer == NULL)
		return NULL;
	*p++ = '/';
	for (; *key != '\0'; key++) {
		if (*key == '~' || *key == '/')
			*p++ = '~';
		*p++ = *key == '~' ? '0' : *key == '/' ? '1' : *key;
	}
	*p = '\0';
	return pointer;
}

static void unknown_key(const struct json_doc *doc, const char *pointer, const char *key, struct error *err)
{
	struct nearest nearest;

	nearest_start(&nearest, key);
	for (size_t i = 0; i < settings_count; i++)
		if ((setting_at(i)->flags & SETTING_CLI_ONLY) == 0)
			nearest_offer(&nearest, setting_profile_key(setting_at(i)));
	json_doc_error(doc, pointer, JSON_PLACE_KEY, err, "unknown key \"%.100s\"", key);
	nearest_hint(&nearest, "", nearest_name(&nearest) != NULL ? "" : "cofferdam-profile(5) lists the keys", err);
}

static int apply_member(
	struct loader *loader, const struct source *source, const char *key, const json_t *value, struct error *err)
{
	_cleanup_(freep) char *pointer = member_pointer(key);
	const struct setting *setting = setting_find_in_profile(key);

	if (pointer == NULL)
		return error_set(err, ENOMEM, "%s", source->doc.name);
	if (setting == NULL) {
		unknown_key(&source->doc, pointer, key, err);
		return complain(loader, err);
	}
	if ((setting->flags & SETTING_CLI_ONLY) != 0) {
		json_doc_error(&source->doc, pointer, JSON_PLACE_KEY, err, "%s: only on the command line", key);
		return complain(loader, err);
	}
	if ((setting->flags & SETTING_LIST) != 0)
		return apply_list(loader, source, setting, value, pointer, err);
	return apply_value(loader, source, setting, value, pointer, err);
}

static int load_source(struct loader *loader, struct source *source, struct error *err)
{
	const char *key;
	json_t *value;

	SHA256Update(&loader->digest, (const uint8_t *)source->doc.text, source->doc.len);
	if (!json_is_object(source->doc.root)) {
		json_doc_error(&source->doc, "", JSON_PLACE_VALUE, err, "a profile must be an object");
		return complain(loader, err);
	}
	if (check_is_profile(&source->doc, err) < 0)
		return complain(loader, err);
	if (load_extended(loader, source, err) < 0)
		return -1;
	json_object_foreach (source->doc.root, key, value) {
		if (apply_member(loader, source, key, value, err) < 0)
			return -1;
	}
	return 0;
}

/* Loads what has been opened, and what that extends, and completes the plan. */
static int load_opened(struct loader *loader, struct source *source, const char *name, struct error *err)
{
	char *copy;

	source->depth = 1;
	SHA256Init(&loader->digest);
	if (load_source(loader, source, err) < 0)
		return -1;
	SHA256End(&loader->digest, loader->plan->profile_digest);
	copy = strdup(name);
	if (copy == NULL)
		return error_set(err, ENOMEM, "%s", name);
	free(loader->plan->profile);
	loader->plan->profile = copy;
	return 0;
}

bool profile_is_shipped(const char *origin)
{
	return strncmp(origin, SHIPPED, sizeof SHIPPED - 1) == 0;
}

int profile_load(const char *name_or_path, struct plan *plan, struct error *err)
{
	_cleanup_(source_clear) struct source source = {0};
	struct loader loader = {.plan = plan};
	int r;

	if (path_is_file_reference(name_or_path)) {
		r = open_file(&source, name_or_path, err);
	} else {
		r = profile_prebuilt(name_or_path, plan, err);
		if (r != 0)
			return r < 0 ? -1 : 0;
		r = open_embedded(&source, name_or_path, err);
	}
	return r < 0 ? -1 : load_opened(&loader, &source, name_or_path, err);
}

int profile_trace(const char *name, struct plan *plan, profile_value_fn *each, void *context, struct error *err)
{
	_cleanup_(source_clear) struct source source = {0};
	struct loader loader = {.plan = plan, .each = each, .context = context};

	return open_embedded(&source, name, err) < 0 ? -1 : load_opened(&loader, &source, name, err);
}

int profile_load_text(const char *name, const char *text, size_t len, struct plan *plan, struct error *err)
{
	_cleanup_(source_clear) struct source source = {0};
	struct loader loader = {.plan = plan};

	if (len > PROFILE_TEXT_MAX)
		return error_set(err, 0, "%s: more than %zu bytes", name, PROFILE_TEXT_MAX);
	source.id = strdup(name);
	if (source.id == NULL)
		return error_set(err, ENOMEM, "%s", name);
	if (json_doc_parse(&source.doc, name, text, len, err) < 0)
		return -1;
	return load_opened(&loader, &source, name, err);
}

size_t profile_check(
	const char *path, struct json_doc *read, struct plan *plan, profile_error_fn *report, void *context)
{
	_cleanup_(source_clear) struct source source = {.doc = read != NULL ? *read : (struct json_doc){0}};
	struct loader loader = {.plan = plan, .report = report, .context = context};
	const bool shipped = !path_is_file_reference(path) && builtin_find_named("profiles", path) != NULL;
	struct error err;

	if (read != NULL)
		memset(read, 0, sizeof *read);
	if ((shipped ? open_embedded(&source, path, &err) : open_file(&source, path, &err)) < 0 ||
		load_opened(&loader, &source, path, &err) < 0) {
		if (loader.errors >= PROFILE_ERRORS_MAX)
			error_context(&err, "%s", path);
		report(&err, context);
		loader.errors++;
	}
	return loader.errors;
}
