#include "tests/standin/listener/jit.h"

#include "common/cleanup.h"
#include "tests/standin/shared/base64.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/settings.h"

#include <jansson.h>
#include <string.h>

static const char *const names[] = {SETTINGS_FILE, CREDENTIALS_FILE, RSA_FILE};
#define NAMES (sizeof names / sizeof *names)

int jit_install(const char *root, const char *blob, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	char *files[NAMES] = {NULL};
	size_t len, lens[NAMES] = {0};
	json_t *object;
	int rc = 0;

	text = base64_decode(blob, &len);
	object = text == NULL ? NULL : json_loadb(text, len, 0, NULL);
	if (!json_is_object(object) || json_object_size(object) != NAMES)
		rc = error_set(
			err, 0, "jitconfig: not an object of %s, %s and %s in base64", names[0], names[1], names[2]);
	for (size_t i = 0; i < NAMES && rc == 0; i++) {
		const char *coded = json_string_value(json_object_get(object, names[i]));

		files[i] = coded == NULL ? NULL : base64_decode(coded, &lens[i]);
		if (files[i] == NULL)
			rc = error_set(err, 0, "jitconfig: %s is missing or not in base64", names[i]);
	}
	for (size_t i = NAMES; i-- > 0 && rc == 0;)
		rc = root_write(root, names[i], 0600, files[i], lens[i], err);
	for (size_t i = 0; i < NAMES; i++)
		free(files[i]);
	json_decref(object);
	return rc;
}
