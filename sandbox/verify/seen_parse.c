#include "sandbox/verify/seen_parse.h"

#include "sandbox/cgroup/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows "NAME:" at the beginning of a line, or NULL. A line without its end may have been cut. */
static const char *field(const char *text, const char *name)
{
	const size_t len = strlen(name);

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, name, len) == 0 && text[len] == ':')
			return strchr(text, '\n') != NULL ? text + len + 1 : NULL;
	}
	return NULL;
}

static uint64_t number(const char *text, int base)
{
	char *end;
	uint64_t value;

	if (text == NULL)
		return SEEN_NOT;
	errno = 0;
	value = strtoull(text, &end, base);
	return end == text || errno != 0 ? SEEN_NOT : value;
}

/* "real effective saved files" */
static uint64_t same_id(const char *text)
{
	const uint64_t first = number(text, 10);
	char *end = (char *)text;

	for (unsigned i = 0; text != NULL && i < 4; i++)
		if (strtoull(end, &end, 10) != first)
			return UINT32_MAX;
	return first;
}

static uint64_t count_words(const char *text)
{
	uint64_t n = 0;

	if (text == NULL)
		return SEEN_NOT;
	for (; *text != '\n'; text++)
		n += *text >= '0' && *text <= '9' && (text[1] < '0' || text[1] > '9');
	return n;
}

void seen_parse_status(const char *status, bool pid1, struct seen_values *seen)
{
	static const struct {
		const char *name;
		int base;
		enum seen_value command, pid1; /* SEEN_COUNT: of no interest */
	} lines[] = {
		{"CapInh", 16, SEEN_CAP_INHERITABLE, SEEN_COUNT},
		{"CapPrm", 16, SEEN_CAP_PERMITTED, SEEN_PID1_PERMITTED},
		{"CapEff", 16, SEEN_CAP_EFFECTIVE, SEEN_COUNT},
		{"CapBnd", 16, SEEN_CAP_BOUNDING, SEEN_PID1_BOUNDING},
		{"CapAmb", 16, SEEN_CAP_AMBIENT, SEEN_COUNT},
		{"NoNewPrivs", 10, SEEN_NO_NEW_PRIVS, SEEN_PID1_NO_NEW_PRIVS},
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const enum seen_value value = pid1 ? lines[i].pid1 : lines[i].command;

		if (value != SEEN_COUNT)
			seen->values[value] = number(field(status, lines[i].name), lines[i].base);
	}
	if (pid1)
		return;
	seen->values[SEEN_UID] = same_id(field(status, "Uid"));
	seen->values[SEEN_GID] = same_id(field(status, "Gid"));
	seen->values[SEEN_GROUPS] = count_words(field(status, "Groups"));
}

void seen_parse_seccomp(const char *status, uint64_t *mode, uint64_t *filters)
{
	*mode = number(field(status, "Seccomp"), 10);
	*filters = number(field(status, "Seccomp_filters"), 10);
}

uint64_t seen_parse_ids(const char *map)
{
	unsigned long long count;
	uint64_t ids = 0;
	int end;

	for (; sscanf(map, "%*u %*u %llu%n", &count, &end) == 1; map += end)
		ids += count;
	return ids;
}

/* Two lines of headings, then "  NAME: figures". */
uint64_t seen_parse_interfaces(const char *dev, int (*is_up)(const char *name, void *data), void *data)
{
	uint64_t n = 0;
	char name[16];
	int up;

	for (const char *line = dev; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, " %15[^:| \n]:", name) != 1 || line[strspn(line, " ") + strlen(name)] != ':' ||
			strcmp(name, "lo") == 0)
			continue;
		up = is_up(name, data);
		if (up < 0)
			return SEEN_NOT;
		n += up != 0;
	}
	return n;
}

/* "PID (NAME) STATE PPID PGRP SESSION TTY_NR": the name may have anything in it. */
uint64_t seen_parse_terminal(const char *stat)
{
	const char *rest = strrchr(stat, ')');
	int tty;

	if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %d", &tty) != 1)
		return SEEN_NOT;
	return tty != 0;
}

bool seen_parse_exiting(const char *stat)
{
	/* include/linux/sched.h; proc(5) shows the flags. */
	const unsigned exiting = 0x4;
	const char *rest = strrchr(stat, ')');
	unsigned flags;

	return rest != NULL && sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && (flags & exiting) != 0;
}

uint64_t seen_parse_number(const char *text)
{
	return strncmp(text, "max", 3) == 0 ? SEEN_UNLIMITED : number(text, 10);
}

uint64_t seen_parse_member(const char *procs, pid_t pid)
{
	char *end;

	for (; *procs != '\0'; procs = *end == '\0' ? end : end + 1) {
		const long member = strtol(procs, &end, 10);

		if (end == procs)
			return 0;
		if (member == pid)
			return 1;
	}
	return 0;
}

static const char *line_of_device(const char *text, const struct plan_device *device)
{
	char start[32];
	const size_t len = (size_t)snprintf(start, sizeof start, "%u:%u ", device->major, device->minor);

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, start, len) == 0)
			return text;
	}
	return NULL;
}

static bool has_rate(const char *line, const char *word, uint64_t rate)
{
	char name[16];
	const size_t len = (size_t)snprintf(name, sizeof name, " %s=", word);
	const char *value = strstr(line, name);

	return value != NULL && value < line + strcspn(line, "\n") && number(value + len, 10) == rate;
}

/* "8:0 rbps=1048576 wbps=max riops=max wiops=max" */
uint64_t seen_parse_rates(
	const char *text, const struct plan_limits *limits, unsigned degraded, const struct limit *first)
{
	uint64_t n = 0;

	for (size_t i = 0; i < limits->n_devices; i++) {
		const char *line = line_of_device(text, &limits->devices[i]);
		unsigned wanted = 0, there = 0;

		for (const struct limit *limit = first; limit != NULL; limit = limit_next_of_file(limit)) {
			const uint64_t rate = cgroup_limits_rate(limits, degraded, &limits->devices[i], limit);

			wanted += rate != 0;
			there += rate != 0 && line != NULL && has_rate(line, limit->word, rate);
		}
		n += wanted > 0 && there == wanted;
	}
	return n;
}
