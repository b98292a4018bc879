#include "policy/schema.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/setting_kind.h"

#include <jansson.h>

static json_t *property(const struct setting *setting)
{
	json_t *schema = setting_kind(setting)->schema(setting);

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
		if ((setting_at(i)->flags & SETTING_CLI_ONLY) == 0 && setting_at(i)->later == NULL)
			json_object_set_new(properties, setting_profile_key(setting_at(i)), property(setting_at(i)));
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
