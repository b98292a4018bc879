#include "sandbox/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_install(const struct bpf_program *program, struct error *err)
{
	struct sock_fprog fprog = {.len = (unsigned short)program->len, .filter = program->insns};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) < 0)
		return error_set(err, errno, "seccomp: load the filter of %zu instructions", program->len);
	return 0;
}
