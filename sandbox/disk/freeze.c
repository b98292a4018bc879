#include "sandbox/disk/freeze.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "common/io.h"
#include "common/mountinfo.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#define HELD "TtDZX" /* states of a thread that does nothing */
#define POLL_MS 1

#define FIELD_STATE 3
#define FIELD_START 22

/* State, parent and start of a process or thread; the name between parentheses may hold anything. */
static bool read_stat(int dirfd, const char *id, struct freeze_process *process)
{
	char path[280], text[512];
	const char *after;
	char *rest;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/stat", id);
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	after = strrchr(text, ')');
	if (after == NULL || after[1] != ' ' || after[2] == '\0' || after[3] != ' ')
		return false;
	process->state = after[2];
	process->parent = (pid_t)strtol(after + 4, &rest, 10);
	for (int field = FIELD_STATE + 2; field < FIELD_START && rest != NULL; field++)
		rest = strchr(rest + 1, ' ');
	if (rest == NULL)
		return false;
	process->start = strtoull(rest, NULL, 10);
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct freeze_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct freeze_process *find(struct freeze_process *processes, size_t n, pid_t pid)
{
	const struct freeze_process key = {.pid = pid};

	return n == 0 ? NULL : bsearch(&key, processes, n, sizeof key, by_pid);
}

/* Every process that can be seen. False when memory ran out. */
static bool list_all(struct freeze_process **list, size_t *n)
{
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	size_t room = 0;
	int more = -1;

	*list = NULL;
	*n = 0;
	while (proc != NULL && (more = next_entry(proc, &entry)) > 0) {
		struct freeze_process one = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};

		if (one.pid <= 0 || !read_stat(dirfd(proc), entry->d_name, &one))
			continue;
		if (*n == room) {
			struct freeze_process *grown = reallocarray(*list, room += 512, sizeof **list);

			if (grown == NULL)
				return false;
			*list = grown;
		}
		(*list)[(*n)++] = one;
	}
	if (*n > 0)
		qsort(*list, *n, sizeof **list, by_pid);
	return more == 0;
}

/* Keeps those that descend from `init`. */
static void keep_descendants(struct freeze_process *list, size_t *n, pid_t init)
{
	size_t n_kept = 0;

	for (bool found = true; found;) {
		found = false;
		for (size_t i = 0; i < *n; i++) {
			const struct freeze_process *parent = find(list, *n, list[i].parent);

			if (list[i].depth != 0 || list[i].pid == init)
				continue;
			if (list[i].parent == init)
				list[i].depth = 1;
			else if (parent != NULL && parent->depth != 0)
				list[i].depth = parent->depth + 1;
			found |= list[i].depth != 0;
		}
	}
	for (size_t i = 0; i < *n; i++)
		if (list[i].depth != 0)
			list[n_kept++] = list[i];
	*n = n_kept;
}

bool freeze_list(pid_t init, struct freeze_process **list, size_t *n)
{
	const bool listed = list_all(list, n);

	keep_descendants(*list, n, init);
	return listed;
}

/* Whether a thread of it runs or could; whether one waits for something that no signal ends. */
static void inspect_threads(int proc, struct freeze_process *process)
{
	_cleanup_(close_dir) DIR *tasks = NULL;
	const struct dirent *entry;
	bool waiting = false;
	char path[32];
	int fd;

	snprintf(path, sizeof path, "%d/task", process->pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tasks = fd >= 0 ? fdopendir(fd) : NULL;
	while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
		struct freeze_process thread;

		if (entry->d_name[0] == '.' || !read_stat(fd, entry->d_name, &thread))
			continue;
		process->running |= strchr(HELD, thread.state) == NULL;
		waiting |= thread.state == 'D';
	}
	process->due = process->running || (waiting && !process->stopped);
}

/* The number may be another process's by now: a job can see to it that one of any other of its user's gets it. */
static bool tell(int proc, const struct freeze_process *process, int sig)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(process->pid, 0);
	struct freeze_process now;
	char id[16];

	snprintf(id, sizeof id, "%d", process->pid);
	/* The descriptor holds it; only now its start says whether it is the right one. */
	return pidfd >= 0 && read_stat(proc, id, &now) && now.start == process->start &&
	       pidfd_send_signal(pidfd, sig, NULL, 0) == 0;
}

/* Parents before their children, which otherwise they might see stop. A tracer may have kept the last SIGSTOP from a
 * process before it was stopped itself, so whatever runs gets another. */
static bool stop_next(struct freeze *still, bool at_once)
{
	_cleanup_(close_fd) int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned depth = UINT_MAX;
	bool calm = proc >= 0;

	for (size_t i = 0; i < still->n; i++) {
		struct freeze_process *process = &still->processes[i];

		inspect_threads(proc, process);
		calm &= !process->due;
		if (process->due && process->depth < depth)
			depth = process->depth;
	}
	for (size_t i = 0; i < still->n; i++) {
		struct freeze_process *process = &still->processes[i];

		if (process->due && (at_once || process->depth == depth))
			process->stopped = tell(proc, process, SIGSTOP) || process->stopped;
	}
	return calm;
}

/* Inspects all once, and signals those whose turn it is. True when there were none. */
static bool inspect_all(struct freeze *still, bool at_once)
{
	_cleanup_(freep) struct freeze_process *before = still->processes;
	const size_t n_before = still->n;
	const bool listed = freeze_list(still->init, &still->processes, &still->n);

	for (size_t i = 0; i < still->n; i++) {
		const struct freeze_process *known = find(before, n_before, still->processes[i].pid);

		still->processes[i].stopped =
			known != NULL && known->start == still->processes[i].start && known->stopped;
	}
	return stop_next(still, at_once) && listed;
}

int freeze_check(struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	struct mountinfo line;
	bool hides = false;
	size_t len;
	char *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, err) < 0)
		return -1;
	rest = text;
	while (mountinfo_next(&rest, &line)) /* the last one on a path is the one that is seen */
		if (strcmp(line.point, "/proc") == 0)
			hides = strstr(line.super, "hidepid=") != NULL && strstr(line.super, "hidepid=0") == NULL &&
				strstr(line.super, "hidepid=off") == NULL;
	return hides ? error_set(err, 0, "/proc is mounted with hidepid: not every process of a job can be seen") : 0;
}

bool freeze_begin(struct freeze *still, long long limit_ns)
{
	const int64_t end = clock_monotonic_ns() + limit_ns, polite = end - limit_ns / 2;
	unsigned calm = 0;

	/* Twice: a process made during the first pass may have a number that the pass was beyond already. */
	while (calm < 2) {
		calm = inspect_all(still, clock_monotonic_ns() >= polite) ? calm + 1 : 0;
		if (calm == 0 && clock_monotonic_ns() >= end)
			return false;
		if (calm == 0)
			poll(NULL, 0, POLL_MS);
	}
	return true;
}

void freeze_end(struct freeze *still)
{
	_cleanup_(close_fd) int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned deepest = 0;

	for (size_t i = 0; i < still->n; i++)
		if (still->processes[i].depth > deepest)
			deepest = still->processes[i].depth;
	for (unsigned depth = deepest; depth > 0; depth--)
		for (size_t i = 0; i < still->n; i++)
			if (still->processes[i].depth == depth && still->processes[i].stopped)
				tell(proc, &still->processes[i], SIGCONT);
	freep(&still->processes);
	still->n = 0;
}
