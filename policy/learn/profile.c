/* What was learned of files and addresses as a profile: as little as is needed beyond the profile `default`. */
#include "policy/learn/learn.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "common/visible.h"
#include "policy/plan.h"
#include "policy/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More entries than this in one directory, all read only, become the directory. */
#define SIBLINGS_MAX 3

/* A path that the profile grants. */
struct need {
	char *path;
	bool writable;
	unsigned seen;       /* paths that it stands for */
	bool general;        /* a directory in place of what lies in it */
	const char *refused; /* why it is reported and not granted, or NULL */
};

struct writer {
	const struct learn *learn;
	const char *home;
	struct plan base; /* the profile that ours extends */
	struct need *needs;
	size_t n;
	FILE *out;
	bool no_memory;
};

static void writer_free(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->needs[i].path);
	free(w->needs);
	plan_free(&w->base);
}

/* Whether it contains protected paths, seen ones or those of a home. */
static bool shields(const struct writer *w, const char *path)
{
	if (w->home != NULL && path_is_within(w->home, path))
		return true;
	for (size_t i = 0; i < w->learn->n_paths; i++)
		if (w->learn->paths[i].protected != NULL && path_is_within(w->learn->paths[i].path, path))
			return true;
	return learn_above_protected(path);
}

/* Whether the base profile has the path as it is needed. Files that are made right in one of its throw-away
 * directories need nothing either. */
static bool is_given(const struct writer *w, const char *path, bool writable, bool made)
{
	if (path_is_within(path, "/proc") || path_is_within(path, "/dev") || path_is_within(path, "/sys"))
		return true;
	for (size_t i = 0; i < w->base.root.n_mounts; i++) {
		const struct plan_mount *mount = &w->base.root.mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && !writable && path_is_within(path, mount->target))
			return true;
		if (mount->kind == PLAN_MOUNT_TMPFS && (made || !writable) && strcmp(path, mount->target) == 0)
			return true;
	}
	return false;
}

static void add_need(struct writer *w, const char *path, bool writable, bool general)
{
	struct need *grown;

	if (is_given(w, path, writable, general) || (!writable && strcmp(path, "/") == 0))
		return;
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->needs[i].path, path) == 0) {
			w->needs[i].writable |= writable;
			w->needs[i].general |= general;
			w->needs[i].seen++;
			return;
		}
	grown = reallocarray(w->needs, w->n + 1, sizeof *grown);
	if (grown == NULL) {
		w->no_memory = true;
		return;
	}
	w->needs = grown;
	grown[w->n] = (struct need){.path = strdup(path), .writable = writable, .general = general, .seen = 1};
	w->no_memory |= grown[w->n].path == NULL;
	w->n += grown[w->n].path != NULL;
}

static int compare_path(const void *key, const void *element)
{
	return strcmp(key, ((const struct learn_path *)element)->path);
}

static bool was_made(const struct learn *learn, const char *path)
{
	const struct learn_path *found =
		learn->n_paths > 0 ? bsearch(path, learn->paths, learn->n_paths, sizeof *found, compare_path) : NULL;

	return found != NULL && found->made;
}

/* The directory that must be writable for the path to be made or removed: the nearest that the run has not made. */
static void need_directory(struct writer *w, const char *path)
{
	_cleanup_(freep) char *directory = path_directory(path);

	while (directory != NULL && was_made(w->learn, directory)) {
		char *above = path_directory(directory);

		free(directory);
		directory = above;
	}
	if (directory == NULL)
		w->no_memory = true;
	else
		add_need(w, directory, true, true);
}

static void collect(struct writer *w)
{
	for (size_t i = 0; i < w->learn->n_paths; i++) {
		const struct learn_path *path = &w->learn->paths[i];

		if (path->protected != NULL)
			continue;
		if (path->made || (path->access & LEARN_MAKE) != 0)
			need_directory(w, path->path);
		if (!path->made && (path->access & (LEARN_READ | LEARN_WRITE)) != 0)
			add_need(w, path->path, (path->access & LEARN_WRITE) != 0, false);
	}
}

static void drop(struct writer *w, size_t at)
{
	free(w->needs[at].path);
	w->needs[at] = w->needs[--w->n];
}

/* What lies below a granted directory is granted with it. */
static void drop_covered(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->n; j++) {
			if (i == j || (w->needs[j].writable && !w->needs[i].writable) || w->needs[i].refused != NULL ||
				!path_is_within(w->needs[j].path, w->needs[i].path))
				continue;
			w->needs[i].seen += w->needs[j].seen;
			w->needs[i].general = true;
			drop(w, j);
			i = j = 0; /* places have changed */
		}
}

static const char *why_not(const struct writer *w, const char *path)
{
	json_t *text = json_string(path);

	json_decref(text);
	if (text == NULL)
		return "not UTF-8";
	if (strchr(path, ':') != NULL)
		return "the path contains ':'";
	return shields(w, path) ? "it contains protected paths" : NULL;
}

static void refuse(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++)
		w->needs[i].refused = why_not(w, w->needs[i].path);
}

/* Many files of a directory become the directory, from the bottom up. True: something changed. */
static bool fold(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++) {
		_cleanup_(freep) char *directory = path_directory(w->needs[i].path);
		size_t siblings = 0;

		if (directory == NULL || w->needs[i].writable || shields(w, directory) ||
			strchr(directory + 1, '/') == NULL || is_given(w, directory, false, false))
			continue;
		for (size_t j = 0; j < w->n; j++) {
			_cleanup_(freep) char *other = path_directory(w->needs[j].path);

			siblings += other != NULL && !w->needs[j].writable && strcmp(other, directory) == 0;
		}
		if (siblings <= SIBLINGS_MAX)
			continue;
		add_need(w, directory, false, true);
		return true;
	}
	return false;
}

/* The list, with what each entry grants beyond what was seen. */
static json_t *entries(const struct writer *w, bool writable)
{
	json_t *list = json_array();
	char shown[512];

	for (size_t i = 0; i < w->n; i++) {
		const struct need *need = &w->needs[i];

		if (need->writable != writable)
			continue;
		visible(shown, sizeof shown, need->path, strlen(need->path), VISIBLE_NAME);
		if (need->refused != NULL) {
			fprintf(w->out, "not granted: %s %s: %s\n", writable ? "rw" : "ro", shown, need->refused);
			continue;
		}
		json_array_append_new(list, json_string(need->path));
		if (need->general)
			fprintf(w->out, "grants more than was seen: %s %s: everything below it, for %u path%s\n",
				writable ? "rw" : "ro", shown, need->seen, need->seen == 1 ? "" : "s");
	}
	return list;
}

static bool reaches(const struct writer *w, const char *path)
{
	if (is_given(w, path, false, false))
		return true;
	for (size_t i = 0; i < w->n; i++)
		if (w->needs[i].refused == NULL && path_is_within(path, w->needs[i].path))
			return true;
	return false;
}

static void add_environment(const struct writer *w, json_t *profile)
{
	for (size_t i = 0; i < w->n && w->home != NULL; i++)
		if (w->needs[i].refused == NULL && path_is_within(w->needs[i].path, w->home)) {
			json_object_set_new(profile, "env", json_pack("[s]", "HOME"));
			return;
		}
}

json_t *learn_profile(const struct learn *learn, const char *seccomp, const char *workdir, const char *home, FILE *out,
	struct error *err)
{
	_cleanup_(writer_free) struct writer w = {.learn = learn, .home = home, .out = out};
	json_t *profile, *list;

	if (plan_init(&w.base, err) < 0 || profile_load("default", &w.base, err) < 0)
		return NULL;
	collect(&w);
	refuse(&w);
	drop_covered(&w);
	while (fold(&w))
		drop_covered(&w);
	refuse(&w);
	if (w.no_memory || learn->no_memory) {
		error_set(err, ENOMEM, "learn");
		return NULL;
	}
	profile = json_pack("{s:s, s:s, s:s}", "description", "Learned from what a command did.", "extends", "default",
		"seccomp", seccomp);
	list = entries(&w, false);
	if (json_array_size(list) > 0)
		json_object_set(profile, "ro", list);
	json_decref(list);
	list = entries(&w, true);
	if (json_array_size(list) > 0)
		json_object_set(profile, "rw", list);
	json_decref(list);
	if (reaches(&w, workdir))
		json_object_set_new(profile, "workdir", json_string(workdir));
	add_environment(&w, profile);
	learn_network(learn, profile, out);
	return profile;
}
