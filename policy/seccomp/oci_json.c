#include "policy/seccomp/oci_json.h"

#include "common/phrases.h"
#include "policy/seccomp/build.h"
#include "policy/seccomp/oci_json_rule.h"

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
		return json_doc_error(
			p->doc, pointer, JSON_PLACE_KEY, p->err, "\"architectures\" and \"archMap\" " PHRASE_EXCLUDE);
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

static int add_rules(struct parser *p, const char *pointer, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		struct seccomp_rule *rule;
		char at[POINTER_MAX];

		pointer_element(at, pointer, i);
		rule = add_rule(p, at);
		if (rule == NULL || (read_rule(p, at, json_array_get(value, i), rule) < 0 && complain(p) < 0))
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

/* What has to agree in it. */
static int check_document(struct parser *p, const struct document *d)
{
	if (d->have_archs && !d->have_native)
		return json_doc_error(p->doc,
			json_object_get(p->doc->root, "archMap") != NULL ? "/archMap" : "/architectures",
			JSON_PLACE_VALUE, p->err,
			"the native architecture " ARCH_PREFIX NATIVE_ARCH_NAME " is missing");
	return add_errno(p, "", "defaultErrnoRet", "defaultErrno", &d->errno_given, &p->policy->default_action);
}

int read_oci(struct parser *p)
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

	if ((read_object(p, "", p->doc->root, fields, sizeof fields / sizeof fields[0], &d) < 0 ||
		    check_document(p, &d) < 0) &&
		complain(p) < 0)
		return -1;
	return d.syscalls == NULL ? 0 : add_rules(p, "/syscalls", d.syscalls);
}
