/* The least that a sandbox like the others in the table can cost: no libc, no options, no error messages, no PID 1 of
 * its own, nothing checked that a hostile host path would need; one clone3(2) that shares the memory, and a filter that
 * lies ready. `floor FILTER DIR COMMAND…` shows /usr read-only and DIR at /bench. */
#include "tests/bench/floor.h"

static struct sock_filter filter[4096];
static struct sock_fprog program = {.filter = filter};
static char stack[16384] __attribute__((aligned(16)));
static char **arguments, **environment;
static const char *directory;
static uint64_t uid, gid;

static void build_root(void)
{
	root_begin("mode=0755,size=1m");
	show("/usr", "usr");
	show(directory, "bench");
	MUST(RAW2(symlink, "usr/bin", "bin"));
	MUST(RAW2(symlink, "usr/lib", "lib"));
	MUST(RAW2(symlink, "usr/lib64", "lib64"));
	fresh("tmpfs", "tmp", MS_NODEV, "mode=1777");
	fresh("tmpfs", "dev", MS_NODEV | MS_NOEXEC, "mode=0755,size=64k");
	devices();
	fresh("devpts", "dev/pts", MS_NODEV | MS_NOEXEC, "mode=0620,ptmxmode=0666");
	fresh("proc", "proc", MS_NODEV | MS_NOEXEC, 0);
	root_enter();
}

static void child(void)
{
	map_ids(uid, gid);
	loopback_up();
	build_root();
	MUST(RAW2(sethostname, "floor", 5));
	drop_privilege(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED);
	block_signals(0);
	MUST(RAW3(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	RAW3(execve, arguments[0], arguments, environment);
	fail(__LINE__);
}

int raw_main(int argc, char **argv, char **envp)
{
	if (argc < 4)
		fail(__LINE__);
	program.len = (unsigned short)(get(argv[1], filter, sizeof filter) / sizeof filter[0]);
	directory = argv[2];
	arguments = argv + 3;
	environment = envp;
	uid = (uint64_t)RAW1(getuid, 0);
	gid = (uint64_t)RAW1(getgid, 0);
	block_signals(~UINT64_C(0));
	return wait_for(start(NAMESPACES, stack, sizeof stack, child));
}
