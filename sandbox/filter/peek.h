/* Reads a process of the job from outside, by /proc.
 *
 * The launcher owns the job's user namespace and therefore may (ptrace(2), "Ptrace access mode checking"), except
 * where the process is not dumpable because of its executable.
 * Runs in: launcher */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PEEK_NAME_MAX 17

struct peek {
	int memory;               /* /proc/TID/mem, or -1: it may not be read */
	pid_t pid;                /* of the process, inside; 0: not known */
	char name[PEEK_NAME_MAX]; /* of the process, as it calls itself: foreign text */
};

/* None. */
#define PEEK_NONE ((struct peek){.memory = -1})

/* Reads who the thread `tid` is: name and pid. Opens its memory; peek_close() is due. What cannot be had is left out.
 * The caller must make sure afterwards that the thread is still the one that it meant. */
void peek_identify(struct peek *peek, pid_t tid);
void peek_memory(struct peek *peek, pid_t tid);
void peek_close(struct peek *peek);

/* The string at `address`, cut to size - 1 bytes. False when it cannot be read. What was a page of the process a moment
 * ago need not be one now: nothing is taken for granted. */
bool peek_string(const struct peek *peek, uint64_t address, char *text, size_t size);
