#include "common/clock.h"
#include "runner/hold/channel.h"
#include "runner/hold/place.h"
#include "runner/hold/visit.h"
#include "runner/job/verdict.h"
#include "runner/worker/hold.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 10000

static char dir[64];
static int state = -1;

static int set_up(void **unused)
{
	(void)unused;
	strcpy(dir, "/tmp/hold-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	state = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return state < 0 ? -1 : 0;
}

static int tear_down(void **unused)
{
	char command[96];

	(void)unused;
	close(state);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* What holds, in a child that starts `script`; *slot is our end. Nothing else of it is ours. */
static pid_t start(const char *script, int *slot)
{
	char *const argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, (char *)(uintptr_t)script, NULL};
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		_exit(hold_run(ends[1], (char **)(uintptr_t)argv));
	}
	close(ends[1]);
	*slot = ends[0];
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	alarm(20);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	alarm(0);
	return status;
}

static enum hold_said hear(int slot, char why[HOLD_WHY_MAX])
{
	struct pollfd ready = {.fd = slot, .events = POLLIN};

	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	return hold_hear(slot, why);
}

/* It ends as the Worker has ended, and says nothing but of a failed job. */
static void ends_as_the_worker(void **unused)
{
	char why[HOLD_WHY_MAX];
	int slot, status;
	pid_t pid;

	(void)unused;
	pid = start("exit 100", &slot);
	assert_int_equal(hear(slot, why), HOLD_SAID_END);
	status = status_of(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 100);
	close(slot);
	pid = start("kill -KILL $$", &slot);
	assert_int_equal(hear(slot, why), HOLD_SAID_END);
	status = status_of(pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(slot);
	pid = start("exec /none", &slot);
	status = status_of(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 127);
	close(slot);
}

/* Where nobody wants it held, or nobody is there. */
static void a_failed_one(void **unused)
{
	struct verdict verdict;
	char why[HOLD_WHY_MAX];
	int slot, status;
	pid_t pid = start("exit 102", &slot);

	(void)unused;
	verdict_of_held(&verdict);
	assert_int_equal(verdict.code, 102);
	assert_string_equal(verdict.outcome, "failed");
	assert_int_equal(hear(slot, why), HOLD_SAID_FAILED);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	close(slot);
	status = status_of(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 102);
}

/* It ends processes of its own sandbox only. */
static void outside_a_sandbox(void **unused)
{
	char why[HOLD_WHY_MAX];
	int slot, status;
	pid_t pid = start("exit 102", &slot);

	(void)unused;
	assert_int_equal(hear(slot, why), HOLD_SAID_FAILED);
	assert_int_equal(hold_keep(slot), 0);
	assert_int_equal(hear(slot, why), HOLD_SAID_NOT_HELD);
	assert_string_equal(why, "not the command of a sandbox");
	status = status_of(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 102);
	close(slot);
}

/* A stop reaches the Worker, and what has failed by it is not held. */
static void told_to_end(void **unused)
{
	char why[HOLD_WHY_MAX], ready = 0;
	int slot, status, pipes[2];
	char script[128];
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe(pipes), 0);
	snprintf(script, sizeof script,
		"trap 'exit 102' TERM; echo >&%d; i=0; while [ $i -lt 400 ]; do sleep 0.05; i=$((i + 1)); done",
		pipes[1]);
	pid = start(script, &slot);
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	kill(pid, SIGTERM);
	assert_int_equal(hear(slot, why), HOLD_SAID_END);
	status = status_of(pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 102);
	close(slot);
	close(pipes[0]);
	close(pipes[1]);
}

static void make_job(const char *id)
{
	char path[64] = "jobs";

	mkdirat(state, path, 0700);
	snprintf(path, sizeof path, "jobs/%s", id);
	assert_int_equal(mkdirat(state, path, 0700), 0);
}

static void places(void **unused)
{
	struct hold_found found;
	struct error err;
	struct stat st;
	int one, two, client;

	(void)unused;
	assert_int_equal(hold_find(state, NULL, &found, &err), 0);
	assert_int_equal(found.n, 0);
	make_job("1-aa");
	make_job("11-bb");
	make_job("2-cc");
	one = hold_listen(state, "1-aa", &err);
	two = hold_listen(state, "11-bb", &err);
	assert_true(one >= 0 && two >= 0);
	assert_int_equal(fstatat(state, "jobs/1-aa/held", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(hold_find(state, NULL, &found, &err), 0);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.fd, -1);
	assert_non_null(strstr(found.names, "1-aa"));
	assert_non_null(strstr(found.names, "11-bb"));
	/* A slot's number is not the beginning of another's. */
	assert_int_equal(hold_find(state, "1", &found, &err), 0);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.id, "1-aa");
	close(found.fd);
	assert_int_equal(hold_find(state, "11-bb", &found, &err), 0);
	assert_string_equal(found.id, "11-bb");
	close(found.fd);
	assert_int_equal(hold_find(state, "2", &found, &err), 0);
	assert_int_equal(found.n, 0);
	assert_int_equal(hold_find(state, "1-a", &found, &err), 0);
	assert_int_equal(found.n, 0);
	while ((client = hold_accept(one)) >= 0)
		close(client);
	/* What a slot that was killed has left, and what is not held any more. */
	close(one);
	hold_unlisten(state, "11-bb", &two);
	assert_int_equal(two, -1);
	assert_int_equal(fstatat(state, "jobs/11-bb/held", &st, 0), -1);
	assert_int_equal(hold_find(state, NULL, &found, &err), 0);
	assert_int_equal(found.n, 0);
}

static void targets(void **unused)
{
	(void)unused;
	assert_true(hold_is_target("1"));
	assert_true(hold_is_target("12-ab2cd4ef"));
	assert_false(hold_is_target(""));
	assert_false(hold_is_target("-1"));
	assert_false(hold_is_target("../1"));
	assert_false(hold_is_target("1-A"));
	assert_false(hold_is_target("1111111111111111111111111111111111111111111111111111111111111111"));
}

static void wishes(void **unused)
{
	static const struct {
		const char *text;
		enum hold_wish wish;
		const char *term;
	} cases[] = {{"release", HOLD_WISH_RELEASE, ""}, {"shell xterm-256color", HOLD_WISH_SHELL, "xterm-256color"},
		{"shell ", HOLD_WISH_SHELL, ""}, {"shell a\nb", HOLD_WISH_SHELL, ""},
		{"shell aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", HOLD_WISH_SHELL, ""},
		{"released", HOLD_WISH_NONE, ""}, {"x", HOLD_WISH_NONE, ""}};
	char term[HOLD_TERM_MAX];
	int ends[2];

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		assert_int_equal(hold_say(ends[0], cases[i].text), 0);
		assert_int_equal(hold_wish(ends[1], term), cases[i].wish);
		assert_string_equal(term, cases[i].term);
		close(ends[0]);
		assert_int_equal(hold_wish(ends[1], term), HOLD_WISH_NONE);
		close(ends[1]);
	}
}

/* What a slot is told is one of few words; a descriptor that comes with them is dropped. */
static void words(void **unused)
{
	static const struct {
		const char *text;
		enum hold_said said;
		const char *why;
	} cases[] = {{"failed", HOLD_SAID_FAILED, ""}, {"held", HOLD_SAID_HELD, ""},
		{"not held: because", HOLD_SAID_NOT_HELD, "because"}, {"faile", HOLD_SAID_END, ""},
		{"held\n", HOLD_SAID_END, ""}};
	char why[HOLD_WHY_MAX];
	int ends[2];

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(hold_hear(ends[1], why), HOLD_SAID_NOTHING);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(hold_say(ends[0], cases[i].text), 0);
		assert_int_equal(hold_hear(ends[1], why), cases[i].said);
		assert_string_equal(why, cases[i].why);
	}
	close(ends[0]);
	assert_int_equal(hold_hear(ends[1], why), HOLD_SAID_END);
	close(ends[1]);
}

/* No terminal, no answer, an answer without one. */
static void visits_that_come_to_nothing(void **unused)
{
	static const struct {
		const char *answer, *error;
	} cases[] = {{"no shell: too many at once", "no shell: too many at once"},
		{"terminal", "the job has sent no terminal"}, {NULL, "the job is not held any more"}};
	struct error err;
	int ends[2];

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		if (cases[i].answer != NULL)
			assert_int_equal(hold_say(ends[0], cases[i].answer), 0);
		else
			shutdown(ends[0], SHUT_RDWR);
		assert_int_equal(hold_visit(&ends[1], "xterm", &err), -1);
		assert_string_equal(err.text, cases[i].error);
		assert_int_equal(ends[1], -1);
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_as_the_worker),
		cmocka_unit_test(a_failed_one),
		cmocka_unit_test(outside_a_sandbox),
		cmocka_unit_test(told_to_end),
		cmocka_unit_test_setup_teardown(places, set_up, tear_down),
		cmocka_unit_test(targets),
		cmocka_unit_test(wishes),
		cmocka_unit_test(words),
		cmocka_unit_test(visits_that_come_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
