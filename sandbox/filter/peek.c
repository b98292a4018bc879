#include "sandbox/filter/peek.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file of /proc in one read(2), which is a consistent one. The length, or -1. */
static ssize_t read_proc(pid_t id, const char *file, char *text, size_t size)
{
	_cleanup_(close_fd) int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/%s", id, file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	n = fd >= 0 ? read(fd, text, size - 1) : -1;
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* The value of the line "KEY:\t…" or NULL. Names cannot bring in a line of their own: the kernel escapes newlines. */
static const char *field(const char *status, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = status; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

/* A process has a number in each namespace from ours down: the second is the sandbox's. */
static pid_t number_inside(const char *numbers)
{
	int inside;

	return numbers != NULL && sscanf(numbers, "%*d %d", &inside) == 1 ? inside : 0;
}

void peek_identify(struct peek *peek, pid_t tid)
{
	char status[2048], *end;
	pid_t process;

	if (read_proc(tid, "status", status, sizeof status) <= 0)
		return;
	process = field(status, "Tgid") != NULL ? (pid_t)strtol(field(status, "Tgid"), NULL, 10) : 0;
	peek->pid = number_inside(field(status, "NStgid"));
	/* The process's name is its first thread's. */
	if (process > 0 && read_proc(process, "comm", peek->name, sizeof peek->name) > 0) {
		end = strrchr(peek->name, '\n');
		if (end != NULL)
			*end = '\0';
	}
}

void peek_memory(struct peek *peek, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", tid);
	peek->memory = open(path, O_RDONLY | O_CLOEXEC);
}

void peek_close(struct peek *peek)
{
	close_fd(&peek->memory);
}

bool peek_string(const struct peek *peek, uint64_t address, char *text, size_t size)
{
	ssize_t n;

	if (peek->memory < 0 || address > INT64_MAX)
		return false;
	/* A read that runs into an unmapped page is a short one. */
	n = pread(peek->memory, text, size - 1, (off_t)address);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* Without its end, at the border of what is mapped, it is no string. */
	return memchr(text, '\0', (size_t)n) != NULL || n == (ssize_t)size - 1;
}
