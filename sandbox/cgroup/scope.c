#include "sandbox/cgroup/scope.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/process/exec.h"
#include "sandbox/process/program.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUARD "COFFERDAM_SCOPE" /* set: we are what systemd-run started, whatever became of it */
#define LIMIT_NS (20 * NS_PER_S)
#define OUTPUT_MAX ((size_t)64 << 10)

/* Newer ones expand variables in the arguments, or warn that they will; older ones do not know the option. */
static char *const newer[] = {"systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes",
	"--expand-environment=no", "--", NULL};
static char *const older[] = {
	"systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes", "--", NULL};

static size_t count(char *const args[])
{
	size_t n = 0;

	while (args[n] != NULL)
		n++;
	return n;
}

/* `before`, `self` and `after` in one list, which the caller frees; the strings are not copied. */
static char **join(char *const before[], char *self, char *const after[])
{
	const size_t n = count(before), m = count(after);
	char **args = calloc(n + 1 + m + 1, sizeof *args);

	if (args == NULL)
		return NULL;
	memcpy(args, before, n * sizeof *args);
	args[n] = self;
	memcpy(args + n + 1, after, m * sizeof *args);
	return args;
}

/* Whether the user's manager listens: its own socket, which it has whenever it runs. */
static bool manager_listens(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	_cleanup_(close_fd) int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n;

	if (sock < 0 || runtime == NULL)
		return false;
	n = snprintf(address.sun_path, sizeof address.sun_path, "%s/systemd/private", runtime);
	return n > 0 && (size_t)n < sizeof address.sun_path &&
	       connect(sock, (const struct sockaddr *)&address, sizeof address) == 0;
}

/* The last line of what a command printed. */
static const char *last_line(char *text, size_t len)
{
	const char *newline;

	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	newline = strrchr(text, '\n');
	return newline != NULL ? newline + 1 : text;
}

static void become_quietly(const char *program, char *const args[], int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execv(program, args);
	_exit(exec_status(errno));
}

static int own_path(char *self, size_t size, struct error *err)
{
	ssize_t len = readlink("/proc/self/exe", self, size - 1);

	if (len < 0)
		return error_set(err, errno, "systemd-run: /proc/self/exe");
	self[len] = '\0';
	return 0;
}

/* A scope for something that ends at once, so that a refusal is reported as ours: once we have become systemd-run it
 * would be its own, with an exit code that looks like the command's. */
static int try(const char *program, char *const before[], char *self, struct error *err)
{
	static char *const version[] = {"--version", NULL};
	_cleanup_(freep) char **args = join(before, self, version);
	_cleanup_(freep) char *said = NULL;
	_cleanup_(close_fd) int output = memfd_create("systemd-run", MFD_CLOEXEC);
	int status;
	size_t len = 0;
	pid_t pid;

	if (args == NULL || output < 0)
		return error_set(err, errno, "systemd-run: memfd");
	pid = fork();
	if (pid == 0)
		become_quietly(program, args, output);
	if (pid < 0)
		return error_set(err, errno, "systemd-run: fork");
	if (wait_limited(pid, LIMIT_NS, &status, err) < 0)
		return error_context(err, "systemd-run");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (lseek(output, 0, SEEK_SET) < 0 || read_all(output, OUTPUT_MAX, &said, &len) < 0)
		len = 0;
	return error_set(err, 0, "systemd-run --user --scope: %s",
		len > 0 ? last_line(said, len) : "it failed without a message");
}

static int run_anew(const char *program, char *const before[], char *self, char *const argv[], struct error *err)
{
	_cleanup_(freep) char **args = join(before, self, argv);

	if (args == NULL || setenv(GUARD, "1", 1) < 0)
		return error_set(err, ENOMEM, "systemd-run");
	execv(program, args);
	return error_set(err, errno, "systemd-run: exec");
}

int scope_enter(char *const argv[], struct error *err)
{
	_cleanup_(freep) char *program = NULL;
	char *const *before = newer;
	char self[PATH_MAX];

	if (getenv(GUARD) != NULL || !manager_listens())
		return 0;
	program = program_find("systemd-run");
	if (program == NULL)
		return 0;
	if (own_path(self, sizeof self, err) < 0)
		return -1;
	if (try(program, newer, self, err) < 0) {
		before = older;
		if (try(program, older, self, err) < 0)
			return -1;
	}
	return run_anew(program, before, self, argv, err);
}
