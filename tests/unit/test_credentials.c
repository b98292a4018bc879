#include "runner/config/credentials.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define JIT_NAME "ACTIONS_RUNNER_INPUT_JITCONFIG"

static char dir[64];

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < CREDENTIAL_COUNT; i++) {
		const char *name = credential_name((enum credential)i);
		char variable[64];

		snprintf(variable, sizeof variable, "%s_FILE", name);
		unsetenv(variable);
		unsetenv(name);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("COFFERDAM_SECRETS_FD");
	strcpy(dir, "/tmp/credentials-XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"TOKEN", "ACCESS_TOKEN", JIT_NAME, "file"};
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

/* Puts `text` into a file there. The path is valid until the next call. */
static const char *put(const char *name, const char *text, size_t len)
{
	static char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	return path;
}

/* Exactly this line, or none for NULL. No line shows a secret, which is "hush" in all tests. */
static void collect(struct credentials *credentials, const char *line)
{
	struct problems problems = {0};

	memset(credentials, 0, sizeof *credentials);
	credentials_collect(credentials, &problems);
	for (size_t i = 0; i < problems.n; i++)
		assert_null(strstr(problems.lines[i], "hush"));
	if (line != NULL)
		assert_string_equal(problems.n > 0 ? problems.lines[0] : "", line);
	else if (problems.n > 0)
		fail_msg("%s", problems.lines[0]);
	assert_int_equal(problems.n, line != NULL);
	problems_free(&problems);
}

static void none(void **state)
{
	struct credentials credentials;

	(void)state;
	setenv("TOKEN_FILE", "", 1);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	collect(&credentials, NULL);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		assert_null(credentials.secrets[i].text);
	credentials_free(&credentials);
	/* A value in the environment itself is never read: it came here in the memory file. */
	setenv("TOKEN", "hush", 1);
	collect(&credentials, NULL);
	assert_null(credentials.secrets[CREDENTIAL_TOKEN].text);
}

static void from_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
		struct credentials credentials;
		char variable[64];

		snprintf(variable, sizeof variable, "%s_FILE", credential_name((enum credential)i));
		setenv(variable, put("file", "hush.hush \t\r\n\n", 14), 1);
		collect(&credentials, NULL);
		for (size_t k = 0; k < CREDENTIAL_COUNT; k++)
			assert_int_equal(credentials.secrets[k].text != NULL, k == i);
		assert_string_equal(credentials.secrets[i].text, "hush.hush");
		assert_int_equal(credentials.secrets[i].len, 9);
		credentials_free(&credentials);
		assert_null(credentials.secrets[i].text);
		unsetenv(variable);
	}
}

static void from_systemd(void **state)
{
	struct credentials credentials;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	put("ACCESS_TOKEN", "hush\n", 5);
	put(JIT_NAME, "aHVzaA==", 8);
	collect(&credentials, NULL);
	assert_null(credentials.secrets[CREDENTIAL_TOKEN].text);
	assert_string_equal(credentials.secrets[CREDENTIAL_ACCESS_TOKEN].text, "hush");
	assert_string_equal(credentials.secrets[CREDENTIAL_JIT].text, "aHVzaA==");
	credentials_free(&credentials);
}

/* What is no token is named, whatever it is, and nothing of it shown. */
static void no_tokens(void **state)
{
	static char large[70000];
	const char *space = "TOKEN: not a token: contains a space, a line break or a non-ASCII byte";
	struct credentials credentials;

	(void)state;
	memset(large, 'h', sizeof large);
	setenv("TOKEN_FILE", put("file", large, sizeof large), 1);
	collect(&credentials, "TOKEN: not a token: 70000 bytes (GitHub's tokens are shorter than 4096 bytes)");
	credentials_free(&credentials);
	setenv("TOKEN_FILE", put("file", large, SECRET_TOKEN_MAX), 1);
	collect(&credentials, NULL);
	credentials_free(&credentials);
	setenv("TOKEN_FILE", put("file", "hush\r\nX-Y: hush", 15), 1);
	collect(&credentials, space);
	credentials_free(&credentials);
	setenv("TOKEN_FILE", put("file", "hu\0sh", 5), 1);
	collect(&credentials, space);
	credentials_free(&credentials);
	/* A JIT configuration is longer, and read as what it is. */
	unsetenv("TOKEN_FILE");
	setenv(JIT_NAME "_FILE", put("file", large, sizeof large), 1);
	collect(&credentials, NULL);
	credentials_free(&credentials);
}

static void bad_files(void **state)
{
	static char large[SECRET_MAX + 1];
	struct credentials credentials;
	char path[128], line[512];

	(void)state;
	snprintf(path, sizeof path, "%s/file", dir);
	setenv("TOKEN_FILE", path, 1);
	snprintf(line, sizeof line,
		"TOKEN: open %s: No such file or directory (name the file that holds the credential, as this process sees it)",
		path);
	collect(&credentials, line);
	put("file", "", 0);
	snprintf(line, sizeof line, "TOKEN: %s: empty (write the credential into it)", path);
	collect(&credentials, line);
	put("file", "\n \n", 3);
	collect(&credentials, line);
	memset(large, 'x', sizeof large);
	put("file", large, sizeof large);
	snprintf(line, sizeof line, "TOKEN: read %s: File too large", path);
	collect(&credentials, line);
	assert_null(credentials.secrets[CREDENTIAL_TOKEN].text);
	unsetenv("TOKEN_FILE");
	setenv(JIT_NAME "_FILE", put("file", large, SECRET_MAX), 1);
	collect(&credentials, NULL);
	assert_int_equal(credentials.secrets[CREDENTIAL_JIT].len, SECRET_MAX);
	unsetenv(JIT_NAME "_FILE");
	credentials_free(&credentials);
	setenv("TOKEN_FILE", dir, 1);
	snprintf(line, sizeof line, "TOKEN: read %s: Is a directory (name the file in it that holds the credential)",
		dir);
	collect(&credentials, line);
}

static void given_twice(void **state)
{
	struct credentials credentials;

	(void)state;
	setenv("ACCESS_TOKEN_FILE", put("file", "hush", 4), 1);
	put("ACCESS_TOKEN", "hush", 4);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	collect(&credentials,
		"ACCESS_TOKEN: given more than once (set it once: by value, by file, or as a systemd credential)");
	credentials_free(&credentials);
}

static void foreign_descriptor(void **state)
{
	static const char *const numbers[] = {"", "-1", "x", "99999999999", "1000000"};
	struct credentials credentials;
	char number[16];
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		setenv("COFFERDAM_SECRETS_FD", numbers[i], 1);
		collect(&credentials, "COFFERDAM_SECRETS_FD: not set by cofferdam-runner (unset it)");
		assert_null(getenv("COFFERDAM_SECRETS_FD"));
	}
	/* A memory file of somebody else's is neither read nor wiped nor closed: files on tmpfs(5) have seals, too. */
	fd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "TOKEN=hush", 11), 11);
	snprintf(number, sizeof number, "%d", fd);
	setenv("COFFERDAM_SECRETS_FD", number, 1);
	collect(&credentials, "COFFERDAM_SECRETS_FD: not set by cofferdam-runner (unset it)");
	assert_int_equal(pread(fd, number, sizeof number, 0), 11);
	assert_memory_equal(number, "TOKEN=hush", 11);
	close(fd);
}

/* What this program does when it is started with an argument: as the product's main() begins, then says what it has. */
static int start(char *argv[])
{
	struct credentials credentials = {0};
	struct problems problems = {0};
	static char environment[1 << 20];
	struct error err;
	FILE *file;
	size_t n;

	if (credentials_leave_environment(argv, &err) < 0)
		return 2;
	credentials_collect(&credentials, &problems);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		printf("%s ", credentials.secrets[i].text != NULL ? credentials.secrets[i].text : "-");
	for (size_t i = 0; i < problems.n; i++)
		printf("[%s] ", problems.lines[i]);
	file = fopen("/proc/self/environ", "r");
	n = file != NULL ? fread(environment, 1, sizeof environment, file) : 0;
	printf("%s %s %s %s", n > 0 ? "environ" : "nothing",
		memmem(environment, n, "hush", 4) != NULL ? "leaks" : "clean",
		memmem(environment, n, "KEEP=kept", 9) != NULL ? "kept" : "lost", argv[2]);
	if (getenv("ACTIONS_RUNNER_INPUT_PAT") != NULL)
		printf(" PAT=%s", getenv("ACTIONS_RUNNER_INPUT_PAT"));
	if (file != NULL)
		fclose(file);
	problems_free(&problems);
	credentials_free(&credentials);
	return 0;
}

/* Starts this program with that environment; what it says. */
static void expect_start(const char *const *variables, const char *expected)
{
	char said[512] = "";
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("KEEP", "kept", 1);
		for (; *variables != NULL; variables++)
			putenv((char *)*variables);
		execl("/proc/self/exe", "test_credentials", "start", "argument", (char *)NULL);
		_exit(3);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(said, expected);
}

#define LIST(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void out_of_the_environment(void **state)
{
	char file[128];

	(void)state;
	expect_start(LIST("OTHER=1"), "- - - - environ clean kept argument");
	expect_start(LIST("TOKEN=hush"), "hush - - - environ clean kept argument");
	expect_start(LIST("TOKEN=hush1", "ACCESS_TOKEN=hush2", JIT_NAME "=hush3"),
		"hush1 hush2 hush3 - environ clean kept argument");
	/* set but empty counts as not set */
	expect_start(LIST("TOKEN=", "ACCESS_TOKEN=hush"), "- hush - - environ clean kept argument");
	/* a descriptor that somebody else named is not believed beside ours */
	expect_start(LIST("COFFERDAM_SECRETS_FD=0", "TOKEN=hush"), "hush - - - environ clean kept argument");
	/* what is refused by name leaves, too */
	expect_start(LIST("ACTIONS_RUNNER_INPUT_PAT=hush", "APP_PRIVATE_KEY=hush"),
		"- - - hush environ clean kept argument PAT=withheld");
	snprintf(file, sizeof file, "TOKEN_FILE=%s", put("file", "hush", 4));
	expect_start(LIST("TOKEN=hush", file),
		"hush - - - [TOKEN: given more than once (set it once: by value, by file, or as a systemd credential)] environ clean kept argument");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(none),
		TEST(from_files),
		TEST(from_systemd),
		TEST(no_tokens),
		TEST(bad_files),
		TEST(given_twice),
		TEST(foreign_descriptor),
		TEST(out_of_the_environment),
	};

	if (argc == 3)
		return start(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
