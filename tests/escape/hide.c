/* Storing more than a limit under the eyes of a process that counts, directory after directory: with inotify(7) the
 * attack learns in which order it goes and how far it is, and moves what it stores to where the count has been. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORIES 1500 /* a count takes long enough to be overtaken */
#define STEP 16          /* MiB between two counts */
#define CHUNK (1 << 20)
#define LIMIT_MS 120000 /* for one event; counts come each second */

static char chunk[CHUNK];
static int watches[DIRECTORIES]; /* by directory */
static int order[DIRECTORIES];   /* directories, as the count comes by */

static void directory(char *name, size_t size, int number)
{
	snprintf(name, size, "d%d", number);
}

/* The directory of the next event, or the end of the attack. */
static int next_event(int fd, uint32_t *mask)
{
	static char buffer[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
	static ssize_t len, at;
	const struct inotify_event *event;

	if (at >= len) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (poll(&ready, 1, LIMIT_MS) != 1)
			untried("nobody comes to count");
		len = read(fd, buffer, sizeof buffer);
		at = 0;
		if (len <= 0)
			untried("inotify: %s", errno_name(errno));
	}
	event = (const struct inotify_event *)(buffer + at);
	at += (ssize_t)(sizeof *event + event->len);
	*mask = event->mask;
	for (int i = 0; i < DIRECTORIES; i++)
		if (watches[i] == event->wd)
			return i;
	return -1;
}

static int watch_all(void)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char name[16];

	for (int i = 0; i < DIRECTORIES; i++) {
		directory(name, sizeof name, i);
		if (mkdir(name, 0755) < 0)
			untried("mkdir: %s", errno_name(errno));
	}
	for (int i = 0; i < DIRECTORIES; i++) {
		directory(name, sizeof name, i);
		watches[i] = inotify_add_watch(fd, name, IN_OPEN | IN_CLOSE_NOWRITE | IN_ONLYDIR);
		if (watches[i] < 0)
			untried("inotify_add_watch: %s", errno_name(errno));
	}
	return fd;
}

/* One whole count: from the first directory that is opened after a pause to the last. */
static void learn_order(int fd)
{
	int n = 0;

	while (n < DIRECTORIES) {
		uint32_t mask;
		int i = next_event(fd, &mask);

		if (i < 0 || (mask & IN_OPEN) == 0)
			continue;
		/* The first count may have begun before the watches were there: only a whole round is an order. */
		for (int k = 0; k < n; k++)
			if (order[k] == i) {
				memmove(order, order + k + 1, sizeof order[0] * (size_t)(n - k - 1));
				n -= k + 1;
				break;
			}
		order[n++] = i;
	}
	for (int k = 1; k < DIRECTORIES; k++)
		if (k != DIRECTORIES / 2 && k != DIRECTORIES - 1)
			inotify_rm_watch(fd, watches[order[k]]);
}

static void move(int from, int to)
{
	char old[32], new[32];

	snprintf(old, sizeof old, "d%d/load", from);
	snprintf(new, sizeof new, "d%d/load", to);
	if (rename(old, new) < 0)
		untried("rename: %s", errno_name(errno));
}

static long store(int load, long stored, long wanted)
{
	for (int i = 0; i < STEP && stored < wanted; i++, stored++) {
		char name[32];
		int file;

		snprintf(name, sizeof name, "%ld", stored);
		file = openat(load, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (file < 0 || write(file, chunk, sizeof chunk) != (ssize_t)sizeof chunk)
			untried("write: %s", errno_name(errno));
		close(file);
	}
	return stored;
}

/* DIR MIB: stores that much below DIR, and is content when three counts have gone by after it. */
static void from_counts(char **args)
{
	const long wanted = atol(args[1]);
	char name[32];
	int fd, load, first, middle, last;
	long stored = 0;

	if (chdir(args[0]) < 0)
		untried("%s: %s", args[0], errno_name(errno));
	fd = watch_all();
	learn_order(fd);
	first = order[0];
	middle = order[DIRECTORIES / 2];
	last = order[DIRECTORIES - 1];
	snprintf(name, sizeof name, "d%d/load", last);
	if (mkdir(name, 0755) < 0 || (load = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		untried("%s: %s", name, errno_name(errno));
	for (int counts = 0, hidden = 0; counts < 3;) {
		uint32_t mask;
		int i = next_event(fd, &mask);

		if (i == middle && (mask & IN_OPEN) != 0 && !hidden) {
			move(last, first);
			hidden = 1;
		} else if (i == last && (mask & IN_CLOSE_NOWRITE) != 0 && hidden) {
			move(first, last);
			hidden = 0;
			counts += stored == wanted;
			stored = store(load, stored, wanted);
		}
	}
	succeeded("%ld MiB in %s, and three counts have gone by", wanted, args[0]);
}

static const struct attack attacks[] = {
	{"from-counts", 2, from_counts},
};

ATTACK_MAIN(attacks)
