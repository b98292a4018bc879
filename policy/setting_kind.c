#include "policy/setting_kind.h"

#include "common/path.h"
#include "policy/image_name.h"

#include <string.h>

#define STRING SETTING_FORM_STRING
#define INTEGER SETTING_FORM_INTEGER

static bool path_never(const char *text)
{
	(void)text;
	return false;
}

static bool path_always(const char *text)
{
	(void)text;
	return true;
}

static bool path_with_slash(const char *text)
{
	return strchr(text, '/') != NULL && strncmp(text, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) != 0;
}

/* arg, wanted, forms, value, apply, schema, to_json, is_path, separator */
const struct setting_kind setting_kinds[SETTING_TYPE_COUNT] = {
	[SETTING_SIZE] = {"SIZE", "a size such as \"4G\", or a number of bytes", STRING | INTEGER, SETTING_VALUE_TEXT,
		setting_apply_size, setting_schema_size, setting_json_number, path_never, 0},
	[SETTING_DURATION] = {"DURATION", "a duration such as \"90s\"", STRING, SETTING_VALUE_TEXT,
		setting_apply_duration, setting_schema_duration, setting_json_duration, path_never, 0},
	[SETTING_COUNT] = {"N", "a whole number", STRING | INTEGER, SETTING_VALUE_TEXT, setting_apply_count,
		setting_schema_count, setting_json_number, path_never, 0},
	[SETTING_NOFILE] = {"N|SOFT:HARD", "a whole number, or a string such as \"1024:65536\"", STRING | INTEGER,
		SETTING_VALUE_TEXT, setting_apply_nofile, setting_schema_nofile, setting_json_nofile, path_never, 0},
	[SETTING_CPUS] = {"N", "a number", STRING | INTEGER | SETTING_FORM_REAL, SETTING_VALUE_TEXT, setting_apply_cpus,
		setting_schema_cpus, setting_json_cpus, path_never, 0},
	[SETTING_ENUM] = {"", "a string", STRING, SETTING_VALUE_CHOICE, setting_apply_enum, setting_schema_choices,
		setting_json_enum, path_never, 0},
	[SETTING_BOOL] = {"", "true or false", SETTING_FORM_BOOLEAN, SETTING_VALUE_NONE, setting_apply_bool,
		setting_schema_bool, setting_json_bool, path_never, 0},
	[SETTING_STRING] = {"TEXT", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_string, setting_schema_string,
		setting_json_text, path_never, 0},
	[SETTING_NAME] = {"NAME", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_name, setting_schema_name,
		setting_json_text, path_never, 0},
	[SETTING_PATH] = {"DIR", "a string", STRING, SETTING_VALUE_FILE, setting_apply_path, setting_schema_path,
		setting_json_text, path_always, 0},
	[SETTING_REFERENCE] = {"NAME|FILE", "a string", STRING, SETTING_VALUE_SHIPPED, setting_apply_reference,
		setting_schema_reference, setting_json_text, path_is_file_reference, 0},
	[SETTING_BIND] = {"PATH[:INSIDE]", "a string", STRING, SETTING_VALUE_FILE, setting_apply_bind,
		setting_schema_bind, NULL, path_always, ':'},
	[SETTING_TMPFS] = {"INSIDE[:SIZE]", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_tmpfs,
		setting_schema_tmpfs, NULL, path_always, ':'},
	[SETTING_HIDE] = {"INSIDE", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_hide, setting_schema_path,
		NULL, path_always, 0},
	[SETTING_ENV] = {"NAME[=VALUE]", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_env, setting_schema_env,
		NULL, path_never, '='},
	[SETTING_NAMES] = {"", "a string", STRING, SETTING_VALUE_CHOICE, setting_apply_names, setting_schema_choices,
		NULL, path_never, 0},
	[SETTING_ROOT] = {"", "a string: host, overlay, image:NAME or the path of a directory", STRING,
		SETTING_VALUE_CHOICE, setting_apply_root, setting_schema_root, setting_json_root, path_with_slash, 0},
	[SETTING_FD] = {"N", "a whole number", STRING | INTEGER, SETTING_VALUE_TEXT, setting_apply_fd,
		setting_schema_count, NULL, path_never, 0},
	[SETTING_DEVICE] = {"PATH", "a string", STRING, SETTING_VALUE_FILE, setting_apply_device, setting_schema_device,
		NULL, path_never, 0},
	[SETTING_OPEN] = {"NAME|ADDRESS[/PREFIX][:PORT]", "a string", STRING, SETTING_VALUE_TEXT, setting_apply_open,
		setting_schema_open, NULL, path_never, 0},
};

const struct setting_kind *setting_kind(const struct setting *setting)
{
	return &setting_kinds[setting->type];
}

bool setting_takes_value(const struct setting *setting)
{
	return setting_kind(setting)->value != SETTING_VALUE_NONE;
}

const char *setting_arg(const struct setting *setting, char *text, size_t size)
{
	if (setting->arg != NULL)
		return setting->arg;
	if (setting_kind(setting)->value != SETTING_VALUE_CHOICE)
		return setting_kind(setting)->arg;
	setting_choices_text(setting, "|", text, size);
	return text;
}
