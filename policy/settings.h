/* Defines the settings of a launch, a row each.
 *
 * The keys of a profile, the options of `run`, their help, the JSON Schema and the print-out of a plan come from this
 * table. Implemented in settings.c and setting_apply.c. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stddef.h>
#include <stdint.h>

enum setting_type {
	SETTING_SIZE,      /* uint64_t: bytes */
	SETTING_DURATION,  /* int64_t: nanoseconds */
	SETTING_COUNT,     /* uint64_t */
	SETTING_CPUS,      /* uint64_t: thousandths */
	SETTING_NOFILE,    /* two uint64_t, the soft and the hard limit: N or SOFT:HARD */
	SETTING_ENUM,      /* an enum: one of `choices` */
	SETTING_BOOL,      /* bool: "yes" or "no" */
	SETTING_STRING,    /* char *: any text */
	SETTING_NAME,      /* char *: letters, digits, '.', '-' and '_', at most 64 */
	SETTING_PATH,      /* char *: an absolute path, normalised */
	SETTING_REFERENCE, /* char *: a shipped NAME, or a file */
	SETTING_BIND,      /* list: PATH[:INSIDE] into plan->root.mounts */
	SETTING_TMPFS,     /* list: INSIDE[:SIZE] into plan->root.mounts */
	SETTING_HIDE,      /* list: INSIDE into plan->root.mounts */
	SETTING_ENV,       /* list: NAME[=VALUE] into plan->command.env */
	SETTING_NAMES,     /* list: the bits of each choice into an unsigned */
	SETTING_ROOT,      /* an enum plan_root_kind, and plan->root.dir */
	SETTING_FD,        /* list: descriptors into plan->fds.keep */
	SETTING_OPEN,      /* list: what egress_open_parse() reads, into plan->egress.opens */
	SETTING_DEVICE,    /* list: paths into plan->granted */
	SETTING_TYPE_COUNT,
};

enum setting_flag {
	SETTING_CLI_ONLY = 1 << 0,
	SETTING_PROFILE_ONLY = 1 << 1,
	SETTING_LIST = 1 << 2,      /* may be given again and again, and adds to what is there */
	SETTING_NONE = 1 << 3,      /* "none" takes the limit away */
	SETTING_NEGATABLE = 1 << 4, /* bool: there is a --no-… as well */
	SETTING_WRITABLE = 1 << 5,  /* bind: the flags of the mount */
	SETTING_OPTIONAL = 1 << 6,
	SETTING_DASH = 1 << 7,          /* path: "-" stands for standard output */
	SETTING_NOT_SYSTEM = 1 << 8,    /* path: neither "/" nor anything in /proc, /dev, /sys */
	SETTING_UNSET = 1 << 9,         /* env: a name or pattern that is not passed on */
	SETTING_VIEW = 1 << 11,         /* bind: with inodes of its own */
	SETTING_EXECUTE_ONLY = 1 << 10, /* bind: and nobody inside may be able to read it */
	SETTING_FILE = 1 << 12,         /* path: of a file: no '/' at its end */
};

struct setting_choice {
	const char *name;
	unsigned value;    /* of the enum; of SETTING_NAMES: the bits to set, 0 clears all */
	const char *later; /* set: not supported yet; says what to do instead */
	char form; /* '/': stands for any path (the last choice), '=': may be followed by "=ARGUMENT", 0: just the name
		    */
};

struct setting {
	const char *key;         /* of a profile; the option is "--" + key with '-' for '_' */
	const char *profile_key; /* of a profile, where that has another; or NULL */
	enum setting_type type;
	unsigned flags;                       /* enum setting_flag */
	size_t offset;                        /* in struct plan, or SETTING_NO_FIELD */
	uint64_t min;                         /* size, count, duration: the least */
	uint64_t max;                         /* size, count: the most, 0: no bound */
	uint64_t unset;                       /* size, count, cpus, duration: what "none" stands for */
	const char *arg;                      /* the word for a value in help; NULL: the kind's */
	const char *help;                     /* one line, no full stop */
	const char *later;                    /* set: refused by name; says what to do instead */
	const struct setting_choice *choices; /* ends with a NULL name */
	const char *shipped;                  /* reference: the directory of shipped files that it may name */
	char letter;                          /* of the short option, or 0 */
};

#define SETTING_NO_FIELD SIZE_MAX

/* No list of one kind in one plan is longer. */
#define SETTING_LIST_MAX 256

/* Their number, and each in the order of the help. */
extern const size_t settings_count;
const struct setting *setting_at(size_t index);

/* The setting with that key, or NULL. */
const struct setting *setting_find(const char *key);

/* How a profile calls it, and the setting that it calls so, or NULL. */
const char *setting_profile_key(const struct setting *setting);
const struct setting *setting_find_in_profile(const char *key);

/* The number of a setting, as setting_at() counts: its place in plan->origins. */
size_t setting_index(const struct setting *setting);

/* The choice that `text` names, or NULL. */
const struct setting_choice *setting_choice_find(const struct setting *setting, const char *text);

/* "none, host": the names that can be chosen in this version, with `separator` between them. */
void setting_choices_text(const struct setting *setting, const char *separator, char *text, size_t size);

/* The name of its option without the dashes: "io-read". */
void setting_option(const struct setting *setting, char *text, size_t size);

/* The same for the one that says no: "no-explain". */
void setting_option_negated(const struct setting *setting, char *text, size_t size);

/* Puts the value that `text` spells into the plan: a scalar replaces the one before, a list grows; a mount replaces the
 * one on the same target, a variable the one of the same name. `origin` is where it stands: "--memory" for an option,
 * "FILE:LINE:COLUMN" for a profile, NULL for a built-in default; errors start with it. */
int setting_apply(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err);

/* How errors name a value: "--memory", or "FILE:LINE:COLUMN: memory". */
void setting_label(const struct setting *setting, const char *origin, char *text, size_t size);

/* Where relative files and directories start: makes the path in `text` absolute against `base` if the setting has one.
 * The caller frees *out. For settings without a path, and for shipped names, *out is a copy of `text`. */
int setting_absolute(const struct setting *setting, const char *base, const char *text, char **out, struct error *err);
