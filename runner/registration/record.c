#include "runner/registration/record.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY "registrations/"
/* docs.github.com/rest: "If GitHub takes more than 10 seconds to process an API request, GitHub will terminate the
 * request". Half as much again for the way there. */
#define OPEN_S 15

int record_write(const struct state *state, const struct record *record, struct error *err)
{
	_cleanup_(freep) char *path = format(DIRECTORY "%s.json", record->key);
	_cleanup_(json_drop) json_t *json = json_pack("{s:i, s:I, s:s, s:b, s:s, s:s, s:s, s:s, s:b, s:I}", "slot",
		(int)record->slot, "id", (json_int_t)record->id, "name", record->name, "unique", (int)record->unique,
		"entity", record->entity, "api", record->api, "credential", credential_name(record->credential),
		"marker", record->marker, "begun", (int)record->begun, "asked", (json_int_t)record->asked_s);

	if (path == NULL)
		return error_set(err, ENOMEM, "registration");
	if (json == NULL)
		return error_set(err, 0, "RUNNER_NAME or GITHUB_URL: not UTF-8");
	return json_file_keep(state->dirfd, path, json, err);
}

/* False when it does not fit. */
static bool take(char *to, size_t size, const char *text)
{
	return (size_t)snprintf(to, size, "%s", text) < size;
}

static bool take_credential(struct record *record, const char *name)
{
	for (int i = 0; i < CREDENTIAL_COUNT; i++)
		if (strcmp(name, credential_name((enum credential)i)) == 0) {
			record->credential = (enum credential)i;
			return true;
		}
	return false;
}

int record_read(const struct state *state, const char *file, struct record *record, struct error *err)
{
	_cleanup_(freep) char *path = format(DIRECTORY "%s", file);
	_cleanup_(json_drop) json_t *json = path != NULL ? json_file_read(state->dirfd, path, err) : NULL;
	const char *name, *entity, *api, *credential, *marker = "";
	json_int_t id, asked = 0;
	int slot, unique, begun = -1;

	memset(record, 0, sizeof *record);
	if (json == NULL)
		return -1;
	if (json_unpack(json, "{s:i, s:I, s:s, s:b, s:s, s:s, s:s, s?s, s?b, s?I}", "slot", &slot, "id", &id, "name",
		    &name, "unique", &unique, "entity", &entity, "api", &api, "credential", &credential, "marker",
		    &marker, "begun", &begun, "asked", &asked) < 0 ||
		slot < 1 || slot > CONFIG_SLOTS_MAX || strcspn(file, ".") >= sizeof record->key ||
		!take(record->name, sizeof record->name, name) ||
		!take(record->marker, sizeof record->marker, marker) ||
		!take(record->entity, sizeof record->entity, entity) || !take(record->api, sizeof record->api, api) ||
		!take_credential(record, credential))
		return error_set(err, 0, "%s: not a registration", path);
	snprintf(record->key, sizeof record->key, "%.*s", (int)strcspn(file, "."), file);
	record->slot = (unsigned)slot;
	record->id = id;
	record->unique = unique;
	/* Version 0.1.0 did not say: without an id it may have asked. */
	record->begun = begun < 0 ? id == 0 : begun;
	/* Whoever was to send it is gone. */
	record->asked_s = asked < time(NULL) ? asked : time(NULL);
	return 0;
}

int record_begin(const struct state *state, struct record *record, int64_t within_s, struct error *err)
{
	record->begun = true;
	record->asked_s = time(NULL) + within_s;
	return record_write(state, record, err);
}

void record_note(struct record *record, int64_t open_s)
{
	record->begun = open_s != 0;
	record->asked_s = open_s;
}

int64_t record_open_ns(const struct record *record)
{
	int64_t passed_s = (int64_t)time(NULL) - record->asked_s;

	if (!record->begun || passed_s >= OPEN_S)
		return 0;
	/* A clock that was set back says nothing. */
	return (passed_s < 0 ? OPEN_S : OPEN_S - passed_s) * NS_PER_S;
}

int record_remove(const struct state *state, const struct record *record, struct error *err)
{
	_cleanup_(freep) char *path = format(DIRECTORY "%s.json", record->key);

	if (path == NULL || (unlinkat(state->dirfd, path, 0) < 0 && errno != ENOENT))
		return error_set(err, errno, "%s", path);
	return 0;
}

bool record_has_namesake(const struct state *state, const struct record *record)
{
	_cleanup_(close_fd) int fd = openat(state->dirfd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct record other;
	struct error ignored;

	if (dir != NULL)
		take_fd(&fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && record_read(state, entry->d_name, &other, &ignored) == 0 &&
			strcmp(other.key, record->key) != 0 && strcasecmp(other.name, record->name) == 0 &&
			strcmp(other.entity, record->entity) == 0)
			return true;
	return false;
}
