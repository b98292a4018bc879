#include "cli/denials.h"

#include "common/cleanup.h"
#include "common/notice.h"
#include "common/status.h"
#include "policy/plan_json.h"
#include "policy/seccomp_notify.h"
#include "policy/syscalls.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define PLACE_MAX 512
#define ROWS_PRINTED 16

/* A child of the command that ends so is the command's own affair: only it knows. */
static const char *killed(const struct outcome *outcome)
{
	if (outcome->signal != SIGSYS)
		return NULL;
	return "SIGSYS: by the filter, for a call of another ABI (as int 0x80 makes) or a rule that kills";
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

static void print_row(const struct plan *plan, const struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name(denial->number);
	char place[PLACE_MAX], times[32] = "", pid[32] = "";

	seccomp_rule_place(plan_policy(plan), denial->rule, place, sizeof place);
	if (denial->count > 1)
		snprintf(times, sizeof times, ", %" PRIu64 " times", denial->count);
	if (denial->pid != 0)
		snprintf(pid, sizeof pid, " (pid %d)", denial->pid);
	notice_visible("cofferdam", "denied: %s(2) by %s%s: %s%s%s, rule %s%s", name != NULL ? name : "?",
		denial->process[0] != '\0' ? denial->process : "?", pid, denial->arguments,
		denial->arguments[0] != '\0' ? ": " : "", errno_text(denial->errnum), place, times);
}

/* What shells make of a program that they could not start; no denial, so nobody has told. */
static void hint_status(int status)
{
	if (status == STATUS_NOT_FOUND)
		say("status 127", "a program was not found: inside exists only what is bound (--ro PATH)");
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
		snprintf(text, sizeof text, "and %" PRIu64 " more calls%s", more,
			denials->n_rows > ROWS_PRINTED ? "; the report (--report) names more of them" : "");
		say("denied", text);
	}
	if (killed(outcome) != NULL)
		say("killed", killed(outcome));
	else if (plan->explain && outcome->ended_by == ENDED_BY_EXIT)
		hint_status(outcome->exit_code);
}

static json_t *row_json(const struct plan *plan, const struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name(denial->number);
	char place[PLACE_MAX];

	seccomp_rule_place(plan_policy(plan), denial->rule, place, sizeof place);
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I}", "syscall", plan_text_json(name), "arguments",
		plan_text_json(denial->arguments), "process",
		plan_text_json(denial->process[0] != '\0' ? denial->process : NULL), "pid",
		denial->pid != 0 ? json_integer(denial->pid) : json_null(), "errno", errno_text(denial->errnum), "rule",
		plan_text_json(place), "why", plan_text_json(seccomp_rule_why(plan_policy(plan), denial->rule)),
		"count", (json_int_t)denial->count);
}

json_t *denials_json(const struct plan *plan, const struct outcome *outcome)
{
	const struct denials *denials = &outcome->denials;
	json_t *rows = denials->explained ? json_array() : json_null();

	for (unsigned i = 0; i < denials->n_rows; i++)
		json_array_append_new(rows, row_json(plan, &denials->rows[i]));
	return json_pack("{s:o, s:I, s:o}", "seccomp", rows, "more", (json_int_t)denials->more, "killed",
		plan_text_json(killed(outcome)));
}
