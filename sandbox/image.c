#include "sandbox/image.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3 */
#endif

int image_open(const char *what, const char *name, const char *begin, const char *end, mode_t mode, struct error *err)
{
	_cleanup_(close_fd) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	/* cppcheck-suppress comparePointers ; one object, of two symbols */
	const size_t size = (size_t)(end - begin);

	if (fd < 0 && errno == EINVAL) /* before 6.3 all were executable */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		error_set(err, errno, "%s: memfd_create", what);
		return err->errnum == EACCES
			       ? error_hint(err,
					 "vm.memfd_noexec is 2: Cofferdam runs programs of its own from such files")
			       : -1;
	}
	if (write(fd, begin, size) != (ssize_t)size)
		return error_set(err, errno, "%s: write", what);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return error_set(err, errno, "%s: seal", what);
	if (fchmod(fd, mode) < 0)
		return error_set(err, errno, "%s: chmod", what);
	return take_fd(&fd);
}
