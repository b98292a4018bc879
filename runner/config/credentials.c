#include "runner/config/credentials.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "common/phrases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Says to the second start which descriptor holds the secrets of the first. */
#define SECRETS_FD "COFFERDAM_SECRETS_FD"
/* On the memory file: no file of anybody else's has just these. Writing stays, to wipe it. */
#define SEALS (F_SEAL_GROW | F_SEAL_SHRINK)
#define SECRETS_MAX (CREDENTIAL_COUNT * (SECRET_MAX + 64))

static const char *const names[CREDENTIAL_COUNT] = {
	[CREDENTIAL_TOKEN] = "TOKEN",
	[CREDENTIAL_ACCESS_TOKEN] = "ACCESS_TOKEN",
	[CREDENTIAL_JIT] = "ACTIONS_RUNNER_INPUT_JITCONFIG",
	[CREDENTIAL_APP] = "APP_PRIVATE_KEY",
};

/* Not read, but not to be kept either: the configuration refuses them by name. */
static const char *const refused[] = {
	"ACTIONS_RUNNER_INPUT_TOKEN", "ACTIONS_RUNNER_INPUT_PAT", "RUNNER_TOKEN", "GITHUB_PAT"};

const char *credential_name(enum credential which)
{
	return names[which];
}

/* The value in "NAME=VALUE", or NULL when it is another variable. */
static char *value_of(char *variable, const char *name)
{
	size_t len = strlen(name);

	return strncmp(variable, name, len) == 0 && variable[len] == '=' ? variable + len + 1 : NULL;
}

static bool is_credential(char *variable)
{
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		if (value_of(variable, names[i]) != NULL)
			return true;
	return false;
}

/* For a secret that is refused the name stays, without the value. */
static char *without_value(char *variable)
{
	static char emptied[sizeof refused / sizeof refused[0]][64];

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const char *value = value_of(variable, refused[i]);

		if (value != NULL && *value != '\0' && strcmp(value, "withheld") != 0) {
			snprintf(emptied[i], sizeof emptied[i], "%s=withheld", refused[i]);
			return emptied[i];
		}
	}
	return variable;
}

static bool environment_has_secret(void)
{
	for (char **e = environ; *e != NULL; e++)
		if (is_credential(*e) || without_value(*e) != *e)
			return true;
	return false;
}

/* The secrets as "NAME=VALUE" records, each with its NUL. */
static int write_memory_file(struct error *err)
{
	_cleanup_(close_fd) int fd = memfd_create("cofferdam-secrets", MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_set(err, errno, "memfd_create");
	for (char **e = environ; *e != NULL; e++)
		if (is_credential(*e) && write_all(fd, *e, strlen(*e) + 1) < 0)
			return error_set(err, errno, "memory file");
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return error_set(err, errno, "memory file");
	return take_fd(&fd);
}

int credentials_leave_environment(char *const argv[], struct error *err)
{
	static char fd_variable[sizeof SECRETS_FD + 16];
	_cleanup_(close_fd) int fd = -1;
	_cleanup_(freep) char **clean = NULL;
	size_t n = 0;

	if (!environment_has_secret())
		return 0;
	while (environ[n] != NULL)
		n++;
	clean = calloc(n + 2, sizeof *clean);
	if (clean == NULL)
		return error_set(err, ENOMEM, "environment");
	fd = write_memory_file(err);
	if (fd < 0)
		return -1;
	n = 0;
	for (char **e = environ; *e != NULL; e++)
		if (!is_credential(*e) && value_of(*e, SECRETS_FD) == NULL)
			clean[n++] = without_value(*e);
	snprintf(fd_variable, sizeof fd_variable, SECRETS_FD "=%d", fd);
	clean[n] = fd_variable;
	execve("/proc/self/exe", argv, clean);
	return error_set(err, errno, "exec /proc/self/exe");
}

bool credentials_have_left(void)
{
	return getenv(SECRETS_FD) != NULL;
}

static void take_records(struct credentials *credentials, char *text, size_t len, struct problems *problems)
{
	for (char *record = text; record < text + len; record += strlen(record) + 1)
		for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
			struct error err;
			const char *value = value_of(record, names[i]);

			if (value == NULL || *value == '\0' || credentials->secrets[i].text != NULL)
				continue;
			if (secret_set(&credentials->secrets[i], value, strlen(value), &err) < 0)
				problem_error(problems, names[i], &err);
		}
}

/* Takes over what the first start left, and wipes the memory file. */
static int take_memory_file(struct credentials *credentials, const char *number, struct problems *problems)
{
	_cleanup_(close_fd) int fd = -1;
	struct error err;
	struct stat st;
	uint64_t n;
	void *text;

	if (parse_count(number, INT_MAX, &n, &err) < 0 || fcntl((int)n, F_GET_SEALS) != SEALS)
		return -1;
	fd = (int)n;
	if (fstat(fd, &st) < 0 || st.st_size < 0 || (size_t)st.st_size > SECRETS_MAX)
		return -1;
	if (st.st_size == 0)
		return 0;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (text == MAP_FAILED)
		return -1;
	if (((char *)text)[st.st_size - 1] == '\0')
		take_records(credentials, text, (size_t)st.st_size, problems);
	explicit_bzero(text, (size_t)st.st_size);
	munmap(text, (size_t)st.st_size);
	return 0;
}

static void take_file(struct secret *secret, const char *name, const char *path, struct problems *problems)
{
	struct error err;

	if (secret->text != NULL)
		problem(problems, "set it once: by value, by file, or as a systemd credential",
			"%s: " PHRASE_GIVEN_AGAIN, name);
	else if (secret_read(secret, path, SECRET_READ_LIMIT_NS, &err) < 0)
		problem_error(problems, name, &err);
}

static void check_token(const struct secret *secret, enum credential which, struct problems *problems)
{
	struct error err;

	if (secret->text != NULL && (which == CREDENTIAL_TOKEN || which == CREDENTIAL_ACCESS_TOKEN) &&
		secret_check_token(secret, &err) < 0)
		problem_error(problems, names[which], &err);
}

void credentials_collect(struct credentials *credentials, struct problems *problems)
{
	const char *number = getenv(SECRETS_FD), *directory = getenv("CREDENTIALS_DIRECTORY");

	if (number != NULL && take_memory_file(credentials, number, problems) < 0)
		problem(problems, "unset it", SECRETS_FD ": not set by cofferdam-runner");
	unsetenv(SECRETS_FD);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
		_cleanup_(freep) char *file_name = format("%s_FILE", names[i]);
		_cleanup_(freep) char *path = directory != NULL ? format("%s/%s", directory, names[i]) : NULL;
		const char *file = file_name != NULL ? getenv(file_name) : NULL;

		if (file != NULL && *file != '\0')
			take_file(&credentials->secrets[i], names[i], file, problems);
		if (path != NULL && (access(path, F_OK) == 0 || errno != ENOENT))
			take_file(&credentials->secrets[i], names[i], path, problems);
		check_token(&credentials->secrets[i], (enum credential)i, problems);
	}
}

int credentials_lock(const struct credentials *credentials, struct error *err)
{
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		if (secret_lock(&credentials->secrets[i], err) < 0)
			return error_context(err, "%s", names[i]);
	return 0;
}

void credentials_free(struct credentials *credentials)
{
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		secret_free(&credentials->secrets[i]);
}
