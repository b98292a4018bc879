#include "tests/standin/shared/fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

json_t *field(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	const char *key;
	json_t *each;

	if (value != NULL)
		return value;
	json_object_foreach ((json_t *)object, key, each) {
		if (strcasecmp(key, name) == 0)
			return each;
	}
	return NULL;
}

json_t *field_at(const json_t *object, const char *path)
{
	char name[64];

	while (object != NULL) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof name)
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		object = field(object, name);
		if (path[len] == '\0')
			break;
		path += len + 1;
	}
	return (json_t *)object;
}

const char *field_text(const json_t *object, const char *name)
{
	return json_string_value(field(object, name));
}

long long field_number(const json_t *object, const char *name, long long otherwise)
{
	const json_t *value = field(object, name);
	char *end;

	if (json_is_integer(value))
		return json_integer_value(value);
	if (json_is_string(value) && json_string_length(value) > 0) {
		long long number = strtoll(json_string_value(value), &end, 10);

		if (*end == '\0')
			return number;
	}
	return otherwise;
}

bool field_true(const json_t *object, const char *name)
{
	const json_t *value = field(object, name);

	return json_is_true(value) || (json_is_string(value) && strcasecmp(json_string_value(value), "true") == 0);
}
