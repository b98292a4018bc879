#include "policy/image_name.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
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

static const char *variable(char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return (*environment)[len + 1] != '\0' ? *environment + len + 1 : NULL;
	return NULL;
}

int image_store_path(char *const *environment, char **dir, struct error *err)
{
	static const struct {
		const char *name, *below;
	} places[] = {
		{"COFFERDAM_IMAGES", ""},
		{"XDG_DATA_HOME", "/cofferdam/images"},
		{"HOME", "/.local/share/cofferdam/images"},
	};

	*dir = NULL;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *value = variable(environment, places[i].name);
		_cleanup_(freep) char *path = NULL;

		if (value == NULL)
			continue;
		path = format("%s%s", value, places[i].below);
		if (path == NULL)
			return error_set(err, ENOMEM, "images");
		if (path_normalise(path, dir, err) < 0)
			return error_context(err, "images: %s", places[i].name);
		return 0;
	}
	return 0;
}
