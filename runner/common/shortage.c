#include "runner/common/shortage.h"

#include <errno.h>
#include <stddef.h>

bool shortage_is(int errnum)
{
	static const int some[] = {EAGAIN, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, ESTALE, ETIMEDOUT};

	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (errnum == some[i])
			return true;
	return false;
}
