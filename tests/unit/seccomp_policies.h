/* Every policy there is to be tested: what is shipped, what others ship, for several sets of capabilities; and random
 * ones in our own form. */
#pragma once

#include "common/builtin.h"
#include "policy/seccomp/groups.h"
#include "policy/syscalls/args.h"
#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/capability.h>

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define SECCOMP_DIR "profiles/seccomp/"

static const struct {
	const char *variable, *path; /* the variable names another place */
	uint64_t caps;
} foreign[] = {
	{"DOCKER_SECCOMP", "/var/cache/cofferdam-tests/docker-seccomp.json", 0},
	{"DOCKER_SECCOMP", "/var/cache/cofferdam-tests/docker-seccomp.json", CAP(SYS_ADMIN)},
	{"DOCKER_SECCOMP", "/var/cache/cofferdam-tests/docker-seccomp.json", UINT64_MAX},
	{"PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", 0},
	{"PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", CAP(AUDIT_WRITE)},
	{"PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | CAP(BPF)},
	{"PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", UINT64_MAX},
};

/* Calls `use` with every policy. Returns how many there were. Files that are not here are named. */
static inline size_t for_each_policy(void (*use)(const struct seccomp_policy *policy, void *context), void *context)
{
	struct seccomp_policy *policy;
	struct error err = {0};
	size_t n = 0;

	for (size_t i = 0; i < builtin_files_count; i++) {
		const struct builtin_file *file = &builtin_files[i];

		if (strncmp(file->path, SECCOMP_DIR, strlen(SECCOMP_DIR)) != 0)
			continue;
		if (seccomp_policy_parse(file->path, file->text, (size_t)(file->end - file->text),
			    &seccomp_context_default, &policy, &err) < 0)
			fail_msg("%s", err.text);
		use(policy, context);
		seccomp_policy_free(policy);
		n++;
	}
	for (size_t i = 0; i < COUNT(foreign); i++) {
		const char *path = getenv(foreign[i].variable) != NULL ? getenv(foreign[i].variable) : foreign[i].path;
		struct seccomp_context for_caps = seccomp_context_default;

		for_caps.caps = foreign[i].caps;
		if (seccomp_policy_load(path, &for_caps, &policy, &err) < 0) {
			if (err.errnum != ENOENT)
				fail_msg("%s", err.text);
			print_message("%s: make deps installs it\n", err.text);
			continue;
		}
		use(policy, context);
		seccomp_policy_free(policy);
		n++;
	}
	return n;
}

/* --- random policies */

struct form_writer {
	FILE *out;
	uint64_t random;
	const char *const *calls; /* that are named; ends with NULL */
	size_t n_calls;
	bool groups;                  /* name groups as well */
	const char *const *verbs;     /* ends with NULL */
	bool closed[SYSCALL_NUMBERS]; /* decided without a condition: another answer would be an error */
};

static inline void close_call(struct form_writer *w, const char *name)
{
	int nr = syscall_number(name);

	if (nr >= 0)
		w->closed[nr] = true;
}

static inline uint64_t form_value(struct form_writer *w, uint64_t mask)
{
	static const uint64_t some[] = {0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001,
		0x200000000, UINT64_C(1) << 63, UINT64_MAX};
	uint64_t value;

	switch (pick(&w->random, 4)) {
	case 0:
		value = some[pick(&w->random, COUNT(some))];
		break;
	case 1:
		value = pick(&w->random, 64);
		break;
	case 2:
		value = UINT64_C(1) << pick(&w->random, 64);
		break;
	default:
		value = next_random(&w->random);
	}
	return value & mask;
}

/* A value by its name, or a number; for flags never 0. */
static inline void write_value(struct form_writer *w, const struct syscall_arg *arg)
{
	uint64_t mask = arg != NULL ? arg->mask : UINT64_MAX, value = form_value(w, mask);
	size_t n = 0;

	while (arg != NULL && arg->values != NULL && arg->values[n].name[0] != '\0')
		n++;
	if (n > 0 && pick(&w->random, 2) == 0) {
		const struct arg_value *named = &arg->values[pick(&w->random, n)];

		if (named->value != 0) {
			fputs(named->name, w->out);
			return;
		}
	}
	fprintf(w->out, "%#llx", (unsigned long long)(value != 0 ? value : 1));
}

static inline void write_term(struct form_writer *w, const struct syscall_arg *arg, bool simple)
{
	static const char *const orders[] = {"<", "<=", ">", ">="};
	const bool whole = arg == NULL || arg->mask == UINT64_MAX;
	size_t kind = pick(&w->random, simple ? 2 : 6), n = 1 + pick(&w->random, 3);
	uint64_t mask;

	if (arg == NULL)
		fprintf(w->out, "arg%zu ", pick(&w->random, SECCOMP_ARG_COUNT));
	else
		fprintf(w->out, "%s ", arg->name);
	if (whole && (arg == NULL || !arg->flags) && pick(&w->random, 2) == 0) {
		fprintf(w->out, "%s ", orders[pick(&w->random, COUNT(orders))]);
		write_value(w, arg);
		return;
	}
	switch (kind) {
	case 0:
	case 1:
		fputs(kind == 0 ? "is " : "is not ", w->out);
		write_value(w, arg);
		return;
	case 2:
	case 3:
		fputs(kind == 2 ? "in [" : "not in [", w->out);
		for (size_t i = 0; i < n; i++) {
			fputs(i == 0 ? "" : ", ", w->out);
			write_value(w, arg);
		}
		fputs("]", w->out);
		return;
	case 4:
		fputs(pick(&w->random, 2) == 0 ? "with " : "without ", w->out);
		write_value(w, arg);
		return;
	default:
		mask = form_value(w, arg != NULL ? arg->mask : UINT64_MAX) | 1;
		fprintf(w->out, "& %#llx is %#llx", (unsigned long long)mask,
			(unsigned long long)(next_random(&w->random) & mask));
	}
}

static inline const struct syscall_arg *random_arg(struct form_writer *w, const char *call)
{
	return pick(&w->random, 3) == 0 ? NULL : syscall_arg_at(call, (unsigned)pick(&w->random, 4));
}

/* One call, with or without terms. */
static inline void write_call(struct form_writer *w, const char *call, bool terms)
{
	const size_t n = 1 + pick(&w->random, 3);
	const bool any = pick(&w->random, 3) == 0;

	fprintf(w->out, "\"%s%s", call, terms ? ": " : "");
	for (size_t i = 0; terms && i < n; i++) {
		fputs(i == 0 ? "" : any ? " or " : " and ", w->out);
		write_term(w, random_arg(w, call), any);
	}
	fputs("\"", w->out);
	if (!terms)
		close_call(w, call);
}

static inline void write_group(struct form_writer *w, const struct seccomp_group *group)
{
	char names[2048], *save = NULL;

	fprintf(w->out, ",\"@%s\"", group->name);
	snprintf(names, sizeof names, "%s", group->names);
	for (char *name = strtok_r(names, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save))
		close_call(w, name);
}

static inline void write_form_rule(struct form_writer *w)
{
	size_t n_verbs = 0, n = 1 + pick(&w->random, 6);
	const char *verb;

	while (w->verbs[n_verbs] != NULL)
		n_verbs++;
	verb = w->verbs[pick(&w->random, n_verbs)];
	/* A call that only another architecture has stands first: it decides nothing here. */
	fprintf(w->out, "{\"%s\":[\"socketcall\"", verb);
	for (size_t i = 0; i < n; i++) {
		const char *call = w->calls[pick(&w->random, w->n_calls)];
		int nr = syscall_number(call);

		if (nr < 0 || w->closed[nr])
			continue;
		fputs(",", w->out);
		write_call(w, call, pick(&w->random, 4) != 0);
	}
	if (w->groups && pick(&w->random, 6) == 0)
		write_group(w, &seccomp_groups[pick(&w->random, seccomp_groups_count)]);
	fputs("]", w->out);
	if (strcmp(verb, "deny") == 0)
		fprintf(w->out, ",\"errno\":%zu", 1000 + pick(&w->random, 3000));
	fputs("}", w->out);
}

/* The text of a policy in our own form. The caller frees it. */
static inline char *random_form(struct form_writer *w, const char *otherwise)
{
	size_t n_rules = 1 + pick(&w->random, 24), len;
	char *text;

	memset(w->closed, 0, sizeof w->closed);
	for (w->n_calls = 0; w->calls[w->n_calls] != NULL;)
		w->n_calls++;
	w->out = open_memstream(&text, &len);
	assert_non_null(w->out);
	fprintf(w->out, "{\"default\":\"%s\",\"rules\":[", otherwise);
	for (size_t i = 0; i < n_rules; i++) {
		fputs(i == 0 ? "" : ",\n", w->out);
		write_form_rule(w);
	}
	fputs("]}", w->out);
	assert_int_equal(fclose(w->out), 0);
	return text;
}
