#include "policy/own_dirs.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"

#include <errno.h>
#include <string.h>

/* `below` is empty where the variable names the directory itself. */
struct place {
	const char *variable, *below;
};

static const struct place images[] = {
	{"COFFERDAM_IMAGES", ""},
	{"XDG_DATA_HOME", "/cofferdam/images"},
	{"HOME", "/.local/share/cofferdam/images"},
};

static const struct place layers[] = {
	{"COFFERDAM_LAYERS", ""},
	{"XDG_CACHE_HOME", "/cofferdam/layers"},
	{"HOME", "/.cache/cofferdam/layers"},
};

static const struct place mirrors[] = {
	{"XDG_RUNTIME_DIR", "/cofferdam-mirrors"},
};

/* One that is empty is not set. */
static const char *value_of(char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return (*environment)[len + 1] != '\0' ? *environment + len + 1 : NULL;
	return NULL;
}

static int choose(char *const *environment, const struct place *places, size_t n, char **dir, struct error *err)
{
	*dir = NULL;
	for (size_t i = 0; i < n; i++) {
		const char *value = value_of(environment, places[i].variable);
		_cleanup_(freep) char *normal = NULL;

		if (value == NULL || (*value != '/' && places[i].below[0] != '\0'))
			continue;
		if (path_normalise(value, &normal, err) < 0)
			return error_context(err, "%s", places[i].variable);
		*dir = format("%s%s", normal[1] == '\0' && places[i].below[0] != '\0' ? "" : normal, places[i].below);
		return *dir == NULL ? error_set(err, ENOMEM, "%s", places[i].variable) : 0;
	}
	return 0;
}

int own_dir_images(char *const *environment, char **dir, struct error *err)
{
	return choose(environment, images, sizeof images / sizeof images[0], dir, err);
}

int own_dir_layers(char *const *environment, char **dir, struct error *err)
{
	return choose(environment, layers, sizeof layers / sizeof layers[0], dir, err);
}

int own_dir_mirrors(char *const *environment, char **dir, struct error *err)
{
	return choose(environment, mirrors, sizeof mirrors / sizeof mirrors[0], dir, err);
}
