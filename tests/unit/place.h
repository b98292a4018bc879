/* A fresh directory for each test, and the few things that tests make in one. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char path[64];
	int fd;
};

static inline int place_make(void **state)
{
	static struct place place;

	strcpy(place.path, "/tmp/cofferdam-unit.XXXXXX");
	if (mkdtemp(place.path) == NULL)
		return -1;
	place.fd = open(place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = &place;
	return place.fd < 0 ? -1 : 0;
}

static inline int place_remove(void **state)
{
	const struct place *place = *state;
	char command[160];

	close(place->fd);
	snprintf(command, sizeof command, "chmod -R u+rwX '%s'; rm -rf '%s'", place->path, place->path);
	return system(command); /* NOLINT(cert-env33-c): a test's own directory */
}

static inline void place_dir(const struct place *place, const char *path, mode_t mode)
{
	assert_int_equal(mkdirat(place->fd, path, 0755), 0);
	assert_int_equal(fchmodat(place->fd, path, mode, 0), 0);
}

static inline void place_file(const struct place *place, const char *path, const char *text, mode_t mode)
{
	int fd = openat(place->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Since Linux 5.8 anybody may make one. */
static inline void place_whiteout(const struct place *place, const char *path)
{
	if (mknodat(place->fd, path, S_IFCHR, makedev(0, 0)) == 0)
		return;
	if (errno != EPERM)
		fail_msg("%s: %s", path, strerror(errno));
	print_message("whiteouts: an outer seccomp filter lets no device be made\n");
	skip();
}

/* Directories "d" in each other, `n` of them, in that of `at`, which is closed. */
static inline void place_deep(int at, int n)
{
	for (int i = 0; i < n; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
}

static inline int place_open(const struct place *place, const char *path)
{
	int fd = openat(place->fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}
