#include "sandbox/network/nft.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/cgroup/helpers.h"
#include "sandbox/network/join.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define LIMIT_NS INT64_C(30000000000)
#define OUTPUT_MAX ((size_t)1 << 20)

/* A file in memory: neither side can block the other. */
static int memory_file(const char *text, struct error *err)
{
	_cleanup_(close_fd) int fd = memfd_create("cofferdam-nft", MFD_CLOEXEC);

	if (fd < 0 || write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_set(err, errno, "nft: memfd");
	return take_fd(&fd);
}

/* The first line is the one that says what is wrong; the others point at it with blanks and carets. */
static int said(int fd, int status, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (lseek(fd, 0, SEEK_SET) < 0 || read_all(fd, OUTPUT_MAX, &text, &len) < 0 || len == 0)
		return error_set(err, 0, "nft: ended with status %d", status);
	error_set(err, 0, "nft: %.*s", (int)strcspn(text, "\n"), text);
	return error_hint(err,
		"the kernel must provide nf_tables with inet, sets and reject: modprobe nf_tables nft_reject_inet");
}

static int run(struct join *join, const struct cgroup *helpers, struct error *err)
{
	_cleanup_(close_fd) int errors = memory_file("", err);
	int status;
	pid_t pid;

	if (errors < 0)
		return -1;
	join->stdio[2] = errors;
	join->caps = UINT64_C(1) << CAP_NET_ADMIN;
	pid = helpers_fork(helpers, err);
	if (pid < 0)
		return error_context(err, "nft");
	if (pid == 0)
		join_exec(join, false);
	if (wait_limited(pid, LIMIT_NS, &status, err) < 0)
		return error_context(err, "nft");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return said(errors, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), err);
	return 0;
}

int nft_load(const char *nft, int userns, int netns, const struct cgroup *helpers, const char *rules, struct error *err)
{
	_cleanup_(close_fd) int input = memory_file(rules, err);
	char *const argv[] = {(char *)(uintptr_t)nft, (char *)(uintptr_t) "-f", (char *)(uintptr_t) "-", NULL};
	struct join join = {.userns = userns, .netns = netns, .stdio = {input, -1, -1}, .argv = argv};

	return input < 0 ? -1 : run(&join, helpers, err);
}

int nft_list(const char *nft, int userns, int netns, const struct cgroup *helpers, const char *table, char **text,
	size_t *len, struct error *err)
{
	_cleanup_(close_fd) int output = memory_file("", err);
	char *const argv[] = {(char *)(uintptr_t)nft, (char *)(uintptr_t) "--json", (char *)(uintptr_t) "list",
		(char *)(uintptr_t) "table", (char *)(uintptr_t) "inet", (char *)(uintptr_t)table, NULL};
	struct join join = {.userns = userns, .netns = netns, .stdio = {-1, output, -1}, .argv = argv};

	if (output < 0 || run(&join, helpers, err) < 0)
		return -1;
	if (lseek(output, 0, SEEK_SET) < 0 || read_all(output, OUTPUT_MAX, text, len) < 0)
		return error_set(err, errno, "nft: read the table");
	return 0;
}
