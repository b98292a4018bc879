/* The SHA-256 of a file. sha256(3) of libmd */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"
#include "runner/distribution/list.h"

/* Reads the whole file of the descriptor, whatever its position. EINTR in err: `stop` has reached its bound. */
int digest_file(int fd, struct stop *stop, char sha256[SHA256_HEX_SIZE], struct error *err);
