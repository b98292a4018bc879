/* Policies by reference: those that are shipped, files, and what one policy extends. */
#include "policy/seccomp/build.h"
#include "policy/seccomp/form_json.h"
#include "policy/seccomp/oci_json.h"

#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

/* The remedy where a policy is expected. */
#define PROFILE_INSTEAD "give it to --profile; `cofferdam policy show` prints it"

const struct seccomp_context seccomp_context_default = {.kernel = UINT32_MAX};

static int parse_at(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	unsigned depth, struct seccomp_policy **policy, struct error *err);

static int load_builtin(const char *ref, const struct seccomp_context *context, unsigned depth,
	struct seccomp_policy **policy, struct error *err)
{
	const struct builtin_file *file = builtin_find_named("profiles/seccomp", ref);

	if (file != NULL)
		return parse_at(file->path, file->text, (size_t)(file->end - file->text), context, depth, policy, err);
	if (builtin_find_named("profiles", ref) != NULL) {
		error_set(err, 0, "%s: a profile, not a seccomp policy", ref);
		return error_hint(err, PROFILE_INSTEAD);
	}
	error_set(err, 0, "%s: unknown policy", ref);
	builtin_hint("profiles/seccomp", ref, err);
	return -1;
}

static int load_file(const char *path, const struct seccomp_context *context, unsigned depth,
	struct seccomp_policy **policy, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (read_file_at(AT_FDCWD, path, JSON_TEXT_MAX, &text, &len, err) < 0)
		return -1;
	return parse_at(path, text, len, context, depth, policy, err);
}

/* A relative file stands beside the one that names it. */
static char *beside(const char *file, const char *ref)
{
	const char *slash = strrchr(file, '/');

	if (ref[0] == '/' || slash == NULL)
		return strdup(ref);
	return format("%.*s/%s", (int)(slash - file), file, ref);
}

static int load_base(const struct parser *p, unsigned depth, struct seccomp_policy **base, struct error *err)
{
	/* Nobody is told of its errors: their place is our `extends`. */
	struct seccomp_context context = *p->context;
	_cleanup_(freep) char *path = NULL;
	const char *ref = p->extends;

	context.report = NULL;
	if (depth + 1 >= DEPTH_MAX)
		return error_set(err, 0, "more than %d policies extend each other", DEPTH_MAX);
	if (!path_is_file_reference(ref))
		return load_builtin(ref, &context, depth + 1, base, err);
	path = beside(p->doc->name, ref);
	if (path == NULL)
		return error_set(err, ENOMEM, "%s", p->doc->name);
	return load_file(path, &context, depth + 1, base, err);
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

/* Reads the policy that this one extends. Its rules come behind ours, its default becomes ours where we have none. */
static int extend(struct parser *p, unsigned depth)
{
	struct seccomp_policy *base = NULL;
	struct error why;
	int result;

	if (load_base(p, depth, &base, &why) < 0) {
		json_doc_error(p->doc, "/extends", JSON_PLACE_VALUE, p->err, "%s", why.text);
		return why.hint[0] != '\0' ? error_hint(p->err, "%s", why.hint) : -1;
	}
	result = append(p, base);
	if (p->takes_default)
		p->policy->default_action = base->default_action;
	seccomp_policy_free(base);
	return result;
}

/* Most profiles have one of these keys. */
static bool looks_like_profile(const json_t *root)
{
	return json_object_get(root, "extends") != NULL || json_object_get(root, "seccomp") != NULL ||
	       json_object_get(root, "network") != NULL;
}

/* Nothing in it belongs to a policy. Which keys a profile has is not known here. */
static bool may_be_profile(const json_t *root)
{
	static const char *const keys[] = {"rules", "default", "errno", "defaultAction", "syscalls"};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (json_object_get(root, keys[i]) != NULL)
			return false;
	return json_object_size(root) > 0;
}

/* Our own form has "rules" and "default", of which one may have been forgotten; OCI's has "defaultAction" and
 * "syscalls". */
static bool is_own_form(const json_t *root)
{
	if (json_object_get(root, "rules") != NULL)
		return true;
	return json_object_get(root, "default") != NULL && json_object_get(root, "defaultAction") == NULL &&
	       json_object_get(root, "syscalls") == NULL;
}

static int read_document(struct parser *p)
{
	if (is_own_form(p->doc->root))
		return read_form(p);
	if (json_object_get(p->doc->root, "defaultAction") == NULL && looks_like_profile(p->doc->root)) {
		error_set(p->err, 0, "%s: a profile, not a seccomp policy", p->doc->name);
		return error_hint(p->err, PROFILE_INSTEAD);
	}
	if (read_oci(p) == 0)
		return 0;
	return may_be_profile(p->doc->root) ? error_hint(p->err, "if it is a profile, " PROFILE_INSTEAD) : -1;
}

/* Parses a policy that `depth` others extend. */
static int parse_at(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	unsigned depth, struct seccomp_policy **policy, struct error *err)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct parser p = {.doc = &doc, .context = context, .err = err};
	int result;

	if (json_doc_parse(&doc, name, text, len, err) < 0)
		return -1;
	p.policy = calloc(1, sizeof *p.policy);
	if (p.policy == NULL || (p.policy->name = strdup(name)) == NULL) {
		seccomp_policy_free(p.policy);
		return error_set(err, ENOMEM, "%s", name);
	}
	result = read_document(&p);
	if (result == 0 && p.extends != NULL)
		result = extend(&p, depth);
	free(p.extends);
	if ((result < 0 && complain(&p) < 0) || p.errors > 0)
		result = -1;
	if (result < 0) {
		seccomp_policy_free(p.policy);
		return -1;
	}
	/* Of a policy that another one extends only the rules are wanted. */
	for (unsigned i = 0; depth == 0 && i < SYSCALL_NUMBERS; i++)
		p.policy->known[i] = syscall_known(i);
	*policy = p.policy;
	return 0;
}

int seccomp_policy_parse(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	struct seccomp_policy **policy, struct error *err)
{
	return parse_at(name, text, len, context, 0, policy, err);
}

int seccomp_policy_load(
	const char *ref, const struct seccomp_context *context, struct seccomp_policy **policy, struct error *err)
{
	return path_is_file_reference(ref) ? load_file(ref, context, 0, policy, err)
					   : load_builtin(ref, context, 0, policy, err);
}
