#include "runner/config/dist.h"

#include "common/cleanup.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/root/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/test_dist.XXXXXX";

static void put(const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static void make(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static const struct dist_entry *entry(const struct dist *dist, const char *name)
{
	for (size_t i = 0; i < dist->n_entries; i++)
		if (strcmp(dist->entries[i].name, name) == 0)
			return &dist->entries[i];
	return NULL;
}

static bool is_view(const struct dist *dist, const char *name)
{
	const struct dist_entry *found = entry(dist, name);

	return found != NULL && found->view;
}

static bool has_worker(const struct dist *dist, const char *name)
{
	const struct dist_entry *found = entry(dist, name);

	return found != NULL && found->has_worker;
}

static void env_file(void **state)
{
	struct arguments env = {0};

	(void)state;
	dist_parse_env("A=1\r\n# no\nB=two words=x\n\n=none\nC\nactions_runner_input_token=t\nD E=1\nF=", &env);
	assert_int_equal(env.n, 3);
	assert_string_equal(env.v[0], "A=1");
	assert_string_equal(env.v[1], "B=two words=x");
	assert_string_equal(env.v[2], "F=");
	arguments_free(&env);
}

/* What is the distribution's is shown; what is a runner's state is not, whatever its name. */
static void opened(void **state)
{
	struct dist dist;
	struct error err;

	(void)state;
	assert_int_equal(dist_open(&dist, directory, &err), 0);
	assert_true(has_worker(&dist, "bin"));
	assert_true(has_worker(&dist, "bin.2.336.0"));
	assert_non_null(entry(&dist, "run.sh"));
	assert_false(has_worker(&dist, "run.sh"));
	assert_non_null(entry(&dist, ".setup_info"));
	assert_null(entry(&dist, ".credentials"));
	assert_null(entry(&dist, ".credentials_rsaparams"));
	assert_null(entry(&dist, ".runner"));
	assert_null(entry(&dist, ".env"));
	assert_null(entry(&dist, "_work"));
	assert_null(entry(&dist, "dangling"));
	assert_int_equal(dist.env.n, 1);
	/* The archive that it came in is no file to copy for each job. */
	assert_true(is_view(&dist, "bin"));
	assert_true(is_view(&dist, "run.sh"));
	assert_non_null(entry(&dist, "runner.tar.gz"));
	assert_false(is_view(&dist, "runner.tar.gz"));
	dist_close(&dist);
}

/* Who owns the copy: an id that no job has, or we, where there are no subordinate ids. */
static uid_t spare_id(void)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};
	struct idmap uids, gids;
	struct error err;

	if (facts_idmap_detect(&facts, &err) < 0 || idmap_decide(&facts, getuid(), getgid(), &uids, &gids, &err) < 0)
		return getuid();
	return uids.spare;
}

static int closed_worker(const struct state *own, char **path, struct error *err)
{
	char worker[256];

	snprintf(worker, sizeof worker, "%s/bin/Runner.Worker", directory);
	return dist_closed_copy(worker, own, path, err);
}

/* The copy is execute-only, and there is a new one for a new version. */
static void worker(void **state)
{
	struct state own = {.dir = directory, .dirfd = open(directory, O_RDONLY | O_DIRECTORY)};
	char *first, *second;
	struct dist dist;
	struct error err;
	struct stat st;

	(void)state;
	assert_int_equal(dist_open(&dist, directory, &err), 0);
	assert_int_equal(closed_worker(&own, &first, &err), 0);
	assert_int_equal(stat(first, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0111);
	assert_true(st.st_uid == spare_id());
	assert_int_equal(st.st_size, 6);
	assert_int_equal(closed_worker(&own, &second, &err), 0);
	assert_string_equal(first, second);
	free(second);
	put("bin.2.336.0/Runner.Worker", "another", 0755);
	assert_int_equal(closed_worker(&own, &second, &err), 0);
	assert_string_not_equal(first, second);
	assert_int_equal(stat(second, &st), 0);
	assert_int_equal(st.st_size, 7);
	free(first);
	free(second);
	dist_close(&dist);
	close(own.dirfd);
}

/* A full disk, by the limit of a file's size. */
static void no_half_copy(void **state)
{
	struct rlimit before, none;
	struct state own = {.dir = directory, .dirfd = open(directory, O_RDONLY | O_DIRECTORY)};
	char *path = NULL, half[512];
	struct error err;

	(void)state;
	put("bin.2.336.0/Runner.Worker", "one more", 0755);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(closed_worker(&own, &path, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err.errnum, EFBIG);
	assert_non_null(path);
	snprintf(half, sizeof half, "%.*s/.half-%d", (int)(strrchr(path, '/') - path), path, getpid());
	assert_int_equal(access(half, F_OK), -1);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
	close(own.dirfd);
}

static void refused(void **state)
{
	struct dist dist;
	struct error err;

	(void)state;
	put("bin.2.336.0/Runner.Listener", "x", 0600);
	assert_true(dist_open(&dist, directory, &err) < 0);
	assert_non_null(strstr(err.text, "Runner.Listener: not a program"));
	dist_close(&dist);
	assert_true(dist_open(&dist, "/nowhere", &err) < 0);
	dist_close(&dist);
}

static int set_up(void **state)
{
	static const char *const files[] = {
		".credentials", ".credentials_rsaparams", ".runner", ".setup_info", "run.sh", "config.sh"};
	char link[256];

	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	make("bin.2.336.0");
	make("_work");
	put("bin.2.336.0/Runner.Listener", "listen", 0755);
	put("bin.2.336.0/Runner.Worker", "worker", 0755);
	put(".env", "A=1\n", 0600);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		put(files[i], "x", 0600);
	put("runner.tar.gz", "", 0600);
	snprintf(link, sizeof link, "%s/runner.tar.gz", directory);
	if (truncate(link, LAYERS_VIEW_FILE_MAX + 1) < 0)
		return -1;
	snprintf(link, sizeof link, "%s/bin", directory);
	if (symlink("bin.2.336.0", link) < 0)
		return -1;
	snprintf(link, sizeof link, "%s/dangling", directory);
	return symlink("nowhere", link);
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command); /* NOLINT(cert-env33-c): a name of our own */
}

/* What another process does while the lock is asked for. */
static enum { NOTHING, PRUNES, REMOVES } meanwhile;

/* In place of the C library's. */
int flock(int fd, int operation)
{
	const int now = meanwhile;
	char moved[64];

	meanwhile = NOTHING;
	if (now == PRUNES) {
		errno = EWOULDBLOCK;
		return -1;
	}
	if (now == REMOVES) {
		snprintf(moved, sizeof moved, "%s.removed", directory);
		assert_int_equal(rename(directory, moved), 0);
	}
	return (int)syscall(SYS_flock, fd, operation);
}

/* Somebody who looks whether it is in use must not keep it from being held, and what has lost its name is not used. */
static void held(void **state)
{
	struct error err;
	struct dist dist;
	char moved[64];
	int other;

	(void)state;
	meanwhile = PRUNES;
	assert_int_equal(dist_open(&dist, directory, &err), 0);
	other = open(directory, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	dist_close(&dist);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);

	meanwhile = REMOVES;
	assert_int_equal(dist_open(&dist, directory, &err), -1);
	assert_non_null(strstr(err.text, "removed meanwhile"));
	dist_close(&dist);
	snprintf(moved, sizeof moved, "%s.removed", directory);
	assert_int_equal(rename(moved, directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(env_file),
		cmocka_unit_test(opened),
		cmocka_unit_test(held),
		cmocka_unit_test(worker),
		cmocka_unit_test(no_half_copy),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
