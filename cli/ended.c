#include "cli/ended.h"

#include "common/notice.h"
#include "policy/setting_kind.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 512

/* As an option takes it, to one decimal: "64M", "1.5G". */
static const char *size_text(char text[32], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(text, 32, "%llu", (unsigned long long)bytes);
		return text;
	}
	while (bytes / unit >= 1024 && i + 2 < sizeof units) {
		unit *= 1024;
		i++;
	}
	if (bytes / unit * unit + unit / 20 > bytes)
		snprintf(text, 32, "%llu%c", (unsigned long long)(bytes / unit), units[i]);
	else
		snprintf(text, 32, "%.1f%c", (double)bytes / (double)unit, units[i]);
	return text;
}

/* "--memory", or "job.json:12:3: memory". */
static const char *where_set(char label[LABEL_MAX], const struct plan *plan, const char *key)
{
	const struct setting *setting = setting_find(key);

	setting_label(setting, plan->origins[setting_index(setting)].text, label, LABEL_MAX);
	return label;
}

static const char *plural(uint64_t n, const char *one, const char *more)
{
	return n == 1 ? one : more;
}

static void memory(const struct plan *plan, const struct outcome *outcome, char *text)
{
	char label[LABEL_MAX], limit[32], peak[32];

	snprintf(text, ENDED_TEXT_MAX, "memory limit of %s (%s): the kernel killed %llu %s, peak %s",
		size_text(limit, plan->limits.memory), where_set(label, plan, "memory"),
		(unsigned long long)outcome->oom_kills, plural(outcome->oom_kills, "process", "processes"),
		size_text(peak, outcome->memory_peak));
}

static void pids(const struct plan *plan, const struct outcome *outcome, char *text)
{
	char label[LABEL_MAX];

	snprintf(text, ENDED_TEXT_MAX, "process limit of %llu refused %llu (%s)", (unsigned long long)plan->limits.pids,
		(unsigned long long)outcome->pids_refused, where_set(label, plan, "pids"));
}

static void timeout(const struct plan *plan, const struct outcome *outcome, char *text)
{
	const struct setting *setting = setting_find("time");
	json_t *limit = setting_kind(setting)->to_json(plan, setting);
	char label[LABEL_MAX];

	(void)outcome;
	snprintf(text, ENDED_TEXT_MAX, "time limit of %s (%s)", json_is_string(limit) ? json_string_value(limit) : "?",
		where_set(label, plan, "time"));
	json_decref(limit);
}

static void disk(const struct plan *plan, const struct outcome *outcome, char *text)
{
	const char *where = plan->workspace != NULL ? plan->workspace : "what the job may write";
	char label[LABEL_MAX], limit[32], used[32];

	size_text(limit, plan->limits.disk);
	where_set(label, plan, "disk");
	if (!outcome->disk_over)
		snprintf(text, ENDED_TEXT_MAX, "disk limit of %s (%s): no room was left when the command failed", limit,
			label);
	else if (outcome->disk_uncounted != UNCOUNTED_NOTHING)
		snprintf(text, ENDED_TEXT_MAX, "disk limit of %s (%s): %s: the contents cannot be counted: %s", limit,
			label, where, usage_uncounted_text(outcome->disk_uncounted));
	else
		snprintf(text, ENDED_TEXT_MAX, "disk limit of %s (%s): %s holds %s in %llu %s, and at most %s in %llu",
			limit, label, where, size_text(used, outcome->disk_used),
			(unsigned long long)outcome->disk_files, plural(outcome->disk_files, "file", "files"), limit,
			(unsigned long long)plan_scratch_inodes(plan->limits.disk));
}

static void (*const limits[])(const struct plan *plan, const struct outcome *outcome, char *text) = {
	[ENDED_BY_TIMEOUT] = timeout,
	[ENDED_BY_MEMORY] = memory,
	[ENDED_BY_PIDS] = pids,
	[ENDED_BY_DISK] = disk,
};

bool ended_text(const struct plan *plan, const struct outcome *outcome, char text[ENDED_TEXT_MAX])
{
	const enum ended_by by = outcome->ended_by;

	if (by < sizeof limits / sizeof limits[0] && limits[by] != NULL) {
		limits[by](plan, outcome, text);
		return true;
	}
	if ((by != ENDED_BY_EXIT && by != ENDED_BY_SIGNAL) || outcome->status == 0 || outcome->oom_kills == 0)
		return false;
	snprintf(text, ENDED_TEXT_MAX,
		"the kernel killed %llu %s for lack of memory, not at a limit of this job: the host, or a cgroup around it, had none left",
		(unsigned long long)outcome->oom_kills, plural(outcome->oom_kills, "process", "processes"));
	return true;
}

void ended_print(const struct plan *plan, const struct outcome *outcome)
{
	char text[ENDED_TEXT_MAX];

	if (ended_text(plan, outcome, text))
		notice("cofferdam", "ended: %s", text);
}
