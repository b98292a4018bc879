/* Policies by reference: those that are shipped, files, and what one policy extends. */
#include "policy/seccomp_fields.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "policy/builtin.h"
#include "policy/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

static int load_builtin(const char *ref, const struct seccomp_context *context, unsigned depth,
	struct seccomp_policy **policy, struct error *err)
{
	const struct builtin_file *file = builtin_find_named("profiles/seccomp", ref);
	char names[256];

	if (file != NULL)
		return parse_policy_at(
			file->path, file->text, (size_t)(file->end - file->text), context, depth, policy, err);
	builtin_names("profiles/seccomp", names, sizeof names);
	error_set(err, 0, "%s: not a shipped policy", ref);
	return error_hint(err, "shipped: %s; a file has a / in it or ends in .json", names);
}

static int load_file(const char *path, const struct seccomp_context *context, unsigned depth,
	struct seccomp_policy **policy, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (read_file_at(AT_FDCWD, path, JSON_TEXT_MAX, &text, &len, err) < 0)
		return -1;
	return parse_policy_at(path, text, len, context, depth, policy, err);
}

int seccomp_policy_load(
	const char *ref, const struct seccomp_context *context, struct seccomp_policy **policy, struct error *err)
{
	return path_is_file_reference(ref) ? load_file(ref, context, 0, policy, err)
					   : load_builtin(ref, context, 0, policy, err);
}

/* A relative file stands beside the one that names it. */
static char *beside(const char *file, const char *ref)
{
	const char *slash = strrchr(file, '/');

	if (ref[0] == '/' || slash == NULL)
		return strdup(ref);
	return format("%.*s/%s", (int)(slash - file), file, ref);
}

static int load_base(struct parser *p, const char *ref, struct seccomp_policy **base, struct error *err)
{
	_cleanup_(freep) char *path = NULL;

	if (p->depth + 1 >= DEPTH_MAX)
		return error_set(err, 0, "more than %d policies extend each other", DEPTH_MAX);
	if (!path_is_file_reference(ref))
		return load_builtin(ref, p->context, p->depth + 1, base, err);
	path = beside(p->doc->name, ref);
	if (path == NULL)
		return error_set(err, ENOMEM, "%s", p->doc->name);
	return load_file(path, p->context, p->depth + 1, base, err);
}

/* The rules of `base` go over to ours. */
static int append(struct parser *p, struct seccomp_policy *base)
{
	for (size_t i = 0; i < base->n_rules; i++) {
		struct seccomp_rule *rule = add_rule(p, "");

		if (rule == NULL)
			return -1;
		free(rule->place);
		*rule = base->rules[i];
		base->rules[i] = (struct seccomp_rule){0};
	}
	return 0;
}

int extend(struct parser *p, const char *ref, bool take_default)
{
	struct seccomp_policy *base = NULL;
	struct error why;
	int result;

	if (load_base(p, ref, &base, &why) < 0) {
		json_doc_error(p->doc, "/extends", JSON_PLACE_VALUE, p->err, "%s", why.text);
		return why.hint[0] != '\0' ? error_hint(p->err, "%s", why.hint) : -1;
	}
	result = append(p, base);
	if (take_default)
		p->policy->default_action = base->default_action;
	seccomp_policy_free(base);
	return result;
}
