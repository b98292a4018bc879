#include "policy/seccomp/rules.h"

#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

bool seccomp_program_makes_tcp(const struct bpf_program *program)
{
	static const uint64_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		const struct seccomp_data call = {.nr = SYS_socket,
			.arch = seccomp_native_arch(),
			.args = {families[i], SOCK_STREAM, IPPROTO_TCP}};

		if (bpf_program_run(program, &call) == SECCOMP_RET_ALLOW)
			return true;
	}
	return false;
}
