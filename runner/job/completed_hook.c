#include "runner/job/completed_hook.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "ACTIONS_RUNNER_HOOK_JOB_COMPLETED"
#define NAME "cofferdam-job-completed.sh"
#define RECORD "cofferdam-denials"

/* For "bash -e" or "sh -e", by builtins alone: PATH may be a step's. What cannot be read is not said, and fails
 * nothing.
 * `$1` is for a test. In a workflow command "%" is written %25: with %0A a process's name would begin another line. */
static const char script[] =
	"note() {\n"
	"	rest=$1 text=\n"
	"	while :; do\n"
	"		case $rest in\n"
	"		*%*) text=$text${rest%%\\%*}%25 rest=${rest#*%} ;;\n"
	"		*) break ;;\n"
	"		esac\n"
	"	done\n"
	"	printf '::warning::cofferdam: %s\\n' \"$text$rest\"\n"
	"}\n"
	"limit() {\n"
	"	most= refused=0\n"
	"	read -r most <\"$1/pids.max\" || :\n"
	"	while read -r name count; do\n"
	"		case $name in max) refused=$count ;; esac\n"
	"	done <\"$1/pids.events\" || :\n"
	"	case $refused in 0) return ;; esac\n"
	"	note \"limit of $most processes reached, $refused times: run fewer at once, or ask for a higher limit"
	" (profile key pids)\"\n"
	"}\n"
	"denials() {\n"
	"	n=0 named=\n"
	"	while read -r line; do\n"
	"		n=$((n + 1))\n"
	"		case $n in\n"
	"		1) named=$line ;;\n"
	"		2 | 3) named=\"$named, $line\" ;;\n"
	"		4) named=\"$named and others\" ;;\n"
	"		esac\n"
	"		printf 'cofferdam: denied: %s\\n' \"$line\"\n"
	"	done <\"$1\" || :\n"
	"	case $n in 0) return ;; esac\n"
	"	note \"denied system calls: $named\"\n"
	"}\n"
	"{ limit \"${1:-/sys/fs/cgroup}\"; denials \"${0%/*}/" RECORD "\"; } 2>/dev/null || :\n";

/* Nothing of ours is left in the process or in its environment. $BASH is the bash that the Worker has found. */
static const char become[] = "export " VARIABLE "='%s'\n"
			     "case ${BASH:-} in '') exec sh -e '%s' ;; *) exec \"$BASH\" -e '%s' ;; esac\n";

static const char *administrators(const struct supervisor *supervisor)
{
	const char *value = dist_env(&supervisor->dist, VARIABLE);

	if (value == NULL)
		value = getenv(VARIABLE);
	return value != NULL && *value != '\0' ? value : NULL;
}

bool completed_hook_is_wanted(const struct supervisor *supervisor, const char **next)
{
	const char *ending = ".sh";
	size_t len;

	*next = administrators(supervisor);
	if (*next == NULL)
		return supervisor->config.job_notes == JOB_NOTES_ALWAYS;
	/* Which program runs another one only the Worker knows. */
	len = strlen(*next);
	return supervisor->config.job_notes != JOB_NOTES_NEVER && len > strlen(ending) &&
	       strcmp(*next + len - strlen(ending), ending) == 0 && strchr(*next, '\'') == NULL;
}

static int make(const char *dir, const char *name, const char *text, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", dir, name);
	_cleanup_(close_fd) int fd = -1;

	if (path == NULL)
		return error_set(err, ENOMEM, "%s", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* The job may be another user; on the host the directory is closed. */
	if (fd < 0 || fchmod(fd, 0644) < 0 || write_all(fd, text, strlen(text)) < 0)
		return error_set(err, errno, "%s", path);
	return 0;
}

int completed_hook_make(const char *dir, const char *next, struct error *err)
{
	_cleanup_(freep) char *last = next != NULL ? format(become, next, next, next) : strdup("");
	_cleanup_(freep) char *text = last != NULL ? format("%s%s", script, last) : NULL;

	if (text == NULL)
		return error_set(err, ENOMEM, "%s", dir);
	return make(dir, RECORD, "", err) < 0 ? -1 : make(dir, NAME, text, err);
}

void completed_hook_show(struct launch *launch, const char *dir, const char *runner)
{
	_cleanup_(freep) char *inside = format("%s/" NAME, runner);

	arguments_add_pair(&launch->argv, "--ro", "%s/" NAME ":%s/" NAME, dir, runner);
	arguments_add_pair(&launch->argv, "--ro", "%s/" RECORD ":%s/" RECORD, dir, runner);
	launch_env(launch, VARIABLE, inside != NULL ? inside : "");
}

int completed_hook_record(struct launch *launch, const char *dir, int *fd, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/" RECORD, dir);

	*fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	if (*fd < 0)
		return error_set(err, path != NULL ? errno : ENOMEM, "%s/" RECORD, dir);
	launch_denials_fd(launch, *fd);
	return 0;
}
