#include "image/manifest.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 512
#define WORDS 7
#define BLOCK ((size_t)256 << 10)
#define ESCAPED_MAX (4 * PATH_MAX)
#define LINE_SIZE (2 * ESCAPED_MAX + 256)

struct walk {
	const struct image_size *most;
	image_manifest_line *each;
	void *context;
	uint64_t apparent; /* bytes */
	struct image_size size;
	char *block;
	char path[ESCAPED_MAX + NAME_MAX * 4 + 2]; /* escaped, of the directory or file at hand */
	char target[ESCAPED_MAX];
	char line[LINE_SIZE + ESCAPED_MAX];
};

static bool is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '\\';
}

static void escape(const char *text, size_t len, char *to)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (is_plain(text[i])) {
			*to++ = text[i];
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
}

/* A separator comes before every other character but the end. */
static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

int image_manifest_order(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

const char *image_manifest_path(const char *line)
{
	for (int word = 1; word < WORDS; word++) {
		const size_t len = strcspn(line, " ");

		if (len == 0 || line[len] == '\0')
			return NULL;
		line += len + 1;
	}
	return line[0] != '\0' && strchr(line, ' ') == NULL ? line : NULL;
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFCHR:
		return 'c';
	default:
		return 'b';
	}
}

static int hash_file(struct walk *walk, int dirfd, const char *name, const struct stat *found, struct error *err)
{
	_cleanup_(close_fd) int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	SHA2_CTX sha;
	ssize_t n;

	if (fd < 0 && errno == EACCES) {
		memcpy(walk->target, "?", 2);
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != found->st_ino)
		return error_set(err, fd < 0 ? errno : EAGAIN, "%s", walk->path);
	SHA256Init(&sha);
	while ((n = read(fd, walk->block, BLOCK)) > 0)
		SHA256Update(&sha, (const uint8_t *)walk->block, (size_t)n);
	if (n < 0)
		return error_set(err, errno, "%s", walk->path);
	SHA256End(&sha, walk->target);
	return 0;
}

static int read_target(struct walk *walk, int dirfd, const char *name, struct error *err)
{
	char text[PATH_MAX];
	const ssize_t n = readlinkat(dirfd, name, text, sizeof text - 1);

	if (n < 0)
		return error_set(err, errno, "%s", walk->path);
	escape(text, (size_t)n, walk->target);
	return 0;
}

static int count(struct walk *walk, const struct stat *st, struct error *err)
{
	const uint64_t size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;

	walk->size.entries++;
	walk->size.bytes += (uint64_t)st->st_blocks * 512 / (S_ISDIR(st->st_mode) ? 1 : st->st_nlink);
	if (walk->size.entries > walk->most->entries)
		return error_set(err, 0, "more than %llu entries", (unsigned long long)walk->most->entries);
	if (!__builtin_add_overflow(walk->apparent, size, &walk->apparent) && walk->apparent <= walk->most->bytes)
		return 0;
	error_set(err, 0, "%s: more than %llu bytes up to here", walk->path, (unsigned long long)walk->most->bytes);
	return error_hint(err, "--size SIZE allows more");
}

/* A directory whose entries cannot be read is `closed`. */
static int emit(struct walk *walk, int dirfd, const char *name, const struct stat *st, bool closed, struct error *err)
{
	int result = 0;

	memcpy(walk->target, closed ? "?" : "-", 2);
	if (count(walk, st, err) < 0)
		return -1;
	if (S_ISREG(st->st_mode))
		result = hash_file(walk, dirfd, name, st, err);
	else if (S_ISLNK(st->st_mode))
		result = read_target(walk, dirfd, name, err);
	if (result < 0)
		return -1;
	snprintf(walk->line, sizeof walk->line, "%c %04o %u %u %lld %s %s", type_of(st->st_mode),
		(unsigned)st->st_mode & 07777, st->st_uid, st->st_gid,
		S_ISREG(st->st_mode) ? (long long)st->st_size : 0LL, walk->target, walk->path);
	return walk->each(walk->context, walk->line, walk->path, err);
}

/* The names of a directory, as they are: escaped they can be four times as long. */
struct names {
	char **v;
	size_t n, room;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}

int image_manifest_name_order(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\0' || *b == '\0')
		return (*a != '\0') - (*b != '\0');
	if (!is_plain(*a) && !is_plain(*b))
		return (unsigned char)*a - (unsigned char)*b; /* as their digits */
	return (is_plain(*a) ? *a : '\\') - (is_plain(*b) ? *b : '\\');
}

static int compare(const void *a, const void *b)
{
	return image_manifest_name_order(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct names *names, const char *name)
{
	if (names->n == names->room) {
		char **grown = reallocarray(names->v, names->room + 64 + names->room / 2, sizeof *grown);

		if (grown == NULL)
			return -1;
		names->room += 64 + names->room / 2;
		names->v = grown;
	}
	names->v[names->n] = strdup(name);
	if (names->v[names->n] == NULL)
		return -1;
	names->n++;
	return 0;
}

static int read_names(const struct walk *walk, int fd, struct names *names, struct error *err)
{
	_cleanup_(close_dir) DIR *dir = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), more;
	const struct dirent *entry;

	dir = copy >= 0 ? fdopendir(copy) : NULL;
	if (dir == NULL) {
		close_fd(&copy);
		return error_set(err, errno, "%s", walk->path);
	}
	while ((more = next_entry(dir, &entry)) > 0) {
		if (names->n + walk->size.entries >= walk->most->entries)
			return error_set(err, 0, "more than %llu entries", (unsigned long long)walk->most->entries);
		if (add_name(names, entry->d_name) < 0)
			return error_set(err, ENOMEM, "%s", walk->path);
	}
	if (more < 0)
		return error_set(err, errno, "%s", walk->path);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof *names->v, compare);
	return 0;
}

static int walk_directory(struct walk *walk, int fd, unsigned depth, struct error *err);

static int walk_entry(struct walk *walk, int dirfd, const char *name, unsigned depth, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "%s", walk->path);
	if (S_ISDIR(st.st_mode))
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (S_ISDIR(st.st_mode) && fd < 0 && errno != EACCES)
		return error_set(err, errno, "%s", walk->path);
	if (emit(walk, dirfd, name, &st, S_ISDIR(st.st_mode) && fd < 0, err) < 0)
		return -1;
	return fd >= 0 ? walk_directory(walk, fd, depth + 1, err) : 0;
}

static int walk_directory(struct walk *walk, int fd, unsigned depth, struct error *err)
{
	_cleanup_(names_free) struct names names = {.n = 0};
	const size_t len = strlen(walk->path);

	if (depth > DEPTH_MAX)
		return error_set(err, 0, "%.200s…: more than %d directories deep", walk->path, DEPTH_MAX);
	if (read_names(walk, fd, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		/* There is room for one name more than is allowed. */
		walk->path[len] = '/';
		escape(names.v[i], strlen(names.v[i]), walk->path + len + 1);
		if (strlen(walk->path) >= ESCAPED_MAX) {
			walk->path[len] = '\0';
			return error_set(err, ENAMETOOLONG, "%.200s…", walk->path);
		}
		if (walk_entry(walk, fd, names.v[i], depth, err) < 0)
			return -1;
		walk->path[len] = '\0';
	}
	return 0;
}

int image_manifest_walk(int rootfd, const struct image_size *most, image_manifest_line *each, void *context,
	struct image_size *size, struct error *err)
{
	_cleanup_(freep) struct walk *walk = calloc(1, sizeof *walk);
	_cleanup_(freep) char *block = malloc(BLOCK);
	struct stat st;

	if (walk == NULL || block == NULL)
		return error_set(err, ENOMEM, "manifest");
	*walk = (struct walk){.most = most, .each = each, .context = context, .block = block, .path = "."};
	if (fstat(rootfd, &st) < 0)
		return error_set(err, errno, "manifest");
	if (emit(walk, rootfd, ".", &st, false, err) < 0 || walk_directory(walk, rootfd, 0, err) < 0)
		return -1;
	*size = walk->size;
	return 0;
}
