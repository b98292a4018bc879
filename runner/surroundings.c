#include "runner/surroundings.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/path.h"
#include "runner/json_file.h"
#include "sandbox/network_facts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* One file extends another, which extends another; the launcher refuses a longer chain, and a circle. */
#define FILES_MAX 32

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

/* A profile or a filter's policy, and the files that it names. */
static void add_file(FILE *text, const char *path, unsigned *left)
{
	static const char *const names[] = {"extends", "seccomp"};
	_cleanup_(freep) char *directory = path_directory(path);
	_cleanup_(json_drop) json_t *json = NULL;
	struct error ignored; /* the launcher says what is wrong with it */
	struct stat st;

	if (*left == 0)
		return;
	--*left;
	if (stat(path, &st) < 0) {
		fprintf(text, "%s -\n", path);
		return;
	}
	fprintf(text, "%s %ju %ju %jd %jd.%09ld %jd.%09ld\n", path, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
		(intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec,
		st.st_ctim.tv_nsec);
	json = json_file_read(AT_FDCWD, path, &ignored);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *other = json_string_value(json_object_get(json, names[i]));
		_cleanup_(freep) char *resolved = NULL;

		if (other == NULL || !path_is_file_reference(other))
			continue;
		resolved = *other == '/' ? strdup(other) : format("%s/%s", directory != NULL ? directory : ".", other);
		if (resolved != NULL)
			add_file(text, resolved, left);
	}
}

char *surroundings_look(const char *profile)
{
	struct facts_network facts;
	struct error ignored; /* the launcher says it, where it matters */
	unsigned left = FILES_MAX;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	bool failed = network_facts_look(&facts, &ignored) < 0 || facts.routes_missing != NULL;

	if (stream == NULL) {
		network_facts_free(&facts);
		return NULL;
	}
	if (!failed) {
		add_prefixes(stream, "host", &facts.routes.host);
		add_prefixes(stream, "lan", &facts.routes.lan);
		fputs(facts.resolv_conf, stream);
	}
	network_facts_free(&facts);
	if (path_is_file_reference(profile))
		add_file(stream, profile, &left);
	failed |= ferror(stream) != 0;
	failed |= fclose(stream) != 0;
	if (failed)
		freep(&text);
	return failed ? NULL : text;
}
