#include "sandbox/root/mirror_list.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NEAR_DEPTH 3
#define LIST_MAX ((size_t)64 << 20)

/* A change just before the list began may get the same time as one just after: the clock of files moves in steps of up
 * to 10 ms. */
#define STEP_NS (20 * NS_PER_MS)

/* Followed by the path and a zero byte. */
struct record {
	uint64_t device, inode;
	int64_t changed_ns;
};

static int64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t time_ns(const struct timespec *time)
{
	return (int64_t)time->tv_sec * NS_PER_S + time->tv_nsec;
}

static struct record record_of(const struct stat *st)
{
	return (struct record){.device = st->st_dev, .inode = st->st_ino, .changed_ns = time_ns(&st->st_ctim)};
}

/* Directories that each have one for every package or language, which seldom gets another one in it: more than half of
 * what there is on three levels of /usr. */
static bool is_of_package(const char *path)
{
	static const char *const tops[] = {"share/doc/", "share/locale/"};

	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		if (strncmp(path, tops[i], strlen(tops[i])) == 0)
			return true;
	return false;
}

static bool is_near(const struct mirror_list *list, const char *path)
{
	unsigned slashes = 0;

	if (list->copy != PLAN_COPY_DIRECTORIES || strncmp(path, "local/", strlen("local/")) == 0)
		return true;
	for (const char *c = path; *c != '\0'; c++)
		slashes += *c == '/';
	return slashes < (is_of_package(path) ? NEAR_DEPTH - 1 : NEAR_DEPTH);
}

static void note(struct mirror_observer *observer, const char *path, const struct stat *st)
{
	struct mirror_list *list = (struct mirror_list *)observer;
	FILE *file = is_near(list, path) ? list->near : list->far;
	struct record record = record_of(st);

	if (record.changed_ns > list->began_ns - STEP_NS)
		record.changed_ns = 0; /* never equal: the next launch makes the mirror anew */
	list->failed |= fwrite(&record, sizeof record, 1, file) != 1 || fwrite(path, strlen(path) + 1, 1, file) != 1;
}

static FILE *create(int dir, const char *name)
{
	_cleanup_(close_fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file != NULL)
		take_fd(&fd);
	return file;
}

int mirror_list_begin(struct mirror_list *list, int dir, enum plan_copy copy, struct error *err)
{
	*list = (struct mirror_list){.observer.note = note,
		.copy = copy,
		.began_ns = realtime_ns(),
		.near = create(dir, "near"),
		.far = create(dir, "far")};
	if (list->near != NULL && list->far != NULL)
		return 0;
	error_set(err, errno, "mirror: list");
	mirror_list_end(list);
	return -1;
}

int mirror_list_end(struct mirror_list *list)
{
	bool failed = list->failed;

	failed |= list->near == NULL || fclose(list->near) != 0;
	failed |= list->far == NULL || fclose(list->far) != 0;
	list->near = list->far = NULL;
	return failed ? -1 : 0;
}

static bool file_holds(int dir, const char *name, int source)
{
	_cleanup_(freep) char *data = NULL;
	struct record record;
	struct stat st;
	struct error err;
	size_t len;

	if (read_file_at(dir, name, LIST_MAX, &data, &len, &err) < 0)
		return false;
	for (const char *at = data, *end = data + len; at < end;) {
		const char *path = at + sizeof record;
		const char *zero = (size_t)(end - at) > sizeof record ? memchr(path, '\0', (size_t)(end - path)) : NULL;
		struct record now;

		if (zero == NULL || fstatat(source, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return false;
		memcpy(&record, at, sizeof record);
		now = record_of(&st);
		if (memcmp(&record, &now, sizeof record) != 0)
			return false;
		at = zero + 1;
	}
	return true;
}

/* The time of `far` is when it was last compared. */
static bool is_due(int dir)
{
	struct stat st;
	int64_t age_ns;

	if (fstatat(dir, "far", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	age_ns = realtime_ns() - time_ns(&st.st_mtim);
	return age_ns < 0 || age_ns > MIRROR_LIST_FAR_NS;
}

bool mirror_list_holds(int dir, int source)
{
	if (!file_holds(dir, "near", source))
		return false;
	return !is_due(dir) ||
	       (file_holds(dir, "far", source) && utimensat(dir, "far", NULL, AT_SYMLINK_NOFOLLOW) == 0);
}
