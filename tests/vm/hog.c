/* hog KIND AMOUNT: takes as much of something as it can get, and lets go of it at the end.
 *   memory, children, tmpfs, shm, sysv, page-tables: that many MiB; the one for tmpfs is /fill
 *   fork: that many children at once; says how many, exit code 3 when it was stopped by EAGAIN
 *   cpu: runs for that many milliseconds of the wall clock and prints how many per cent of them it had a CPU
 *   flood: for that many milliseconds, datagrams to 198.51.100.80, many with each call */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define CHILDREN_MAX 1000
#define FLOOD_AT_ONCE 256

static int fail(const char *what)
{
	fprintf(stderr, "hog: %s: %s\n", what, strerror(errno));
	return 2;
}

/* Not zeros: those could be shared or compressed away. */
static void touch(char *memory, size_t len)
{
	for (size_t i = 0; i < len; i += 4096)
		memory[i] = (char)(1 + i / 4096);
}

static int memory(size_t mib)
{
	char *all = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED)
		return fail("mmap");
	touch(all, mib * MIB);
	return 0;
}

static int wait_for(size_t n)
{
	int result = 0, status;

	for (size_t i = 0; i < n; i++)
		if (wait(&status) < 0 || status != 0)
			result = 2;
	return result;
}

/* Each of ten holds a tenth until all do. */
static int children(size_t mib)
{
	int ready[2], go[2];
	char byte = 0;

	if (pipe(ready) < 0 || pipe(go) < 0)
		return fail("pipe");
	for (int i = 0; i < 10; i++)
		if (fork() == 0) {
			close(go[1]);
			_exit(memory(mib / 10) != 0 || write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 0);
		}
	for (int i = 0; i < 10; i++)
		if (read(ready[0], &byte, 1) != 1)
			return fail("read");
	close(go[1]);
	return wait_for(10);
}

static int fill(const char *path, size_t mib)
{
	static char block[MIB];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(path);
	for (size_t i = 0; i < mib; i++)
		if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
			return fail(path);
	close(fd);
	return unlink(path) < 0 ? fail(path) : 0;
}

static int tmpfs(size_t mib)
{
	return fill("/fill/file", mib);
}

static int shm(size_t mib)
{
	return fill("/dev/shm/file", mib);
}

static int sysv(size_t mib)
{
	int id = shmget(IPC_PRIVATE, mib * MIB, IPC_CREAT | 0600);
	char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);

	if (at == (char *)-1)
		return fail("shm");
	shmctl(id, IPC_RMID, NULL);
	touch(at, mib * MIB);
	return 0;
}

/* One page of a file for each two MiB of addresses: 4 KiB of page table for each page, which all are the same. */
static int page_tables(size_t mib)
{
	const size_t tables = mib * 256, stride = 2 * MIB;
	char *all = mmap(NULL, tables * stride, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	volatile char sink;

	if (all == MAP_FAILED)
		return fail("mmap");
	/* Huge zero pages would need no table. */
	madvise(all, tables * stride, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < tables; i++)
		sink = all[i * stride];
	(void)sink;
	return 0;
}

static int forks(size_t n)
{
	static pid_t pids[CHILDREN_MAX];
	size_t made = 0;
	int why = 0;

	while (made < n && made < CHILDREN_MAX) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		if (pid < 0) {
			why = errno;
			break;
		}
		pids[made++] = pid;
	}
	printf("%zu children%s\n", made, why == EAGAIN ? ", then EAGAIN" : why != 0 ? ", then another error" : "");
	for (size_t i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return why != 0 ? 3 : 0;
}

static long ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int cpu(size_t wall)
{
	const long start = ms(CLOCK_MONOTONIC), used = ms(CLOCK_PROCESS_CPUTIME_ID);

	while (ms(CLOCK_MONOTONIC) - start < (long)wall)
		;
	printf("%ld\n", (ms(CLOCK_PROCESS_CPUTIME_ID) - used) * 100 / (ms(CLOCK_MONOTONIC) - start));
	return 0;
}

static int flood(size_t wall)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc6336450)};
	const long start = ms(CLOCK_MONOTONIC);
	struct iovec byte = {.iov_base = (char[]){0}, .iov_len = 1};
	struct mmsghdr many[FLOOD_AT_ONCE] = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
		return fail("connect");
	for (size_t i = 0; i < FLOOD_AT_ONCE; i++)
		many[i].msg_hdr = (struct msghdr){.msg_iov = &byte, .msg_iovlen = 1};
	while (ms(CLOCK_MONOTONIC) - start < (long)wall) {
		if (sendmmsg(fd, many, FLOOD_AT_ONCE, 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS)
			return fail("sendmmsg");
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* for who has to carry them */
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*take)(size_t amount);
	} kinds[] = {
		{"memory", memory},
		{"children", children},
		{"tmpfs", tmpfs},
		{"shm", shm},
		{"sysv", sysv},
		{"page-tables", page_tables},
		{"fork", forks},
		{"cpu", cpu},
		{"flood", flood},
	};

	for (size_t i = 0; argc == 3 && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return kinds[i].take(strtoul(argv[2], NULL, 10));
	fputs("usage: hog KIND AMOUNT\n", stderr);
	return 2;
}
