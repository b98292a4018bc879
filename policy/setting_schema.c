/* The JSON Schema of a value, by kind of setting. */
#include "policy/setting_kind.h"

#include <stdio.h>

#define SIZE_PATTERN "[0-9]+([KMGTkmgt]([Ii][Bb]?)?)?" /* parse_size() */

static json_t *string_of(const char *pattern)
{
	return pattern == NULL ? json_pack("{s:s}", "type", "string")
			       : json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *number_of(const char *type, const struct setting *setting, bool has_max)
{
	json_t *schema = json_pack("{s:s, s:I}", "type", type, "minimum", (json_int_t)setting->min);

	if (has_max)
		json_object_set_new(schema, "maximum", json_integer((json_int_t)setting->max));
	return schema;
}

/* A number, or a string of that pattern, or "none" where that takes the limit away. */
static json_t *number_or(const struct setting *setting, json_t *number, const char *pattern)
{
	char text[64];

	snprintf(text, sizeof text, (setting->flags & SETTING_NONE) != 0 ? "^(none|%s)$" : "^%s$", pattern);
	return json_pack("{s:[o, o]}", "anyOf", number, string_of(text));
}

json_t *setting_schema_duration(const struct setting *setting)
{
	return string_of((setting->flags & SETTING_NONE) != 0 ? "^(none|[0-9]+(ms|s|m|h|d))$" : "^[0-9]+(ms|s|m|h|d)$");
}

json_t *setting_schema_choices(const struct setting *setting)
{
	json_t *names = json_array();

	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->later == NULL)
			json_array_append_new(names, json_string(choice->name));
	return json_pack("{s:o}", "enum", names);
}

/* Of a boolean only one value may be there in this version. */
json_t *setting_schema_bool(const struct setting *setting)
{
	const struct setting_choice *yes = setting_choice_find(setting, "yes");

	return yes != NULL && yes->later != NULL ? json_pack("{s:b}", "const", 0)
						 : json_pack("{s:s}", "type", "boolean");
}

json_t *setting_schema_size(const struct setting *setting)
{
	return number_or(setting, number_of("integer", setting, false), SIZE_PATTERN);
}

json_t *setting_schema_count(const struct setting *setting)
{
	return number_or(setting, number_of("integer", setting, setting->max != 0), "[0-9]+");
}

json_t *setting_schema_nofile(const struct setting *setting)
{
	return number_or(setting, number_of("integer", setting, true), "[0-9]+(:[0-9]+)?");
}

json_t *setting_schema_cpus(const struct setting *setting)
{
	return number_or(setting, json_pack("{s:s, s:f}", "type", "number", "minimum", 0.01), "[0-9]+([.][0-9]+)?");
}

json_t *setting_schema_env(const struct setting *setting)
{
	return string_of((setting->flags & SETTING_UNSET) != 0 ? "^[^=]+$" : "^[^=]+");
}

json_t *setting_schema_root(const struct setting *setting)
{
	(void)setting;
	return string_of("^(host|overlay|image:[A-Za-z0-9_][A-Za-z0-9._-]{0,63}|/.*)$");
}

json_t *setting_schema_name(const struct setting *setting)
{
	(void)setting;
	return string_of("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$");
}

json_t *setting_schema_path(const struct setting *setting)
{
	(void)setting;
	return string_of("^/");
}

json_t *setting_schema_bind(const struct setting *setting)
{
	(void)setting;
	return string_of("^/([^:]|\\\\:)*(:/([^:]|\\\\:)*)?$");
}

json_t *setting_schema_tmpfs(const struct setting *setting)
{
	(void)setting;
	return string_of("^/([^:]|\\\\:)*(:" SIZE_PATTERN ")?$");
}

json_t *setting_schema_open(const struct setting *setting)
{
	(void)setting;
	return string_of("^[a-z0-9.:/-]+$|^\\[[0-9a-fA-F.:/]+\\]:[0-9]+$");
}

json_t *setting_schema_reference(const struct setting *setting)
{
	(void)setting;
	return string_of("^.+$");
}

json_t *setting_schema_string(const struct setting *setting)
{
	(void)setting;
	return string_of(NULL);
}
