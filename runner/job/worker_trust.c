#include "runner/job/worker_trust.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define EMPTY "closed/empty"
#define SYSTEMD "closed/systemd"

/* Below the home. A step may keep certificates of its own here, but for the last, the ones that are trusted. */
static const char *const way[] = {
	".dotnet", ".dotnet/corefx", ".dotnet/corefx/cryptography", ".dotnet/corefx/cryptography/x509stores"};
#define TRUSTED ".dotnet/corefx/cryptography/x509stores/root"

static const char *const sockets[] = {"/run/avahi-daemon", "/run/nscd", "/run/nslcd", "/run/samba"};

/* Of these the profile shows what the host has: a mount needs something to lie on, and there it cannot be made. */
static const char *const files[] = {"/resolve/resolv.conf", "/resolve/stub-resolv.conf"};

static int make_place(const struct state *state, const char *file, struct error *err)
{
	_cleanup_(freep) char *host = format("/run/systemd%s", file), *place = format(SYSTEMD "%s", file);
	_cleanup_(close_fd) int fd = -1;

	if (host == NULL || place == NULL)
		return error_set(err, ENOMEM, "%s", state->dir);
	if (access(host, F_OK) < 0)
		return unlinkat(state->dirfd, place, 0) == 0 || errno == ENOENT
			       ? 0
			       : error_set(err, errno, "%s/%s", state->dir, place);
	fd = openat(state->dirfd, place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? error_set(err, errno, "%s/%s", state->dir, place) : 0;
}

/* The job's user may be another than the one that owns them. On the host the state directory is closed. */
static int make_open(const struct state *state, const char *directory, struct error *err)
{
	if (make_directories(state->dirfd, directory, err) < 0)
		return -1;
	return fchmodat(state->dirfd, directory, 0755, 0) < 0 ? error_set(err, errno, "%s/%s", state->dir, directory)
							      : 0;
}

int worker_trust_make(const struct state *state, struct error *err)
{
	if (make_open(state, EMPTY, err) < 0 || make_open(state, SYSTEMD, err) < 0 ||
		make_open(state, SYSTEMD "/resolve", err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (make_place(state, files[i], err) < 0)
			return -1;
	return 0;
}

static void cover(struct launch *launch, const struct state *state, const char *source, const char *inside)
{
	arguments_add_pair(&launch->argv, "--ro", "%s/%s:%s", state->dir, source, inside);
}

void worker_trust_cover(struct launch *launch, const struct state *state, const char *home)
{
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++)
		arguments_add_pair(&launch->argv, "--tmpfs", "%s/%s", home, way[i]);
	arguments_add_pair(&launch->argv, "--ro", "%s/" EMPTY ":%s/" TRUSTED, state->dir, home);
	cover(launch, state, SYSTEMD, "/run/systemd");
	for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
		cover(launch, state, EMPTY, sockets[i]);
}
