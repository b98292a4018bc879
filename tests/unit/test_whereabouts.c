/* Where the sources of a plan lie, and where a report would. The links are those that a job can leave behind. */
#include "sandbox/files/whereabouts.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/place.h"

/* The workspace, which the job may write, and one more. */
static struct plan_mount mounts[2];
static const struct plan_root template = {.mounts = mounts, .n_mounts = 2};

static char *within(const struct place *place, const char *name)
{
	return name[0] == '/' ? strdup(name) : format("%s/%s", place->path, name);
}

static int make(void **state)
{
	const struct place *place;

	if (place_make(state) < 0)
		return -1;
	place = *state;
	place_dir(place, "ws", 0755);
	place_dir(place, "ws/sub", 0755);
	place_dir(place, "else", 0755);
	place_file(place, "else/program", "", 0111);
	return 0;
}

static void release(void)
{
	for (size_t i = 0; i < 2; i++) {
		free(mounts[i].source);
		free(mounts[i].target);
	}
}

static int resolve(const struct place *place, const char *source, bool execute_only, struct error *err)
{
	struct plan_root root = template;

	mounts[0] = (struct plan_mount){.kind = PLAN_MOUNT_BIND,
		.source = within(place, "ws"),
		.target = strdup("/workspace"),
		.writable = true};
	mounts[1] = (struct plan_mount){.kind = PLAN_MOUNT_BIND,
		.source = within(place, source),
		.target = strdup("/shown"),
		.execute_only = execute_only};
	return whereabouts_resolve(&root, err);
}

static void resolved(const struct place *place, const char *source, const char *to)
{
	_cleanup_(freep) char *expected = within(place, to);
	struct error err;

	if (resolve(place, source, false, &err) < 0)
		fail_msg("%s: %s", source, err.text);
	assert_string_equal(mounts[1].source, expected);
	/* Nobody gets to put a link in its place from now on. */
	assert_true(mounts[0].nofollow);
	assert_true(mounts[1].nofollow);
	release();
}

static void refused(const struct place *place, const char *source, bool execute_only, const char *why)
{
	struct error err = {0};

	if (resolve(place, source, execute_only, &err) == 0)
		fail_msg("%s: not refused", source);
	if (strstr(err.text, why) == NULL && strstr(err.hint, why) == NULL)
		fail_msg("%s: %s (%s)", source, err.text, err.hint);
	release();
}

static void sources_are_without_links(void **state)
{
	const struct place *place = *state;

	assert_int_equal(symlinkat("ws/sub", place->fd, "link"), 0);
	assert_int_equal(symlinkat("./link", place->fd, "chain"), 0);
	resolved(place, "ws/sub", "ws/sub");
	resolved(place, "link", "ws/sub");
	resolved(place, "chain", "ws/sub");
	resolved(place, "missing", "missing"); /* whoever opens it says so */
}

static void links_of_a_job_are_not_followed(void **state)
{
	static const char why[] = "a symbolic link where a job can write is not followed";
	const struct place *place = *state;

	assert_int_equal(symlinkat("/etc", place->fd, "ws/out"), 0);
	assert_int_equal(symlinkat("../else", place->fd, "ws/sub/up"), 0);
	assert_int_equal(symlinkat("ws", place->fd, "alias"), 0);
	assert_int_equal(symlinkat("loop", place->fd, "loop"), 0);
	refused(place, "ws/out", false, why);
	refused(place, "ws/out/passwd", false, why);
	refused(place, "ws/sub/up", false, why);
	refused(place, "alias/out", false, why);
	alarm(10); /* ends the test where it would hang */
	refused(place, "loop", false, "symbolic link");
	alarm(0);
}

static void neither_proc_nor_the_root_is_shown(void **state)
{
	const struct place *place = *state;

	assert_int_equal(symlinkat("/proc", place->fd, "proc"), 0);
	assert_int_equal(symlinkat("/", place->fd, "root"), 0);
	assert_int_equal(symlinkat("/proc/self/cwd", place->fd, "cwd"), 0);
	refused(place, "/proc/self", false, "lies in the host's /proc");
	refused(place, "proc", false, "lies in the host's /proc");
	refused(place, "root", false, "is the whole root");
	refused(place, "/usr/..", false, "is the whole root");
	refused(place, "cwd", false, "goes through /proc/PID/fd, cwd, root or exe");
}

static void a_program_to_be_executed_only_has_one_name(void **state)
{
	const struct place *place = *state;
	struct error err;

	assert_int_equal(resolve(place, "else/program", true, &err), 0);
	release();
	assert_int_equal(linkat(place->fd, "else/program", place->fd, "ws/program", 0), 0);
	refused(place, "else/program", true, "has another name");
	assert_int_equal(unlinkat(place->fd, "else/program", 0), 0);
	refused(place, "ws/program", true, "where the job can write");
}

/* `why`: NULL, it may be there. */
static void report(const struct place *place, const char *name, const char *why)
{
	_cleanup_(freep) char *path = within(place, name);
	_cleanup_(close_fd) int fd = -1;
	struct error err = {0};

	fd = whereabouts_open(&template, "report", path, &err);
	if ((fd < 0) != (why != NULL) || (why != NULL && strstr(err.text, why) == NULL))
		fail_msg("%s: %s", name, fd < 0 ? err.text : "not refused");
}

static void no_report_lies_where_a_job_writes(void **state)
{
	const struct place *place = *state;
	struct error err;

	assert_int_equal(symlinkat("ws", place->fd, "alias"), 0);
	assert_int_equal(symlinkat("../else", place->fd, "ws/out"), 0);
	assert_int_equal(symlinkat("ws/out", place->fd, "twice"), 0);
	assert_int_equal(resolve(place, "else", false, &err), 0);
	report(place, "r.json", NULL);
	report(place, "else/r.json", NULL); /* which is shown for reading */
	report(place, "ws/r.json", "where the job can write");
	report(place, "ws/sub/r.json", "where the job can write");
	report(place, "alias/sub/r.json", "where the job can write");
	report(place, "else/../ws/r.json", "where the job can write");
	/* These lead elsewhere as long as the job wants. */
	report(place, "ws/out/r.json", "where the job can write");
	report(place, "twice/r.json", "where the job can write");
	report(place, "missing/r.json", "No such file or directory");
	release();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sources_are_without_links),
		TEST(links_of_a_job_are_not_followed),
		TEST(neither_proc_nor_the_root_is_shown),
		TEST(a_program_to_be_executed_only_has_one_name),
		TEST(no_report_lies_where_a_job_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
