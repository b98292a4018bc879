/* dump WAY VICTIM: starts the victim as a sibling of the same user id and takes its secret.
 * dump of WAY PID: the same of a process that is already there, such as PID 1 or the launcher: no secret is known, so
 * getting at it is what counts. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "victim-secret-7c1f"

struct target {
	pid_t pid;
	void *address; /* of the secret; NULL when not known */
	int fd;
};

static const char *path_of(const struct target *target, const char *file)
{
	static char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", target->pid, file);
	return path;
}

static bool has_secret(const char *data, ssize_t len)
{
	return len > 0 && memmem(data, (size_t)len, SECRET, strlen(SECRET)) != NULL;
}

static bool read_file(const struct target *target, const char *name, bool secret)
{
	char data[65536];
	int fd = open(path_of(target, name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, data, sizeof data);
	if (n == 0)
		errno = ENODATA;
	close(fd);
	return secret && target->address != NULL ? has_secret(data, n) : n > 0;
}

static bool by_mem(const struct target *target)
{
	char data[64];
	int fd = open(path_of(target, "mem"), O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	if (target->address == NULL)
		return true;
	n = pread(fd, data, sizeof data, (off_t)(uintptr_t)target->address);
	close(fd);
	return has_secret(data, n);
}

static bool by_environ(const struct target *target)
{
	return read_file(target, "environ", true);
}

static bool by_maps(const struct target *target)
{
	return read_file(target, "maps", false);
}

static bool by_auxv(const struct target *target)
{
	return read_file(target, "auxv", false);
}

static bool by_stack(const struct target *target)
{
	return read_file(target, "syscall", false);
}

static bool by_link(const struct target *target, const char *name)
{
	char text[4096];

	return readlink(path_of(target, name), text, sizeof text) > 0;
}

static bool by_exe(const struct target *target)
{
	return by_link(target, "exe");
}

static bool by_root(const struct target *target)
{
	return by_link(target, "root") || by_link(target, "cwd");
}

static bool by_fd(const struct target *target)
{
	return by_link(target, "fd/0");
}

static bool by_ptrace(const struct target *target)
{
	long word;

	if (ptrace(PTRACE_SEIZE, target->pid, 0, 0) < 0)
		return false;
	if (target->address == NULL)
		return true;
	ptrace(PTRACE_INTERRUPT, target->pid, 0, 0);
	waitpid(target->pid, NULL, __WALL);
	word = ptrace(PTRACE_PEEKDATA, target->pid, target->address, 0);
	return memcmp(&word, SECRET, sizeof word) == 0;
}

static bool by_vm_readv(const struct target *target)
{
	char data[64];
	struct iovec ours = {data, sizeof data}, theirs = {target->address, sizeof data};

	ssize_t n = process_vm_readv(target->pid, &ours, 1, &theirs, 1, 0);

	if (target->address == NULL)
		return n < 0 && errno == EFAULT; /* allowed, and nothing mapped at 0 */
	return has_secret(data, n);
}

static bool by_getfd(const struct target *target)
{
	int pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0);

	return pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, target->fd, 0) >= 0;
}

static bool by_kcmp(const struct target *target)
{
	return syscall(SYS_kcmp, getpid(), target->pid, KCMP_VM, 0, 0) >= 0;
}

static bool by_namespace(const struct target *target)
{
	return open(path_of(target, "ns/mnt"), O_RDONLY | O_CLOEXEC) >= 0;
}

static const struct {
	const char *name;
	bool (*get)(const struct target *target);
} ways[] = {
	{"mem", by_mem},
	{"environ", by_environ},
	{"maps", by_maps},
	{"auxv", by_auxv},
	{"syscall", by_stack},
	{"exe", by_exe},
	{"root", by_root},
	{"fd", by_fd},
	{"ns", by_namespace},
	{"ptrace", by_ptrace},
	{"process_vm_readv", by_vm_readv},
	{"pidfd_getfd", by_getfd},
	{"kcmp", by_kcmp},
};

/* Both are children of this program, so neither is the other's parent or tracer. */
static struct target start_victim(const char *program)
{
	struct target victim = {.fd = -1};
	int in[2], out[2];
	char line[128] = "";

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		untried("pipe: %s", errno_name(errno));
	victim.pid = fork();
	if (victim.pid == 0) {
		char *argv[] = {"victim", NULL}, *envp[] = {"VICTIM_SECRET=" SECRET, NULL};

		dup2(in[0], 0);
		dup2(out[1], 1);
		execve(program, argv, envp);
		_exit(127);
	}
	close(out[1]);
	if (read(out[0], line, sizeof line - 1) <= 0 || sscanf(line, "%p %d", &victim.address, &victim.fd) != 2)
		untried("%s did not start", program);
	return victim;
}

int main(int argc, char **argv)
{
	bool by_pid = argc == 4 && strcmp(argv[1], "of") == 0;

	for (size_t i = 0; argc >= 3 && i < sizeof ways / sizeof ways[0]; i++) {
		struct target target;

		if (strcmp(argv[by_pid ? 2 : 1], ways[i].name) != 0)
			continue;
		target = by_pid ? (struct target){.pid = atoi(argv[3]), .fd = 0} : start_victim(argv[2]);
		errno = 0;
		if (ways[i].get(&target))
			succeeded("%s: got it", ways[i].name);
		if (errno == 0)
			untried("%s: worked, but what came back was not the secret", ways[i].name);
		blocked("%s: %s", ways[i].name, errno_name(errno));
	}
	misused("usage: dump WAY VICTIM | dump of WAY PID");
}
