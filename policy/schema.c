#include "policy/schema.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/path.h"
#include "policy/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

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

static json_t *duration(const struct setting *setting)
{
	return string_of((setting->flags & SETTING_NONE) != 0 ? "^(none|[0-9]+(ms|s|m|h|d))$" : "^[0-9]+(ms|s|m|h|d)$");
}

static json_t *choices(const struct setting *setting)
{
	json_t *names = json_array();

	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->later == NULL)
			json_array_append_new(names, json_string(choice->name));
	return json_pack("{s:o}", "enum", names);
}

/* Of a boolean only one value may be there in this version. */
static json_t *boolean(const struct setting *setting)
{
	const struct setting_choice *yes = setting_choice_find(setting, "yes");

	return yes != NULL && yes->later != NULL ? json_pack("{s:b}", "const", 0)
						 : json_pack("{s:s}", "type", "boolean");
}

/* The schema of one value; of a list: of one element. */
static json_t *value_schema(const struct setting *setting)
{
	switch (setting->type) {
	case SETTING_SIZE:
		return number_or(setting, number_of("integer", setting, false), "[0-9]+[KMGT]?");
	case SETTING_COUNT:
	case SETTING_FD:
		return number_or(setting, number_of("integer", setting, setting->max != 0), "[0-9]+");
	case SETTING_CPUS:
		return number_or(
			setting, json_pack("{s:s, s:f}", "type", "number", "minimum", 0.01), "[0-9]+([.][0-9]+)?");
	case SETTING_DURATION:
		return duration(setting);
	case SETTING_ENUM:
	case SETTING_NAMES:
		return choices(setting);
	case SETTING_ROOT:
		return string_of("^(host|overlay|/.*)$");
	case SETTING_BOOL:
		return boolean(setting);
	case SETTING_NAME:
		return string_of("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$");
	case SETTING_PATH:
	case SETTING_HIDE:
		return string_of("^/");
	case SETTING_BIND:
		return string_of("^/[^:]*(:/[^:]*)?$");
	case SETTING_TMPFS:
		return string_of("^/[^:]*(:[0-9]+[KMGT]?)?$");
	case SETTING_ENV:
		return string_of((setting->flags & SETTING_UNSET) != 0 ? "^[^=]+$" : "^[^=]+");
	case SETTING_OPEN:
		return string_of("^[a-z0-9.:/-]+$|^\\[[0-9a-fA-F.:/]+\\]:[0-9]+$");
	case SETTING_REFERENCE:
		return string_of("^.+$");
	case SETTING_STRING:
	case SETTING_TYPE_COUNT:
		break;
	}
	return string_of(NULL);
}

static json_t *property(const struct setting *setting)
{
	json_t *schema = value_schema(setting);

	if ((setting->flags & SETTING_LIST) != 0)
		schema = json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", SETTING_LIST_MAX, "items", schema);
	json_object_set_new(schema, "description", json_string(setting->help));
	return schema;
}

char *schema_text(struct error *err)
{
	json_t *properties = json_object(), *root;
	_cleanup_(freep) char *text = NULL;
	char *line = NULL;

	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].flags & SETTING_CLI_ONLY) == 0 && settings[i].later == NULL)
			json_object_set_new(properties, settings[i].key, property(&settings[i]));
	root = json_pack("{s:s, s:s, s:s, s:o, s:b}", "$schema", "https://json-schema.org/draft/2020-12/schema",
		"title", "Cofferdam profile", "type", "object", "properties", properties, "additionalProperties", 0);
	text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (text != NULL)
		line = format("%s\n", text);
	if (line == NULL)
		error_set(err, ENOMEM, "schema");
	return line;
}
