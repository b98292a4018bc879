/* OCI seccomp JSON in Docker's dialect -> rules. The document's shape is a set of tables, one per kind of object: key,
 * reader, or the reason why the key is refused. Sources: the OCI runtime specification, config-linux.md#seccomp; for
 * several conditions on one argument, runc's libcontainer/seccomp (matchCall), which Docker's profiles rely on. */
#include "policy/seccomp_fields.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARCH_PREFIX "SCMP_ARCH_"
#if defined(__x86_64__)
#define NATIVE_ARCH_NAME "X86_64"
#elif defined(__aarch64__)
#define NATIVE_ARCH_NAME "AARCH64"
#endif

/* Those that libseccomp names. All but the native one are accepted and mean nothing: their calls are killed. */
static const char *const arch_names[] = {"X86", "X86_64", "X32", "ARM", "AARCH64", "LOONGARCH64", "M68K", "MIPS",
	"MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PARISC", "PARISC64", "PPC", "PPC64", "PPC64LE",
	"RISCV64", "S390", "S390X", "SH", "SHEB"};

struct document {
	bool have_archs; /* architectures or archMap stood there */
	bool have_native;
	struct errno_given errno_given;
	const json_t *syscalls; /* the list, or NULL */
};

static int read_arch(struct parser *p, const char *pointer, const json_t *value, bool *native)
{
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "the name of an architecture");
	if (strncmp(name, ARCH_PREFIX, strlen(ARCH_PREFIX)) == 0)
		for (size_t i = 0; i < sizeof arch_names / sizeof arch_names[0]; i++)
			if (strcmp(name + strlen(ARCH_PREFIX), arch_names[i]) == 0) {
				*native = strcmp(arch_names[i], NATIVE_ARCH_NAME) == 0;
				return 0;
			}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown architecture \"%.64s\"", name);
}

static int read_arch_list(struct parser *p, const char *pointer, const json_t *value, bool *native)
{
	if (!json_is_array(value))
		return wrong_type(p, pointer, "a list of architectures");
	for (size_t i = 0; i < json_array_size(value); i++) {
		char at[POINTER_MAX];
		bool is_native = false;

		pointer_element(at, pointer, i);
		if (read_arch(p, at, json_array_get(value, i), &is_native) < 0)
			return -1;
		*native |= is_native;
	}
	return 0;
}

static int second_arch_list(struct parser *p, const char *pointer, struct document *d)
{
	if (d->have_archs)
		return json_doc_error(p->doc, pointer, JSON_PLACE_KEY, p->err,
			"\"architectures\" and \"archMap\" exclude each other");
	d->have_archs = true;
	return 0;
}

static int read_architectures(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct document *d = out;

	if (second_arch_list(p, pointer, d) < 0)
		return -1;
	return read_arch_list(p, pointer, value, &d->have_native);
}

static int read_map_arch(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_arch(p, pointer, value, out);
}

/* Secondary ABIs of an entry. They are refused natively, so they only have to be spelled well. */
static int read_sub_archs(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	bool ignored = false;

	(void)out;
	return json_is_null(value) ? 0 : read_arch_list(p, pointer, value, &ignored);
}

static int read_arch_map(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	static const struct field fields[] = {
		{"architecture", read_map_arch, true, NULL},
		{"subArchitectures", read_sub_archs, false, NULL},
	};
	struct document *d = out;

	if (second_arch_list(p, pointer, d) < 0)
		return -1;
	if (!json_is_array(value))
		return wrong_type(p, pointer, "a list of objects");
	for (size_t i = 0; i < json_array_size(value); i++) {
		char at[POINTER_MAX];
		bool native = false;

		pointer_element(at, pointer, i);
		if (read_object(p, at, json_array_get(value, i), fields, sizeof fields / sizeof fields[0], &native) < 0)
			return -1;
		d->have_native |= native;
	}
	return 0;
}

static int read_default_action(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	return read_action(p, pointer, value, &p->policy->default_action);
}

static int read_default_errno(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct errno_given *given = &((struct document *)out)->errno_given;

	given->number = true;
	return read_errno(p, pointer, value, &given->by_number);
}

static int read_default_errno_name(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	struct errno_given *given = &((struct document *)out)->errno_given;

	given->name = true;
	return read_errno_name(p, pointer, value, &given->by_name);
}

struct seccomp_rule *add_rule(struct parser *p, const char *pointer)
{
	struct seccomp_policy *policy = p->policy;
	struct seccomp_rule *grown, *rule;

	/* In steps, so that a long list does not become a quadratic one. */
	if (policy->n_rules % 64 == 0) {
		grown = reallocarray(policy->rules, policy->n_rules + 64, sizeof *grown);
		if (grown == NULL) {
			error_set(p->err, ENOMEM, "%s", p->doc->name);
			return NULL;
		}
		policy->rules = grown;
	}
	rule = &policy->rules[policy->n_rules];
	*rule = (struct seccomp_rule){.place = format("%s#%s", p->doc->name, pointer)};
	if (rule->place == NULL) {
		error_set(p->err, ENOMEM, "%s", p->doc->name);
		return NULL;
	}
	policy->n_rules++;
	return rule;
}

static int add_rules(struct parser *p, const char *pointer, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		struct seccomp_rule *rule;
		char at[POINTER_MAX];

		pointer_element(at, pointer, i);
		rule = add_rule(p, at);
		if (rule == NULL || read_rule(p, at, json_array_get(value, i), rule) < 0)
			return -1;
	}
	return 0;
}

static int read_syscalls(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	if (!json_is_array(value))
		return wrong_type(p, pointer, "a list of rules");
	((struct document *)out)->syscalls = value;
	return 0;
}

static int read_description(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	(void)out;
	return keep_text(p, pointer, value, &p->policy->description);
}

static int read_document(struct parser *p, struct seccomp_policy *policy)
{
	static const struct field fields[] = {
		{"$schema", read_text, false, NULL},
		{"comment", read_description, false, NULL},
		{"description", read_description, false, NULL},
		{"defaultAction", read_default_action, true, NULL},
		{"defaultErrnoRet", read_default_errno, false, NULL},
		{"defaultErrno", read_default_errno_name, false, NULL},
		{"architectures", read_architectures, false, NULL},
		{"archMap", read_arch_map, false, NULL},
		{"syscalls", read_syscalls, false, NULL},
		{"flags", NULL, false, "filter flags are not supported"},
		{"listenerPath", NULL, false, "user notification is not supported"},
		{"listenerMetadata", NULL, false, "user notification is not supported"},
	};
	struct document d = {0};

	if (read_object(p, "", p->doc->root, fields, sizeof fields / sizeof fields[0], &d) < 0)
		return -1;
	if (d.have_archs && !d.have_native)
		return json_doc_error(p->doc,
			json_object_get(p->doc->root, "archMap") != NULL ? "/archMap" : "/architectures",
			JSON_PLACE_VALUE, p->err,
			"the native architecture " ARCH_PREFIX NATIVE_ARCH_NAME " is missing");
	if (add_errno(p, "", "defaultErrnoRet", "defaultErrno", &d.errno_given, &policy->default_action) < 0)
		return -1;
	return d.syscalls == NULL ? 0 : add_rules(p, "/syscalls", d.syscalls);
}

const struct seccomp_context seccomp_context_default = {.kernel = UINT32_MAX};

int seccomp_policy_parse(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	struct seccomp_policy **policy, struct error *err)
{
	return parse_policy_at(name, text, len, context, 0, policy, err);
}

int parse_policy_at(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	unsigned depth, struct seccomp_policy **policy, struct error *err)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct parser p = {.doc = &doc, .context = context, .depth = depth, .err = err};

	if (json_doc_parse(&doc, name, text, len, err) < 0)
		return -1;
	p.policy = calloc(1, sizeof *p.policy);
	if (p.policy == NULL || (p.policy->name = strdup(name)) == NULL) {
		seccomp_policy_free(p.policy);
		return error_set(err, ENOMEM, "%s", name);
	}
	/* Our own form has "rules", OCI's has "defaultAction" and "syscalls". */
	if ((json_object_get(doc.root, "rules") != NULL ? read_form(&p) : read_document(&p, p.policy)) < 0) {
		seccomp_policy_free(p.policy);
		return -1;
	}
	/* Of a policy that another one extends only the rules are wanted. */
	for (unsigned i = 0; depth == 0 && i < SYSCALL_NUMBERS; i++)
		p.policy->known[i] = syscall_known(i);
	*policy = p.policy;
	return 0;
}

static void rule_free(struct seccomp_rule *rule)
{
	for (size_t i = 0; i < rule->n_names; i++)
		free(rule->names[i]);
	free(rule->names);
	free(rule->numbers);
	free(rule->conds);
	free(rule->comment);
	free(rule->place);
}

void seccomp_policy_free(struct seccomp_policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_free(&policy->rules[i]);
	free(policy->rules);
	free(policy->description);
	free(policy->name);
	free(policy);
}
