#include "cli/denials.h"

#include "common/cleanup.h"
#include "common/notice.h"
#include "common/status.h"
#include "common/visible.h"
#include "policy/plan_json.h"
#include "policy/seccomp/notify.h"
#include "policy/syscalls/syscalls.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PLACE_MAX 512
#define ROWS_PRINTED 16

/* Only the command's own end is known here, not that of its children. */
static const char *killed(const struct outcome *outcome)
{
	if (outcome->signal != SIGSYS)
		return NULL;
	return "SIGSYS from the filter: a call of another ABI (such as int 0x80) or a rule that kills; or sent by a process of the job";
}

static const char *errno_text(int errnum)
{
	const char *name = strerrorname_np(errnum);

	return errnum == 0 ? "success" : name != NULL ? name : "unknown errno";
}

static void say(const char *what, const char *text)
{
	notice("cofferdam", "%s: %s", what, text);
}

/* Which row of the mount table is read-only, and what would make the path writable. */
static void mount_reason(const struct plan *plan, const struct denial *denial, char *text, size_t size)
{
	const struct plan_mount *mount = denial->mount >= 0 ? &plan->root.mounts[denial->mount] : NULL;

	if (denial->note[0] != '\0')
		snprintf(text, size, "%s", denial->note);
	else if (mount == NULL)
		snprintf(text, size, "the sandbox's own files are read-only: write to the workspace or /tmp");
	else
		snprintf(text, size, "%s is %s by %s: use --rw or --workspace for what the job writes", mount->target,
			mount->kind == PLAN_MOUNT_HIDE ? "hidden" : "read-only",
			mount->origin.text != NULL ? mount->origin.text : "default");
}

static void reason_of(const struct plan *plan, const struct denial *denial, char *text, size_t size)
{
	switch (denial->cause) {
	case DENIAL_BY_FILTER:
		seccomp_rule_reason(plan_policy(plan->policy), denial->rule, text, size);
		break;
	case DENIAL_READ_ONLY:
		mount_reason(plan, denial, text, size);
		break;
	case DENIAL_LANDLOCK:
		snprintf(text, size, "Landlock: %s", denial->note);
		break;
	case DENIAL_NO_PRIVILEGES:
		snprintf(text, size, "no_new_privs: the program runs without its %s", denial->note);
		break;
	case DENIAL_SECUREBITS:
		snprintf(text, size, "%s", denial->note);
		break;
	}
}

static void print_row(const struct plan *plan, const struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name(denial->number);
	char reason[PLACE_MAX], shown[PLACE_MAX], times[32] = "", pid[32] = "";

	/* Policy and paths may be anybody's; the rest of the line is escaped already. */
	reason_of(plan, denial, reason, sizeof reason);
	visible(shown, sizeof shown, reason, strlen(reason), VISIBLE_TEXT);
	if (denial->count > 1)
		snprintf(times, sizeof times, ", %" PRIu64 " times", denial->count);
	if (denial->pid != 0)
		snprintf(pid, sizeof pid, " (pid %d)", denial->pid);
	/* A program without its privileges is executed: there is no errno. */
	notice_visible("cofferdam", "denied: %s(2) by %s%s: %s%s%s (%s)%s", name != NULL ? name : "?",
		denial->process[0] != '\0' ? denial->process : "?", pid, denial->arguments,
		denial->arguments[0] != '\0' ? ": " : "",
		denial->cause == DENIAL_NO_PRIVILEGES ? "privileges" : errno_text(denial->errnum), shown, times);
}

static unsigned count_by_filter(const struct denials *denials)
{
	unsigned n = 0;

	for (unsigned i = 0; i < denials->n_rows && i < ROWS_PRINTED; i++)
		n += denials->rows[i].cause == DENIAL_BY_FILTER;
	return n;
}

/* The command that shows all rules of the calls that were denied, each call once. */
static void print_next(const struct plan *plan, const struct denials *denials)
{
	char text[NOTICE_MAX / 2];
	size_t used = (size_t)snprintf(text, sizeof text, "`cofferdam policy explain %.1024s", plan->seccomp);

	for (unsigned i = 0; i < denials->n_rows && i < ROWS_PRINTED && used < sizeof text - 64; i++) {
		_cleanup_(freep) char *name = syscall_name(denials->rows[i].number);
		bool again = name == NULL || denials->rows[i].cause != DENIAL_BY_FILTER;

		for (unsigned j = 0; j < i; j++)
			again |= denials->rows[j].cause == DENIAL_BY_FILTER &&
				 denials->rows[j].number == denials->rows[i].number;
		if (!again)
			used += (size_t)snprintf(text + used, sizeof text - used, " %.48s", name);
	}
	snprintf(text + used, sizeof text - used, "` shows the rules");
	say("denied", text);
}

/* Explains a shell's status for a program that it could not start, which is no denial and has no other message. */
static void hint_status(int status)
{
	if (status == STATUS_NOT_FOUND)
		say("status 127", "a program was not found: the sandbox contains only mounted paths (--ro PATH)");
	else if (status == STATUS_CANNOT_EXEC)
		say("status 126", "a program was found, but could not be executed");
}

void denials_print(const struct plan *plan, const struct outcome *outcome)
{
	const struct denials *denials = &outcome->denials;
	uint64_t more = denials->more;
	char text[128];

	for (unsigned i = 0; i < denials->n_rows && i < ROWS_PRINTED; i++)
		print_row(plan, &denials->rows[i]);
	for (unsigned i = ROWS_PRINTED; i < denials->n_rows; i++)
		more += denials->rows[i].count;
	if (more > 0) {
		snprintf(text, sizeof text, "%" PRIu64 " more calls%s", more,
			denials->n_rows > ROWS_PRINTED ? "; the report (--report) lists more of them" : "");
		say("denied", text);
	}
	if (denials->unwatched > 0) {
		snprintf(text, sizeof text, "%" PRIu64 " allowed calls were not looked at: there were too many",
			denials->unwatched);
		say("explain", text);
	}
	if (count_by_filter(denials) > 0)
		print_next(plan, denials);
	if (killed(outcome) != NULL)
		say("killed", killed(outcome));
	else if (plan->explain && outcome->ended_by == ENDED_BY_EXIT)
		hint_status(outcome->exit_code);
}

static json_t *row_json(const struct plan *plan, const struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name(denial->number);
	char place[PLACE_MAX];

	seccomp_rule_place(plan_policy(plan->policy), denial->rule, place, sizeof place);
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I}", "syscall", plan_text_json(name), "arguments",
		plan_text_json(denial->arguments), "process",
		plan_text_json(denial->process[0] != '\0' ? denial->process : NULL), "pid",
		denial->pid != 0 ? json_integer(denial->pid) : json_null(), "errno", errno_text(denial->errnum), "rule",
		plan_text_json(place), "why", plan_text_json(seccomp_rule_why(plan_policy(plan->policy), denial->rule)),
		"count", (json_int_t)denial->count);
}

/* What the kernel refused beside the filter. */
static json_t *refusal_json(const struct plan *plan, const struct denial *denial)
{
	static const char *const causes[] = {[DENIAL_BY_FILTER] = "seccomp",
		[DENIAL_READ_ONLY] = "read-only",
		[DENIAL_LANDLOCK] = "landlock",
		[DENIAL_NO_PRIVILEGES] = "no_new_privs",
		[DENIAL_SECUREBITS] = "securebits"};
	_cleanup_(freep) char *name = syscall_name(denial->number);
	char reason[PLACE_MAX];

	reason_of(plan, denial, reason, sizeof reason);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I}", "syscall", plan_text_json(name), "arguments",
		plan_text_json(denial->arguments), "process",
		plan_text_json(denial->process[0] != '\0' ? denial->process : NULL), "pid",
		denial->pid != 0 ? json_integer(denial->pid) : json_null(), "errno",
		denial->errnum != 0 ? json_string(errno_text(denial->errnum)) : json_null(), "cause",
		causes[denial->cause], "why", plan_text_json(reason), "count", (json_int_t)denial->count);
}

json_t *denials_json(const struct plan *plan, const struct outcome *outcome)
{
	const struct denials *denials = &outcome->denials;
	json_t *filter = denials->explained ? json_array() : json_null();
	json_t *kernel = denials->all ? json_array() : json_null();

	for (unsigned i = 0; i < denials->n_rows; i++) {
		const struct denial *denial = &denials->rows[i];

		if (denial->cause == DENIAL_BY_FILTER)
			json_array_append_new(filter, row_json(plan, denial));
		else
			json_array_append_new(kernel, refusal_json(plan, denial));
	}
	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "seccomp", filter, "kernel", kernel, "more",
		(json_int_t)denials->more, "unwatched", (json_int_t)denials->unwatched, "killed",
		plan_text_json(killed(outcome)));
}
