#include "runner/worker/hold_others.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INIT 1
#define COMMAND 2 /* ourselves, in a sandbox; elsewhere we would end all that our user runs */
/* The broker of sudo, where there is one, is the third process of a sandbox, and root's: nobody of the job can end it
 * who may not end us. sandbox/broker.h */
#define BROKER 3
#define TRIES 500
#define PAUSE_NS 10000000

/* -1: they cannot be counted. Those that have ended count until PID 1 has reaped them. */
static int count_others(void)
{
	DIR *list = opendir("/proc");
	const struct dirent *entry;
	int n = 0;

	if (list == NULL)
		return -1;
	while ((entry = readdir(list)) != NULL) {
		const long pid = strtol(entry->d_name, NULL, 10);

		n += pid > 0 && pid != INIT && pid != BROKER && pid != COMMAND;
	}
	closedir(list);
	return n;
}

const char *hold_others_end(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int n = -1;

	if (getpid() != COMMAND)
		return "not the command of a sandbox";
	/* Once is enough: a process with SIGKILL pending cannot fork. */
	kill(-1, SIGKILL);
	for (int i = 0; i < TRIES && (n = count_others()) > 0; i++)
		nanosleep(&pause, NULL);
	if (n < 0)
		return "processes of the job cannot be counted in /proc";
	return n > 0 ? "processes that the job has left running, of another user in the sandbox, cannot be ended"
		     : NULL;
}
