/* Defines the kinds of setting: parser, JSON, schema, print-out and completion of a value, a row each.
 * policy/settings.c has the settings. Implemented in setting_kind.c; what the rows consist of, in setting_*.c. */
#pragma once

#include "common/error.h"
#include "policy/settings.h"

#include <jansson.h>
#include <stdbool.h>

/* Puts `text` into the plan. 0, or -1 with err, which names neither the setting nor its origin. */
typedef int setting_apply_fn(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err);

/* The schema of one value; of a list: of one element. NULL when memory ran out. */
typedef json_t *setting_schema_fn(const struct setting *setting);

/* The value in the plan. NULL when memory ran out. */
typedef json_t *setting_json_fn(const struct plan *plan, const struct setting *setting);

/* Whether a text is a path, which starts at the current directory where it is relative. */
typedef bool setting_path_fn(const char *text);

/* Bits: the JSON that stands for a value. */
enum setting_form {
	SETTING_FORM_STRING = 1 << 0,
	SETTING_FORM_INTEGER = 1 << 1,
	SETTING_FORM_REAL = 1 << 2,
	SETTING_FORM_BOOLEAN = 1 << 3,
};

/* What stands behind the option on a command line. */
enum setting_value {
	SETTING_VALUE_NONE = 1, /* nothing: the option is a flag */
	SETTING_VALUE_TEXT,     /* something that nobody can guess */
	SETTING_VALUE_FILE,     /* a path */
	SETTING_VALUE_SHIPPED,  /* the name of a shipped file, or a path */
	SETTING_VALUE_CHOICE,   /* one of the row's choices, or a path where one of them stands for that */
};

struct setting_kind {
	const char *arg;    /* the word for a value in help, unless the row has one; "": its choices, or none */
	const char *wanted; /* of a profile with other JSON: "must be …" */
	unsigned forms;     /* enum setting_form */
	enum setting_value value;
	setting_apply_fn *apply;
	setting_schema_fn *schema;
	setting_json_fn *to_json; /* NULL: every setting of the kind is a list, which policy/plan_json.c prints */
	setting_path_fn *is_path;
	char separator; /* ends the first part of the text: ':' of "PATH:INSIDE"; 0: it has one part */
};

extern const struct setting_kind setting_kinds[SETTING_TYPE_COUNT];

/* The row of the setting's kind. */
const struct setting_kind *setting_kind(const struct setting *setting);

/* Whether its option has a value behind it. */
bool setting_takes_value(const struct setting *setting);

/* The word for its value in help: "SIZE", "none|host"; "" for a flag. `text` is room for the choices. */
const char *setting_arg(const struct setting *setting, char *text, size_t size);

/* What the rows consist of. */
setting_apply_fn setting_apply_size, setting_apply_duration, setting_apply_count, setting_apply_nofile,
	setting_apply_cpus, setting_apply_fd, setting_apply_enum, setting_apply_names, setting_apply_bool,
	setting_apply_root, setting_apply_string, setting_apply_name, setting_apply_path, setting_apply_reference,
	setting_apply_env, setting_apply_open, setting_apply_bind, setting_apply_tmpfs, setting_apply_hide,
	setting_apply_device;
setting_schema_fn setting_schema_size, setting_schema_duration, setting_schema_count, setting_schema_nofile,
	setting_schema_cpus, setting_schema_choices, setting_schema_root, setting_schema_bool, setting_schema_string,
	setting_schema_name, setting_schema_path, setting_schema_reference, setting_schema_bind, setting_schema_tmpfs,
	setting_schema_env, setting_schema_open, setting_schema_device;
setting_json_fn setting_json_number, setting_json_nofile, setting_json_cpus, setting_json_duration, setting_json_enum,
	setting_json_root, setting_json_bool, setting_json_text;

/* Where in the plan the value of a scalar is. */
static inline void *setting_field(const struct plan *plan, const struct setting *setting)
{
	return (char *)plan + setting->offset;
}
