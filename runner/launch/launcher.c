#include "runner/launch/launcher.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"
#include "runner/config/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What the launcher itself needs of our environment, and what the profiles inherit by name. The last three are for a
 * cgroup of the job's, by hand or from the user's systemd; the last but one also for shared mirrors. Three say where
 * images are. */
static const char *const passed[] = {"PATH", "LANG", "TERM", "HOME", "COFFERDAM_IMAGES", "XDG_DATA_HOME",
	"COFFERDAM_CGROUP", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"};

/* What the launcher, its C library and the programs that it starts read; an '_' at the end stands for all names that
 * begin so. Nobody keeps a secret in one of them. */
static const char *const steering[] = {"PATH", "HOME", "TERM", "TMPDIR", "LANG", "LANGUAGE", "LOCPATH", "NLSPATH",
	"GCONV_PATH", "GLIBC_TUNABLES", "DBUS_SESSION_BUS_ADDRESS", "COFFERDAM_", "LC_", "LD_", "MALLOC_", "XDG_"};

static bool steers_the_launcher(const char *name)
{
	for (size_t i = 0; i < sizeof steering / sizeof steering[0]; i++) {
		const size_t len = strlen(steering[i]);

		if (steering[i][len - 1] == '_' ? strncmp(name, steering[i], len) == 0 : strcmp(name, steering[i]) == 0)
			return true;
	}
	return false;
}

void launch_init(struct launch *launch, const char *launcher, const char *profile, const char *id)
{
	memset(launch, 0, sizeof *launch);
	launch->launcher = launcher;
	launch->out = launch->err = -1;
	arguments_add(&launch->argv, "cofferdam");
	arguments_add(&launch->argv, "run");
	arguments_add_pair(&launch->argv, "--profile", "%s", profile);
	arguments_add_pair(&launch->argv, "--id", "%s", id);
	/* Where this goes, the Worker's errors are looked for. What was denied is in the report. */
	arguments_add(&launch->argv, "--quiet");
	for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
		if (getenv(passed[i]) != NULL)
			arguments_add(&launch->env, "%s=%s", passed[i], getenv(passed[i]));
}

void launch_inputs(struct launch *launch, unsigned to)
{
	for (const struct input *input = inputs; input->name != NULL; input++)
		if ((input->flags & to) != 0 && getenv(input->name) != NULL)
			launch_env(launch, input->name, getenv(input->name));
}

void launch_ro(struct launch *launch, const char *source, const char *inside)
{
	arguments_add_pair(&launch->argv, "--ro", "%s:%s", source, inside);
}

void launch_rw(struct launch *launch, const char *source, const char *inside)
{
	arguments_add_pair(&launch->argv, "--rw", "%s:%s", source, inside);
}

/* "NAME=VALUE", in place of an earlier one of that name: getenv(3) would find the first. */
static void set_env(struct launch *launch, const char *variable)
{
	size_t name = strcspn(variable, "=");

	for (size_t i = 0; i < launch->env.n; i++)
		if (strncmp(launch->env.v[i], variable, name + 1) == 0) {
			char *other = strdup(variable);

			if (other != NULL) {
				free(launch->env.v[i]);
				launch->env.v[i] = other;
			}
			launch->env.failed |= other == NULL;
			return;
		}
	arguments_add(&launch->env, "%s", variable);
}

void launch_env(struct launch *launch, const char *name, const char *value)
{
	_cleanup_(freep) char *variable = NULL;

	if (steers_the_launcher(name)) {
		arguments_add_pair(&launch->argv, "--env", "%s=%s", name, value);
		return;
	}
	variable = format("%s=%s", name, value);
	arguments_add_pair(&launch->argv, "--env", "%s", name);
	launch->env.failed |= variable == NULL;
	if (variable != NULL)
		set_env(launch, variable);
}

void launch_dist_env(struct launch *launch, const struct dist *dist)
{
	for (size_t i = 0; i < dist->env.n; i++) {
		const char *variable = dist->env.v[i];
		_cleanup_(freep) char *name = strndup(variable, strcspn(variable, "="));

		launch->env.failed |= name == NULL;
		if (name != NULL)
			launch_env(launch, name, variable + strlen(name) + 1);
	}
}

static void show_dist(
	struct launch *launch, const struct dist *dist, const char *how, const char *worker, const char *plugin_host)
{
	for (size_t i = 0; i < dist->n_entries; i++) {
		const struct dist_entry *entry = &dist->entries[i];

		arguments_add_pair(&launch->argv, entry->view ? "--view" : "--ro", "%s:%s/%s", entry->source, dist->dir,
			entry->name);
		if (entry->has_worker)
			arguments_add_pair(
				&launch->argv, how, "%s:%s/%s/Runner.Worker", worker, dist->dir, entry->name);
		if (entry->has_plugin_host && plugin_host != NULL)
			arguments_add_pair(
				&launch->argv, how, "%s:%s/%s/Runner.PluginHost", plugin_host, dist->dir, entry->name);
	}
}

void launch_dist(struct launch *launch, const struct dist *dist, const char *worker)
{
	show_dist(launch, dist, "--ro", worker, NULL);
}

void launch_dist_closed(struct launch *launch, const struct dist *dist, const char *worker, const char *plugin_host)
{
	show_dist(launch, dist, "--execute-only", worker, plugin_host);
}

static int add_fd(struct launch *launch, const char *option, int fd)
{
	int number = LAUNCH_FIRST_FD + launch->n_fds;

	launch->fds[launch->n_fds++] = fd;
	arguments_add_pair(&launch->argv, option, "%d", number);
	return number;
}

int launch_fd(struct launch *launch, int fd)
{
	return add_fd(launch, "--keep-fd", fd);
}

void launch_start_fd(struct launch *launch, int fd)
{
	add_fd(launch, "--start-fd", fd);
}

void launch_denials_fd(struct launch *launch, int fd)
{
	add_fd(launch, "--denials-fd", fd);
}

/* Moves the descriptors to 0, 1, 2, 3, … None may be in the way of another: all go above the range first. */
static int arrange(const struct launch *launch)
{
	int from[LAUNCH_FIRST_FD + LAUNCH_FDS_MAX], n = LAUNCH_FIRST_FD + launch->n_fds;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	from[0] = null;
	from[1] = launch->out >= 0 ? launch->out : null;
	from[2] = launch->err >= 0 ? launch->err : null;
	memcpy(from + LAUNCH_FIRST_FD, launch->fds, (size_t)launch->n_fds * sizeof(int));
	for (int i = 0; i < n; i++) {
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, n);
		if (from[i] < 0)
			return -1;
	}
	for (int i = 0; i < n; i++)
		if (dup2(from[i], i) < 0)
			return -1;
	return close_range((unsigned)n, ~0U, 0);
}

static void __attribute__((noreturn)) child(const struct launch *launch, pid_t parent)
{
	static const char failed[] = "cofferdam-runner: the launcher cannot be started\n";
	sigset_t none;

	sigemptyset(&none);
	/* Between fork(2) and prctl(2) the parent may have died already. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && arrange(launch) == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGHUP, SIG_DFL); /* what the supervisor ignores is not the job's to ignore */
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(launch->launcher, launch->argv.v, launch->env.v);
	}
	if (write(STDERR_FILENO, failed, sizeof failed - 1) < 0)
		_exit(STATUS_LAUNCHER);
	_exit(STATUS_LAUNCHER);
}

int launch_start(const struct launch *launch, pid_t *pid, struct error *err)
{
	pid_t parent = getpid();

	if (arguments_check(&launch->argv, err) < 0 || arguments_check(&launch->env, err) < 0)
		return -1;
	*pid = fork();
	if (*pid < 0)
		return error_set(err, errno, "fork");
	if (*pid == 0)
		child(launch, parent);
	return 0;
}

void launch_free(struct launch *launch)
{
	arguments_free(&launch->argv);
	arguments_free(&launch->env);
}
