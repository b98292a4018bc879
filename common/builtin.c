#include "common/builtin.h"

#include "common/nearest.h"

#include <stdio.h>
#include <string.h>

/* X(symbol, path from the root of the source tree). The schema is not a profile, but lies beside them. */
#define FILES(X)                                              \
	X(default, "profiles/default.json")                   \
	X(strict, "profiles/strict.json")                     \
	X(build, "profiles/build.json")                       \
	X(job, "profiles/job.json")                           \
	X(listener, "profiles/listener.json")                 \
	X(entrypoint, "profiles/entrypoint.json")             \
	X(outer, "profiles/outer.json")                       \
	X(unpack, "profiles/unpack.json")                     \
	X(schema, "profiles/schema.json")                     \
	X(seccomp_job, "profiles/seccomp/job.json")           \
	X(seccomp_strict, "profiles/seccomp/strict.json")     \
	X(seccomp_listener, "profiles/seccomp/listener.json") \
	X(seccomp_proxy, "profiles/seccomp/proxy.json")       \
	X(seccomp_docker_outer, "profiles/seccomp/docker-outer.json")

#define EMBED(symbol, path)                                           \
	__asm__(".pushsection .rodata\n"                              \
		"builtin_" #symbol "_text:\n\t.incbin \"" path "\"\n" \
		"builtin_" #symbol "_end:\n\t.byte 0\n"               \
		".popsection\n");                                     \
	extern const char builtin_##symbol##_text[], builtin_##symbol##_end[];
FILES(EMBED)

#define ROW(symbol, path) {path, builtin_##symbol##_text, builtin_##symbol##_end},
const struct builtin_file builtin_files[] = {FILES(ROW)};
const size_t builtin_files_count = sizeof builtin_files / sizeof builtin_files[0];

const struct builtin_file *builtin_find(const char *path)
{
	for (size_t i = 0; i < builtin_files_count; i++)
		if (strcmp(builtin_files[i].path, path) == 0)
			return &builtin_files[i];
	return NULL;
}

/* The NAME of a "DIR/NAME.json", or 0 when the path is not of that form. */
static size_t name_in(const char *path, const char *dir, const char **name)
{
	static const char suffix[] = ".json", schema[] = "profiles/schema.json";
	size_t dir_len = strlen(dir), len = strlen(path);

	if (strcmp(path, schema) == 0 || strncmp(path, dir, dir_len) != 0 || path[dir_len] != '/' ||
		strchr(path + dir_len + 1, '/') != NULL)
		return 0;
	*name = path + dir_len + 1;
	return len - dir_len - 1 - (sizeof suffix - 1);
}

const struct builtin_file *builtin_find_named(const char *dir, const char *name)
{
	for (size_t i = 0; i < builtin_files_count; i++) {
		const char *own = NULL;
		size_t len = name_in(builtin_files[i].path, dir, &own);

		if (len > 0 && strlen(name) == len && memcmp(name, own, len) == 0)
			return &builtin_files[i];
	}
	return NULL;
}

void builtin_names(const char *dir, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < builtin_files_count; i++) {
		const char *name = NULL;
		size_t len = name_in(builtin_files[i].path, dir, &name);

		if (len > 0 && used < size)
			used += (size_t)snprintf(
				text + used, size - used, "%s%.*s", used == 0 ? "" : ", ", (int)len, name);
	}
}

int builtin_hint(const char *dir, const char *name, struct error *err)
{
	struct nearest nearest;
	char names[256], rest[512];

	builtin_names(dir, names, sizeof names);
	nearest_start(&nearest, name);
	nearest_offer_list(&nearest, names);
	snprintf(rest, sizeof rest, "shipped: %s; the name of a file contains / or ends in .json", names);
	return nearest_hint(&nearest, "", rest, err);
}
