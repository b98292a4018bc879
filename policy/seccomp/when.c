#include "policy/seccomp/when.h"

#include "common/capability_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Go's names for architectures, as Docker's profiles use them, and one that Docker 20.10's own profile misspells. */
const char *const seccomp_arch_names[] = {"amd64", "386", "x86", "x32", "arm", "arm64", "loong64", "mips", "mips64",
	"mips64n32", "mipsel", "mipsel64", "mipsel64n32", "mipsle", "mips64le", "mips3l64n32", "parisc", "parisc64",
	"ppc", "ppc64", "ppc64le", "riscv64", "s390", "s390x", NULL};
#if defined(__x86_64__)
#define NATIVE_ARCH "amd64"
#elif defined(__aarch64__)
#define NATIVE_ARCH "arm64"
#endif

static int read_cap(struct parser *p, const char *pointer, const json_t *value, struct seccomp_when *when)
{
	const char *name = json_string_value(value);
	int cap;

	if (name == NULL)
		return wrong_type(p, pointer, "the name of a capability");
	cap = capability_number(name);
	/* Small letters are none in a profile. */
	if (cap < 0 || strcmp(name, capability_name((unsigned)cap)) != 0)
		return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown capability \"%.64s\"", name);
	when->caps |= UINT64_C(1) << cap;
	return 0;
}

static int read_arch(struct parser *p, const char *pointer, const json_t *value, struct seccomp_when *when)
{
	const char *name = json_string_value(value);

	if (name == NULL)
		return wrong_type(p, pointer, "the name of an architecture");
	for (size_t i = 0; seccomp_arch_names[i] != NULL; i++)
		if (strcmp(name, seccomp_arch_names[i]) == 0) {
			when->arches |= UINT32_C(1) << i;
			return 0;
		}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err, "unknown architecture \"%.64s\"", name);
}

typedef int read_item(struct parser *p, const char *pointer, const json_t *value, struct seccomp_when *when);

static int read_list(struct parser *p, const char *pointer, const json_t *value, read_item *read,
	struct seccomp_when *when, const char *what)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_array(value))
		return wrong_type(p, pointer, what);
	for (size_t i = 0; i < json_array_size(value); i++) {
		char at[POINTER_MAX];

		pointer_element(at, pointer, i);
		if (read(p, at, json_array_get(value, i), when) < 0)
			return -1;
	}
	return 0;
}

static int read_caps(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_list(p, pointer, value, read_cap, out, "a list of capabilities");
}

static int read_arches(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	return read_list(p, pointer, value, read_arch, out, "a list of architectures");
}

/* "4.8": two numbers and nothing else. */
static int read_min_kernel(struct parser *p, const char *pointer, const json_t *value, void *out)
{
	const char *text = json_string_value(value);
	struct seccomp_when *when = out;
	unsigned long major, minor;
	char *end;

	if (text == NULL)
		return wrong_type(p, pointer, "a kernel version");
	if (isdigit((unsigned char)text[0])) {
		major = strtoul(text, &end, 10);
		if (*end == '.' && isdigit((unsigned char)end[1])) {
			minor = strtoul(end + 1, &end, 10);
			if (*end == '\0' && major < 1000 && minor < 1000) {
				when->min_kernel = SECCOMP_KERNEL(major, minor);
				return 0;
			}
		}
	}
	return json_doc_error(p->doc, pointer, JSON_PLACE_VALUE, p->err,
		"\"%.64s\": not a kernel version: expected MAJOR.MINOR, such as 4.8", text);
}

int read_when(struct parser *p, const char *pointer, const json_t *value, struct seccomp_when *when)
{
	static const struct field fields[] = {
		{"caps", read_caps, false, NULL},
		{"arches", read_arches, false, NULL},
		{"minKernel", read_min_kernel, false, NULL},
	};

	if (json_is_null(value))
		return 0;
	return read_object(p, pointer, value, fields, sizeof fields / sizeof fields[0], when);
}

bool seccomp_when_is_empty(const struct seccomp_when *when)
{
	return when->caps == 0 && when->arches == 0 && when->min_kernel == 0;
}

static bool names_native(const struct seccomp_when *when)
{
	for (size_t i = 0; seccomp_arch_names[i] != NULL; i++)
		if (strcmp(seccomp_arch_names[i], NATIVE_ARCH) == 0)
			return (when->arches & UINT32_C(1) << i) != 0;
	return false;
}

bool seccomp_when_holds(
	const struct seccomp_when *includes, const struct seccomp_when *excludes, const struct seccomp_context *context)
{
	if ((includes->caps & ~context->caps) != 0 || (includes->arches != 0 && !names_native(includes)) ||
		context->kernel < includes->min_kernel)
		return false;
	return (excludes->caps & context->caps) == 0 && !names_native(excludes) &&
	       (excludes->min_kernel == 0 || context->kernel < excludes->min_kernel);
}
