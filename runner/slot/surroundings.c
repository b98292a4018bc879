#include "runner/slot/surroundings.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "policy/image_name.h"
#include "policy/own_dirs.h"
#include "runner/common/json_file.h"
#include "sandbox/files/lookup.h"
#include "sandbox/network/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file extends another, which extends another; the launcher refuses a longer chain, and a circle. */
#define FILES_MAX 32
#define RESOLV_CONF_MAX 65536

/* Each virtual interface that comes and goes has link-local ones, and the rules refuse all of them by their range. */
static void add_prefixes(FILE *text, const char *what, const struct egress_prefixes *prefixes)
{
	static const struct egress_prefix link_local = {AF_INET6, {0xfe, 0x80}, 10};

	for (size_t i = 0; i < prefixes->n; i++) {
		const struct egress_prefix *prefix = &prefixes->items[i];

		if (egress_prefix_covers(&link_local, prefix))
			continue;
		fprintf(text, "%s %d ", what, prefix->family);
		for (size_t k = 0; k < sizeof prefix->bytes; k++)
			fprintf(text, "%02x", prefix->bytes[k]);
		fprintf(text, "/%u\n", prefix->length);
	}
}

static void add_missing(FILE *text, const char *path)
{
	fprintf(text, "%s -\n", path);
}

static void add_found(FILE *text, const char *path, const struct stat *st)
{
	fprintf(text, "%s %ju %ju %jd %jd.%09ld %jd.%09ld\n", path, (uintmax_t)st->st_dev, (uintmax_t)st->st_ino,
		(intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (intmax_t)st->st_ctim.tv_sec,
		st->st_ctim.tv_nsec);
}

/* False: there is no such file. */
static bool add_stat(FILE *text, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		add_missing(text, path);
		return false;
	}
	add_found(text, path, &st);
	return true;
}

/* The files that a profile consists of, and what it chooses. */
struct profile {
	FILE *text;
	unsigned left;
	char *root;    /* "host", "overlay" or an image; NULL: no file names one, and no shipped profile does */
	char *network; /* NULL: no file names one, and `job` has network open */
	bool failed;
};

/* A profile's own choice counts, not that of the one it extends. */
static void note(struct profile *profile, char **choice, const json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	if (value == NULL || *choice != NULL)
		return;
	*choice = strdup(value);
	profile->failed |= *choice == NULL;
}

/* A profile or a filter's policy, and the files that it names. */
static void add_file(struct profile *profile, const char *path, bool is_policy)
{
	static const char *const names[] = {"extends", "seccomp"};
	_cleanup_(freep) char *directory = path_directory(path);
	_cleanup_(json_drop) json_t *json = NULL;
	struct error ignored; /* the launcher says what is wrong with it */

	if (profile->left == 0)
		return;
	profile->left--;
	if (!add_stat(profile->text, path))
		return;
	json = json_file_read(AT_FDCWD, path, &ignored);
	if (!is_policy) {
		note(profile, &profile->root, json, "root");
		note(profile, &profile->network, json, "network");
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *other = json_string_value(json_object_get(json, names[i]));
		_cleanup_(freep) char *resolved = NULL;

		if (other == NULL || !path_is_file_reference(other))
			continue;
		resolved = *other == '/' ? strdup(other) : format("%s/%s", directory != NULL ? directory : ".", other);
		if (resolved != NULL)
			add_file(profile, resolved, is_policy || i > 0);
	}
}

/* An image's links are followed as its programs would follow them: sandbox/root/etc_facts.h. */
static void add_of_image(FILE *text, int image, const char *path)
{
	_cleanup_(close_fd) int fd = lookup_open(image, path, O_PATH, RESOLVE_IN_ROOT);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		add_missing(text, path);
	else
		add_found(text, path, &st);
}

/* A mount leads to what had the name when it was made: a change of that is seen in the sandbox, another file in its
 * place is not. The mount keeps the inode, so its number is not given away meanwhile. */
static void add_source(FILE *text, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		add_missing(text, path);
	else
		fprintf(text, "%s %ju %ju\n", path, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
}

/* Where the image is. NULL: nowhere, which the launcher says. */
static char *image_dir(const char *root)
{
	_cleanup_(freep) char *store = NULL;
	struct error ignored;

	if (strncmp(root, IMAGE_PREFIX, strlen(IMAGE_PREFIX)) != 0)
		return strdup(root);
	if (own_dir_images(environ, &store, &ignored) < 0 || store == NULL)
		return NULL;
	return format("%s/names/%s/root", store, root + strlen(IMAGE_PREFIX));
}

/* Those of the job's root that policy/etc/ makes others from. resolv.conf is made from the host's and compared by its
 * text. */
static void add_etc(FILE *text, const char *root)
{
	static const char *const files[] = {
		"/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname", "/etc/nsswitch.conf"};
	const bool is_image = root != NULL && image_is_root(root);
	_cleanup_(freep) char *dir = is_image ? image_dir(root) : NULL;
	_cleanup_(close_fd) int image = -1;

	/* Another tree, to which its name leads now. */
	if (dir != NULL) {
		add_source(text, dir);
		image = lookup_open(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (is_image)
			add_of_image(text, image, files[i]);
		else
			(void)add_stat(text, files[i]);
}

/* What the rules of `network: open` are made from. */
static int add_open_network(FILE *text, struct error *err)
{
	struct facts_network facts;
	int result = network_facts_detect(&facts, err);

	if (result == 0 && facts.routes_missing != NULL)
		result = error_set(err, 0, "%s", facts.routes_missing);
	if (result == 0) {
		add_prefixes(text, "host", &facts.routes.host);
		add_prefixes(text, "lan", &facts.routes.lan);
		fputs(facts.resolv_conf, text);
	}
	network_facts_free(&facts);
	return result;
}

/* Another network asks for nothing of the host's; one that the launcher does not know is its to refuse. */
static int add_network(FILE *text, const char *network, struct error *err)
{
	_cleanup_(freep) char *resolv_conf = NULL;
	struct error ignored;
	size_t len;

	if (network == NULL || strcmp(network, "open") == 0)
		return add_open_network(text, err);
	if (read_file_at(AT_FDCWD, "/etc/resolv.conf", RESOLV_CONF_MAX, &resolv_conf, &len, &ignored) == 0)
		fputs(resolv_conf, text);
	return 0;
}

static int add_profile(FILE *text, const char *name, const char *root, struct error *err)
{
	struct profile profile = {.text = text, .left = FILES_MAX};
	int result = 0;

	if (path_is_file_reference(name))
		add_file(&profile, name, false);
	add_etc(text, root != NULL ? root : profile.root);
	if (profile.failed)
		result = error_set(err, ENOMEM, "profile %s", name);
	else
		result = add_network(text, profile.network, err);
	free(profile.root);
	free(profile.network);
	return result;
}

/* Some resolvers write theirs anew all the time; its text is compared instead. */
static bool is_resolv_conf(const char *path)
{
	const char *name = strrchr(path, '/');

	return strcmp(name != NULL ? name + 1 : path, "resolv.conf") == 0 ||
	       strcmp(name != NULL ? name + 1 : path, "stub-resolv.conf") == 0;
}

/* Each version is mounted by itself (runner/job/tool_cache.h). One that comes or goes changes its tool's directory. */
static void add_tools(FILE *text, const char *tools)
{
	_cleanup_(close_dir) DIR *dir = opendir(tools);
	const struct dirent *entry;

	add_stat(text, tools);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_cleanup_(freep) char *tool = entry->d_name[0] != '.' ? format("%s/%s", tools, entry->d_name) : NULL;

		if (tool != NULL)
			add_stat(text, tool);
	}
}

static void add_shown(FILE *text, const struct world *world)
{
	for (size_t i = 0; i + 1 < world->rows.n; i += 2)
		if (!is_resolv_conf(world->rows.v[i]))
			add_source(text, world->rows.v[i]);
	for (size_t i = 1; i < world->shown.n; i++) {
		const char *value = world->shown.v[i];
		_cleanup_(freep) char *source = NULL;

		if (strcmp(world->shown.v[i - 1], "--ro") != 0)
			continue;
		source = strndup(value, strcspn(value, ":"));
		if (source != NULL)
			add_source(text, source);
	}
	if (world->tools != NULL)
		add_tools(text, world->tools);
}

char *surroundings_detect(const char *profile, const char *root, const struct world *world, struct error *err)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	bool failed, incomplete;

	if (stream == NULL) {
		error_set(err, ENOMEM, "what surrounds the sandbox");
		return NULL;
	}
	failed = add_profile(stream, profile, root, err) < 0;
	add_shown(stream, world);
	incomplete = ferror(stream) != 0;
	incomplete |= fclose(stream) != 0;
	if (incomplete && !failed) {
		error_set(err, ENOMEM, "what surrounds the sandbox");
		failed = true;
	}
	if (failed)
		freep(&text);
	return text;
}
