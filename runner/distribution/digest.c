#include "runner/distribution/digest.h"

#include <errno.h>
#include <sha256.h>
#include <unistd.h>

int digest_file(int fd, struct stop *stop, char sha256[SHA256_HEX_SIZE], struct error *err)
{
	static uint8_t buffer[1 << 18];
	SHA256_CTX context;
	off_t at = 0;
	ssize_t n;

	SHA256Init(&context);
	while ((n = pread(fd, buffer, sizeof buffer, at)) > 0) {
		SHA256Update(&context, buffer, (size_t)n);
		at += n;
		if (stop_poll(stop))
			return error_set(err, EINTR, "SHA-256");
	}
	if (n < 0)
		return error_set(err, errno, "read");
	SHA256End(&context, sha256);
	return 0;
}
