/* Defines the limits that a cgroup enforces and what may be missing by consent, one row each.
 *
 * A row gives the setting, the entrypoint's replacement, when the limit is refused, the file of the cgroup, the value
 * expected in it afterwards, the protection and the place in the report.
 * cgroups(7), Documentation/admin-guide/cgroup-v2.rst. */
#pragma once

#include "policy/facts.h"
#include "policy/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* How a value stands in the file. */
enum limit_format {
	LIMIT_NUMBER, /* as it is */
	LIMIT_QUOTA,  /* thousandths of a CPU, as "USEC PERIOD" */
	LIMIT_RATE,   /* "MAJOR:MINOR WORD=VALUE", of each device of the plan; one line for all limits of the file */
	LIMIT_RATE_WRITTEN /* … of those only that a writable mount lies on */
};

/* What may stand in the file afterwards. */
enum limit_holds {
	LIMIT_AT_MOST, /* the value or less: the kernel rounds bytes down to pages */
	LIMIT_EXACTLY,
	LIMIT_AT_LEAST, /* the value, rounded down to pages, or more */
};

/* Words are no pointers where they can be short: the loader would write those, which costs every launch. */
struct limit {
	struct setting setting;          /* its row of settings[], among them the member of struct plan_limits */
	const char *instead;             /* what an entrypoint is told: the option of the container's runtime */
	const char *absent;              /* hint where the file is not there although its controller is; or NULL */
	uint64_t helpers_least;          /* less is raised to this in the leaf of the job's helpers */
	enum plan_degradable degradable; /* lets it be missing; names its protection and its object in the report */
	enum facts_controller controller;
	enum facts_controller also; /* a second one without which it cannot be enforced, or 0 */
	enum limit_format format;
	enum limit_holds holds;
	char file[16];   /* of the cgroup; limits that share one stand together */
	char word[8];    /* of a rate: "rbps"; "" of the others */
	char seen[16];   /* what was read back, in the report */
	char report[16]; /* what was asked for, in the report */
};

/* In the order of enum plan_limit: in which they are written, and stand in the help. */
extern const struct limit limit_rows[PLAN_LIMIT_COUNT];

/* Bits of enum plan_degradable: the limits that a cgroup enforces, which a host usually has or lacks together. */
#define LIMIT_DEGRADABLES                                                                         \
	(1U << PLAN_DEGRADABLE_MEMORY | 1U << PLAN_DEGRADABLE_SWAP | 1U << PLAN_DEGRADABLE_PIDS | \
		1U << PLAN_DEGRADABLE_CPU | 1U << PLAN_DEGRADABLE_IO)

/* By enum plan_degradable, then "limits", "none" and the end: the choices of the setting allow_degraded. */
extern const struct setting_choice limit_degradables[PLAN_DEGRADABLE_COUNT + 3];

/* The name of what may be missing: "memory". */
const char *limit_degradable_name(enum plan_degradable what);

/* The names of some, bits 1 << enum plan_degradable: "memory, pids". */
void limit_degradable_names(unsigned bits, const char *separator, char *text, size_t size);

/* The controllers that limits need. */
struct limit_controller {
	enum facts_controller bit;
	char name[8];
};
#define LIMIT_CONTROLLERS 4
extern const struct limit_controller limit_controllers[LIMIT_CONTROLLERS];

/* The row that a setting is of, or NULL. */
const struct limit *limit_of_setting(const struct setting *setting);

/* Where its value is. */
uint64_t *limit_field(const struct plan_limits *limits, const struct limit *limit);

/* Whether there is such a limit. */
bool limit_is_asked_for(const struct plan_limits *limits, const struct limit *limit);

/* … and the cgroup is to enforce it: it is not missing by consent (plan->degraded). */
bool limit_is_enforced(const struct plan_limits *limits, unsigned degraded, const struct limit *limit);

/* Whether it is one of a device each. */
bool limit_is_rate(const struct limit *limit);

/* Whether an earlier row has the same file, which stands for both when the file is written or read. */
bool limit_shares_file(const struct limit *limit);

/* The next row with the same file, or NULL. */
const struct limit *limit_next_of_file(const struct limit *limit);
