#include "runner/hold/place.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "jobs"
#define NAME "held"
#define ID_ALPHABET "0123456789abcdefghijklmnopqrstuvwxyz-"

/* By the descriptor of the state directory: its path may be longer than an address can be. unix(7) */
static void address_of(struct sockaddr_un *address, int state_dirfd, const char *id)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" DIRECTORY "/%.63s/" NAME, state_dirfd,
		id);
}

static void path_of(char path[128], const char *id)
{
	snprintf(path, 128, DIRECTORY "/%s/" NAME, id);
}

int hold_listen(int state_dirfd, const char *id, struct error *err)
{
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	char path[128];

	address_of(&address, state_dirfd, id);
	path_of(path, id);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
		fchmodat(state_dirfd, path, 0600, 0) < 0 || listen(fd, 8) < 0)
		return error_set(err, errno, "%s", path);
	return take_fd(&fd);
}

void hold_unlisten(int state_dirfd, const char *id, int *listening)
{
	char path[128];

	if (*listening < 0)
		return;
	path_of(path, id);
	unlinkat(state_dirfd, path, 0);
	close_fd(listening);
}

int hold_accept(int listening)
{
	_cleanup_(close_fd) int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.uid != geteuid())
		return -1;
	return take_fd(&fd);
}

bool hold_is_target(const char *text)
{
	const size_t len = strlen(text);

	return len > 0 && len < sizeof((struct hold_found *)NULL)->id && text[0] != '-' &&
	       strspn(text, ID_ALPHABET) == len;
}

/* An id is "SLOT-RANDOM". */
static bool is_named(const char *id, const char *target)
{
	const size_t len = target != NULL ? strlen(target) : 0;

	return target == NULL || strcmp(id, target) == 0 ||
	       (strncmp(id, target, len) == 0 && id[len] == '-' && strchr(target, '-') == NULL);
}

/* -1: it is not held. What a slot that was killed has left refuses. */
static int connect_to(int state_dirfd, const char *id)
{
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	address_of(&address, state_dirfd, id);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -1;
	return take_fd(&fd);
}

static void note(struct hold_found *found, const char *id)
{
	const size_t used = strlen(found->names);

	snprintf(found->names + used, sizeof found->names - used, "%s%s", used > 0 ? ", " : "", id);
}

int hold_find(int state_dirfd, const char *target, struct hold_found *found, struct error *err)
{
	const int fd = openat(state_dirfd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	*found = (struct hold_found){.fd = -1};
	if (list == NULL && errno == ENOENT)
		return 0;
	if (list == NULL)
		return error_set(err, errno, DIRECTORY);
	while ((entry = readdir(list)) != NULL) {
		_cleanup_(close_fd) int connection =
			hold_is_target(entry->d_name) ? connect_to(state_dirfd, entry->d_name) : -1;

		if (connection < 0)
			continue;
		note(found, entry->d_name);
		if (!is_named(entry->d_name, target))
			continue;
		if (++found->n > 1) {
			close_fd(&found->fd);
			continue;
		}
		found->fd = take_fd(&connection);
		snprintf(found->id, sizeof found->id, "%.63s", entry->d_name);
	}
	return 0;
}
