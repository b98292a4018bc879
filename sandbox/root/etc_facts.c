#include "sandbox/root/etc_facts.h"

#include "common/cleanup.h"
#include "sandbox/files/lookup.h"
#include "sandbox/identity/user.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_no_file(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP || errnum == ENXIO;
}

/* What may not be read stays as it is. */
static int not_opened(const char *path, struct facts_etc_file *file, struct error *err)
{
	file->missing = is_no_file(errno);
	if (file->missing || errno == EACCES)
		return 0;
	return error_set(err, errno, "%s", path);
}

/* A file that is being written may be read in part, as by any other reader. */
static int read_file(int fd, const char *path, size_t size, char **text, struct error *err)
{
	_cleanup_(freep) char *bytes = malloc(size + 1);
	size_t len = 0;

	if (bytes == NULL)
		return error_set(err, ENOMEM, "plan");
	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, errno, "%s", path);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	bytes[len] = '\0';
	if (strlen(bytes) == len) /* a file with a NUL is not text, and stays as it is */
		*text = take_ptr(bytes);
	return 0;
}

/* For a file whose old text does not matter, since the new text is not made from it: only whether it exists. */
static int detect_presence(int rootfd, const char *path, struct facts_etc_file *file, struct error *err)
{
	if (rootfd == AT_FDCWD && faccessat(rootfd, path, F_OK, 0) < 0)
		return not_opened(path, file, err);
	if ((file->text = strdup("")) == NULL)
		return error_set(err, ENOMEM, "plan");
	return 0;
}

static int detect_one(int rootfd, const char *path, struct facts_etc_file *file, struct error *err)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	_cleanup_(close_fd) int fd = rootfd == AT_FDCWD ? open(path, flags) /* the administrator's */
							: lookup_open(rootfd, path, flags, RESOLVE_IN_ROOT);
	struct stat st;

	if (fd < 0)
		return not_opened(path, file, err);
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "%s", path);
	file->missing = !S_ISREG(st.st_mode);
	if (file->missing || st.st_size > ETC_FILE_MAX)
		return 0;
	return read_file(fd, path, (size_t)st.st_size, &file->text, err);
}

static int detect_all(int rootfd, struct facts_etc *facts, struct error *err)
{
	for (enum etc_name name = 0; name < ETC_RESOLV_CONF; name++) {
		char path[ETC_PATH_MAX];

		etc_path(name, path);
		if ((name == ETC_HOSTNAME ? detect_presence : detect_one)(rootfd, path, &facts->files[name], err) < 0)
			return -1;
	}
	return 0;
}

static int detect_image(const char *dir, struct facts_etc *facts, struct error *err)
{
	_cleanup_(close_fd) int image = lookup_open(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0), etc = -1;

	if (image < 0 && (is_no_file(errno) || errno == EACCES))
		return 0; /* whoever shows it says why */
	if (image < 0) {
		error_set(err, errno, "root: %s", dir);
		return lookup_hint(err);
	}
	etc = lookup_open(image, "etc", O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	facts->no_directory = etc < 0 && errno != ENOENT;
	if (etc < 0 && !is_no_file(errno) && errno != EACCES)
		return error_set(err, errno, "root: %s/etc", dir);
	return detect_all(image, facts, err);
}

/* The caller's, if somebody else than the file knows it. */
static void ask_name(struct facts_etc *facts)
{
	const char *passwd = facts->files[ETC_PASSWD].text, *nsswitch = facts->files[ETC_NSSWITCH].text;
	_cleanup_(user_free) struct user user = {0};
	struct error ignored; /* then it has another name */

	if (passwd == NULL || nsswitch == NULL || !etc_nsswitch_knows_more(nsswitch) ||
		etc_passwd_has(passwd, geteuid()))
		return;
	if (user_by_uid(geteuid(), &user, &ignored) == 1)
		facts->user = take_ptr(user.name);
}

int etc_facts_detect(
	const struct plan_root *root, enum plan_identity_kind identity, struct facts_etc *facts, struct error *err)
{
	*facts = (struct facts_etc){0};
	if (root->kind == PLAN_ROOT_DIR)
		return root->dir != NULL ? detect_image(root->dir, facts, err) : 0;
	if (detect_all(AT_FDCWD, facts, err) < 0)
		return -1;
	if (identity == PLAN_IDENTITY_SINGLE)
		ask_name(facts);
	return 0;
}

void etc_facts_free(struct facts_etc *facts)
{
	for (unsigned i = 0; i < ETC_COUNT; i++)
		free(facts->files[i].text);
	free(facts->user);
	*facts = (struct facts_etc){0};
}
