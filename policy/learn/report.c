/* What the learner tells beside the files it writes. */
#include "policy/learn/class.h"

#include "policy/seccomp/notify.h"
#include "policy/syscalls/args.h"

#include "common/cleanup.h"
#include "common/visible.h"

#include <stdlib.h>
#include <string.h>

#define PATHS_LISTED 16

/* The arguments that have names, and were not inspected. */
static void tell_arguments(const char *name, const char *as, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < syscall_args_count; i++)
		if (strcmp(syscall_args[i].syscall, name) == 0 && syscall_args[i].values != NULL) {
			if (n++ == 0)
				fprintf(out, "grants more than was seen: %s: any", name);
			fprintf(out, "%s %s", n > 1 ? " and" : "", syscall_args[i].name);
		}
	if (n > 0)
		fprintf(out, "%s\n", as);
}

static void tell_general(const struct learn *learn, unsigned number, const char *name, FILE *out)
{
	const struct learn_call *call = &learn->calls[number];
	const struct learn_class *class = learn_class_of(name);
	const char *as = seccomp_policy_always_allows(learn->base, (int)number) || call->included
				 ? ""
				 : " that the base policy allows";

	if (!call->allowed || learn_dangerous(learn, number) != NULL)
		return;
	if (call->overflow)
		fprintf(out, "grants more than was seen: %s: any arguments%s: more than %d different ones\n", name, as,
			LEARN_WAYS_MAX);
	else if (class != NULL && class->dangerous_only)
		fprintf(out, "grants more than was seen: %s: any flags but those of new namespaces\n", name);
	else if (class == NULL)
		tell_arguments(name, as, out);
}

static void tell_call(const struct learn *learn, unsigned number, const char *name, FILE *out)
{
	const struct learn_call *call = &learn->calls[number];
	const char *group = call->allowed ? learn_dangerous(learn, number) : NULL;
	const char *errnum = strerrorname_np(call->denied_with);

	if (call->denied > 0)
		fprintf(out, "denied, not learned: %s: %s, %llu time%s\n", name, errnum != NULL ? errnum : "0",
			(unsigned long long)call->denied, call->denied == 1 ? "" : "s");
	if (call->left_out > 0)
		fprintf(out, "left out: %s with new namespaces, %llu time%s (--include %s)\n", name,
			(unsigned long long)call->left_out, call->left_out == 1 ? "" : "s", name);
	if (group != NULL)
		fprintf(out, "left out: %s, a dangerous call (%s) (--include %s)\n", name, group, name);
}

static void tell_always(const struct learn *learn, FILE *out)
{
	for (const struct learn_always *a = learn_always; a->call != NULL; a++) {
		int number = syscall_number(a->call);

		if (number >= 0 && !learn->calls[number].allowed && learn_base_has_always(learn, (unsigned)number))
			fprintf(out, "grants more than was seen: %s: %s\n", a->call, a->why);
	}
}

static void tell_paths(const struct learn *learn, FILE *out)
{
	char shown[256];
	size_t listed = 0, more = 0;

	for (size_t i = 0; i < learn->n_paths; i++) {
		if (learn->paths[i].protected == NULL)
			continue;
		if (listed == PATHS_LISTED) {
			more++;
			continue;
		}
		visible(shown, sizeof shown, learn->paths[i].path, strlen(learn->paths[i].path), VISIBLE_NAME);
		fprintf(out, "protected, never granted: %s: %s\n", shown, learn->paths[i].protected);
		listed++;
	}
	if (more > 0)
		fprintf(out, "protected, never granted: %zu more\n", more);
	if (learn->paths_lost > 0)
		fprintf(out, "not recorded: %llu paths beyond %d\n", (unsigned long long)learn->paths_lost,
			LEARN_PATHS_MAX);
	if (learn->destinations_lost > 0)
		fprintf(out, "not recorded: %llu destinations beyond %d\n",
			(unsigned long long)learn->destinations_lost, LEARN_DESTINATIONS_MAX);
	if (learn->paths_blind > 0)
		fprintf(out, "not recorded: %llu paths or addresses that could not be read\n",
			(unsigned long long)learn->paths_blind);
}

void learn_report(const struct learn *learn, FILE *out)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < SYSCALL_NUMBERS; i++) {
			_cleanup_(freep) char *name = syscall_name(i);

			if (name != NULL && pass == 0)
				tell_call(learn, i, name, out);
			else if (name != NULL)
				tell_general(learn, i, name, out);
		}
	tell_always(learn, out);
	tell_paths(learn, out);
}
