#include "policy/image_name.h"

#include <stdbool.h>
#include <string.h>

static bool is_allowed(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
		return true;
	return !first && (c == '.' || c == '-');
}

int image_name_check(const char *name, struct error *err)
{
	const size_t len = strlen(name);
	bool good = len > 0;

	if (len > IMAGE_NAME_MAX)
		return error_set(err, 0, "image: %.*s…: more than %d characters", IMAGE_NAME_MAX, name, IMAGE_NAME_MAX);
	for (size_t i = 0; i < len; i++)
		good &= is_allowed(name[i], i == 0);
	if (good)
		return 0;
	error_set(err, 0, "image: %s: not a name", len > 0 ? name : "\"\"");
	return error_hint(err, "letters, digits, '.', '_' and '-'; it begins with a letter, a digit or '_'");
}

bool image_is_root(const char *root)
{
	return strncmp(root, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0 || strchr(root, '/') != NULL;
}
