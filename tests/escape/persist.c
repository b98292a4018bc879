/* persist put|get|drop KIND NAME: leaves a mark where a next job may find it, looks for it, takes it away.
 * KIND is shm (System V), sem, msg, mq (POSIX), or the directory that a file NAME is to lie in. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <mqueue.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 4096

/* The same key for the same name: FNV-1a. */
static key_t key_of(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (key_t)(hash | 1);
}

static long put_shm(const char *name)
{
	int id = shmget(key_of(name), SIZE, IPC_CREAT | IPC_EXCL | 0600);
	char *data = id < 0 ? (char *)-1 : shmat(id, NULL, 0);

	if (data == (char *)-1)
		return -1;
	snprintf(data, SIZE, "%s", name);
	return id;
}

static long get_shm(const char *name)
{
	int id = shmget(key_of(name), SIZE, 0);
	const char *data = id < 0 ? (char *)-1 : shmat(id, NULL, SHM_RDONLY);

	if (data == (char *)-1)
		return -1;
	errno = ENODATA;
	return strcmp(data, name) == 0 ? id : -1;
}

/* By walking the kernel's table: a segment needs no key that is known. */
static long find_shm(const char *name)
{
	struct shmid_ds segment;
	int last = shmctl(0, SHM_INFO, &segment);

	for (int i = 0; i <= last; i++)
		if (shmctl(i, SHM_STAT, &segment) >= 0 && segment.shm_perm.__key == key_of(name))
			return i;
	errno = ENOENT;
	return -1;
}

static long drop_shm(const char *name)
{
	return shmctl(shmget(key_of(name), SIZE, 0), IPC_RMID, NULL);
}

static long put_sem(const char *name)
{
	return semget(key_of(name), 1, IPC_CREAT | IPC_EXCL | 0600);
}

static long get_sem(const char *name)
{
	return semget(key_of(name), 1, 0);
}

static long drop_sem(const char *name)
{
	return semctl(semget(key_of(name), 1, 0), 0, IPC_RMID);
}

static long put_msg(const char *name)
{
	return msgget(key_of(name), IPC_CREAT | IPC_EXCL | 0600);
}

static long get_msg(const char *name)
{
	return msgget(key_of(name), 0);
}

static long drop_msg(const char *name)
{
	return msgctl(msgget(key_of(name), 0), IPC_RMID, NULL);
}

static const char *slashed(const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "/%s", name);
	return path;
}

static long put_mq(const char *name)
{
	return mq_open(slashed(name), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, NULL);
}

static long get_mq(const char *name)
{
	return mq_open(slashed(name), O_RDWR | O_CLOEXEC);
}

static long drop_mq(const char *name)
{
	return mq_unlink(slashed(name));
}

static const struct {
	const char *kind;
	long (*put)(const char *name), (*get)(const char *name), (*drop)(const char *name);
} kinds[] = {
	{"shm", put_shm, get_shm, drop_shm},
	{"shm-table", put_shm, find_shm, drop_shm},
	{"sem", put_sem, get_sem, drop_sem},
	{"msg", put_msg, get_msg, drop_msg},
	{"mq", put_mq, get_mq, drop_mq},
};

static _Noreturn void with_file(const char *what, const char *directory, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	if (strcmp(what, "put") == 0)
		verdict(path, open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	if (strcmp(what, "get") == 0)
		verdict(path, access(path, R_OK));
	verdict(path, unlink(path));
}

int main(int argc, char **argv)
{
	if (argc != 4)
		misused("usage: persist put|get|drop KIND NAME");
	if (argv[2][0] == '/')
		with_file(argv[1], argv[2], argv[3]);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(argv[2], kinds[i].kind) != 0)
			continue;
		if (strcmp(argv[1], "put") == 0)
			verdict(argv[2], kinds[i].put(argv[3]));
		if (strcmp(argv[1], "get") == 0)
			verdict(argv[2], kinds[i].get(argv[3]));
		verdict(argv[2], kinds[i].drop(argv[3]));
	}
	misused("%s: no such kind", argv[2]);
}
