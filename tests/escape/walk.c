/* Looking for what the host has by name and by content, everywhere that a job can look. */
#include "tests/escape/probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *wanted;
static char found[4096];
static int inspected;

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	inspected++;
	/* The distribution's own files are many, and the same for everybody. */
	if (type == FTW_D && at->level == 1 && strcmp(path + at->base, "usr") == 0)
		return FTW_SKIP_SUBTREE;
	if (strcmp(path + at->base, wanted) != 0)
		return FTW_CONTINUE;
	snprintf(found, sizeof found, "%s", path);
	return FTW_STOP;
}

/* file ROOT NAME: below ROOT, which may be a magic link of /proc. */
static void find_file(char **args)
{
	char start[4096];

	wanted = args[1];
	snprintf(start, sizeof start, "%s/.", args[0]);
	nftw(start, visit, 32, FTW_PHYS | FTW_ACTIONRETVAL);
	if (found[0] != '\0')
		succeeded("found %s", found);
	if (inspected == 0)
		blocked("%s: cannot be walked (%s)", args[0], errno_name(errno));
	blocked("%s: not among %d files", args[0], inspected);
}

static bool contains(const char *path, const char *text)
{
	char data[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof data);

	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(data, (size_t)n, text, strlen(text)) != NULL;
}

/* proc FILE TEXT: /proc/PID/FILE of every process, for its environment, command line or name. */
static void find_text(char **args)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[512], reversed[256] = "";
	size_t len = strlen(args[1]);
	int n = 0;

	/* Given backwards, so that this program's own arguments do not hold it. */
	for (size_t i = 0; i < len && i + 1 < sizeof reversed; i++)
		reversed[i] = args[1][len - 1 - i];
	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		n++;
		snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, args[0]);
		if (contains(path, reversed))
			succeeded("found in %s", path);
	}
	blocked("%s: not with any of %d processes", args[0], n);
}

static const struct attack attacks[] = {
	{"file", 2, find_file},
	{"proc", 2, find_text},
};

ATTACK_MAIN(attacks)
