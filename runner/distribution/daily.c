#include "runner/distribution/daily.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/distribution/fetch.h"
#include "runner/distribution/store.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY_S INT64_C(86400)
#define FINISH_NS (10 * NS_PER_S)
#define NICE 10

int64_t daily_left_s(time_t checked, time_t now)
{
	if (checked == 0 || now - checked >= DAY_S)
		return 0;
	return checked > now ? DAY_S : DAY_S - (now - checked);
}

static time_t read_checked(const char *dir)
{
	_cleanup_(store_close) struct store store = {.dirfd = -1, .lockfd = -1};
	struct error ignored; /* the fetch says it */

	return store_open(&store, dir, &ignored) == 0 ? store_checked(&store) : 0;
}

static bool may_list(enum credential credential)
{
	return credential == CREDENTIAL_ACCESS_TOKEN || credential == CREDENTIAL_APP;
}

void daily_begin(struct daily *daily, struct supervisor *supervisor)
{
	const struct config *config = &supervisor->config;
	_cleanup_(freep) char *dir = fetch_directory(config->state_dir);

	*daily = (struct daily){.supervisor = supervisor,
		.applies = config->runner_dir_is_fetched && config->has_url && may_list(config->credential) &&
			   dir != NULL};
	if (daily->applies)
		daily->checked = read_checked(dir);
}

/* In a process of its own. */
static int look(struct supervisor *supervisor)
{
	_cleanup_(freep) char *dir = fetch_directory(supervisor->config.state_dir);
	struct fetch newest = {.dir = dir,
		.config = &supervisor->config,
		.credentials = &supervisor->credentials,
		.administrator = &supervisor->administrator,
		.stop = &supervisor->stop};
	struct error err;

	supervisor->stop.bound = STOP_DRAIN;
	if (dir == NULL)
		error_set(&err, ENOMEM, "distributions");
	/* Locks of memory are not inherited. */
	else if (credentials_lock(&supervisor->credentials, &err) == 0 &&
		 administrator_lock(&supervisor->administrator, &err) == 0 && fetch(&newest, &err) == 0)
		return EXIT_SUCCESS;
	if (supervisor->stop.step == STOP_NONE) {
		error_context(&err, "the daily look for a new distribution (the next one is in a day)");
		log_error(&err);
	}
	return EXIT_FAILURE;
}

static void start(struct daily *daily)
{
	const pid_t parent = getpid();

	daily->checked = time(NULL);
	daily->fetcher = fork();
	if (daily->fetcher < 0) {
		log_line("the daily look for a new distribution: fork: %s", strerror(errno));
		daily->fetcher = 0;
	}
	if (daily->fetcher != 0)
		return;
	setpgid(0, 0); /* what a terminal sends is the supervisor's */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	setpriority(PRIO_PROCESS, 0, NICE);
	_exit(look(daily->supervisor));
}

int64_t daily_serve(struct daily *daily)
{
	int64_t left;

	if (!daily->applies)
		return -1;
	if (daily->fetcher != 0) {
		if (waitpid(daily->fetcher, NULL, WNOHANG) != daily->fetcher)
			return -1;
		daily->fetcher = 0;
	}
	left = daily_left_s(daily->checked, time(NULL));
	if (left > 0)
		return left * NS_PER_S;
	start(daily);
	return -1;
}

bool daily_hurry(struct daily *daily)
{
	const char *refused = daily->supervisor->dist.dir;

	if (!daily->applies)
		return false;
	if (daily->fetcher == 0 && daily->checked != 0) {
		if (daily->hurried != NULL && strcmp(daily->hurried, refused) == 0)
			return false;
		daily->checked = 0;
	}
	free(daily->hurried);
	daily->hurried = strdup(refused);
	return daily->hurried != NULL;
}

void daily_finish(struct daily *daily)
{
	free(daily->hurried);
	daily->hurried = NULL;
	if (daily->fetcher == 0)
		return;
	kill(daily->fetcher, SIGTERM);
	if (!process_reap(daily->fetcher, NULL, FINISH_NS)) {
		kill(daily->fetcher, SIGKILL);
		process_reap(daily->fetcher, NULL, PROCESS_KILL_LIMIT_NS);
	}
	daily->fetcher = 0;
}
