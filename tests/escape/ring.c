/* ring give FD FILE COMMAND…: makes FILE, opens it, and runs COMMAND with an io_uring on descriptor FD whose kernel
 * thread works with this process's rights and descriptors; whether FILE has been cut short then is the result. COMMAND
 * gets at its end what the next line wants.
 * ring use FD FILE-FD ARRAY TAIL ENTRIES: cuts FILE short through the ring on FD, with no call but mmap(2). */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPCODE_FTRUNCATE 55 /* since Linux 6.9; headers may be older */
#define LENGTH 9
#define LEFT 3

static size_t ring_size(unsigned array, unsigned entries)
{
	return array + entries * sizeof(unsigned);
}

static void use(char **args)
{
	const int fd = atoi(args[0]);
	const unsigned array = (unsigned)atoi(args[2]), tail = (unsigned)atoi(args[3]),
		       entries = (unsigned)atoi(args[4]);
	const int access = PROT_READ | PROT_WRITE;
	char *ring = mmap(NULL, ring_size(array, entries), access, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, entries * sizeof *sqe, access, MAP_SHARED, fd, IORING_OFF_SQES);
	_Atomic unsigned *end;
	struct stat st;

	if (ring == MAP_FAILED || sqe == MAP_FAILED)
		blocked("mmap: %s", errno_name(errno));
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = OPCODE_FTRUNCATE;
	sqe->fd = atoi(args[1]);
	sqe->off = LEFT;
	memset(ring + array, 0, entries * sizeof(unsigned));
	end = (_Atomic unsigned *)(void *)(ring + tail);
	atomic_store(end, *end + 1);
	/* The thread looks by itself. That the file is seen from here where this process has it ends the wait early. */
	for (int i = 0; i < 400 && (fstat(sqe->fd, &st) < 0 || st.st_size != LEFT); i++)
		usleep(5000);
	printf("asked for\n");
	exit(0);
}

/* The kernel's thread sleeps until it has had something to do, and then looks for more for as long as it was told. */
static void wake(int ring, const struct io_uring_params *params)
{
	const int access = PROT_READ | PROT_WRITE;
	char *memory = mmap(NULL, ring_size(params->sq_off.array, params->sq_entries), access, MAP_SHARED, ring,
		IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe =
		mmap(NULL, params->sq_entries * sizeof *sqe, access, MAP_SHARED, ring, IORING_OFF_SQES);

	if (memory == MAP_FAILED || sqe == MAP_FAILED)
		untried("mmap: %s", errno_name(errno));
	memset(sqe, 0, sizeof *sqe); /* IORING_OP_NOP */
	*(unsigned *)(void *)(memory + params->sq_off.array) = 0;
	atomic_store((_Atomic unsigned *)(void *)(memory + params->sq_off.tail), 1);
	if (syscall(SYS_io_uring_enter, ring, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		untried("io_uring_enter: %s", errno_name(errno));
}

static void run_with(int ring, int number, const struct io_uring_params *params, int victim, char **command)
{
	char text[4][16], *argv[64];
	int n = 0;

	for (; command[n] != NULL; n++) {
		if (n > 50)
			misused("too many arguments");
		argv[n] = command[n];
	}
	snprintf(text[0], sizeof text[0], "%d", victim);
	snprintf(text[1], sizeof text[1], "%u", params->sq_off.array);
	snprintf(text[2], sizeof text[2], "%u", params->sq_off.tail);
	snprintf(text[3], sizeof text[3], "%u", params->sq_entries);
	for (int i = 0; i < 4; i++)
		argv[n++] = text[i];
	argv[n] = NULL;
	dup2(ring, number);
	execvp(argv[0], argv);
	_exit(127);
}

static void give(char **args)
{
	struct io_uring_params params = {.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 30000};
	const int victim = open(args[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	struct stat st;
	pid_t pid;

	if (ring < 0)
		untried("io_uring_setup: %s", errno_name(errno));
	if (victim < 0 || write(victim, "untouched", LENGTH) != LENGTH)
		untried("%s: %s", args[1], errno_name(errno));
	wake(ring, &params);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_with(ring, atoi(args[0]), &params, victim, args + 2);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0 || fstat(victim, &st) < 0)
		untried("%s", errno_name(errno));
	if (st.st_size == LENGTH)
		blocked("the file is whole");
	succeeded("a file that was not handed over is cut short");
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "give") == 0)
		give(argv + 2);
	if (argc == 7 && strcmp(argv[1], "use") == 0)
		use(argv + 2);
	misused("ring give FD FILE COMMAND… | ring use FD FILE-FD ARRAY TAIL ENTRIES");
}
