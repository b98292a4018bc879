#include "sandbox/process/image.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3 */
#endif

#define COPY_SIZE ((size_t)16 << 20)

static int create(const char *what, const char *name, struct error *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before 6.3 all were executable */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0)
		return fd;
	error_set(err, errno, "%s: memfd_create", what);
	return err->errnum == EACCES
		       ? error_hint(err, "vm.memfd_noexec is 2: Cofferdam runs programs of its own from such files")
		       : -1;
}

/* Before anything is written, which would be a signal, setrlimit(2). */
static int refuse_limit(const char *what, size_t size, struct error *err)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_FSIZE, &most) < 0 || most.rlim_cur >= size)
		return 0;
	error_set(err, EFBIG, "%s: write", what);
	return error_hint(err, "files of the caller may not be large enough: raise `ulimit -f`");
}

static int seal(int fd, const char *what, mode_t mode, struct error *err)
{
	if (fcntl(fd, F_ADD_SEALS, IMAGE_SEALS | F_SEAL_SEAL) < 0)
		return error_set(err, errno, "%s: seal", what);
	if (fchmod(fd, mode) < 0)
		return error_set(err, errno, "%s: chmod", what);
	return 0;
}

int image_open(const char *what, const char *name, const char *begin, const char *end, mode_t mode, struct error *err)
{
	_cleanup_(close_fd) int fd = create(what, name, err);
	/* cppcheck-suppress comparePointers ; one object, of two symbols */
	const size_t size = (size_t)(end - begin);

	if (fd < 0)
		return -1;
	if (refuse_limit(what, size, err) < 0)
		return -1;
	if (write(fd, begin, size) != (ssize_t)size)
		return error_set(err, errno, "%s: write", what);
	return seal(fd, what, mode, err) < 0 ? -1 : take_fd(&fd);
}

int image_copy(const char *what, const char *name, int from, mode_t mode, struct error *err)
{
	_cleanup_(close_fd) int fd = create(what, name, err);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = sendfile(fd, from, NULL, COPY_SIZE);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return error_set(err, errno, "%s: copy", what);
	return seal(fd, what, mode, err) < 0 ? -1 : take_fd(&fd);
}
