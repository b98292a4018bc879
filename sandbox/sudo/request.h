/* Defines what client and broker of sudo say to each other, over a stream socket inside the sandbox.
 *
 * The client sends a head with four descriptors (standard input, output and error, and the working directory) and with
 * SUDO_TTY a fifth, then `size` bytes of strings, each ended by a NUL: user, group, directory, then the lists. After
 * that one byte for each signal that it hands on, or enum sudo_order. The broker answers with struct sudo_answer.
 * Whoever may connect may run a command as root of the sandbox, so a request is checked for what could harm the broker,
 * not for what it asks for.
 * Runs in: helper */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUDO_SOCKET "/dev/sudo" /* /dev is the sandbox's own in every kind of root, and read-only */
#define SUDO_CLIENT "/usr/bin/sudo"
#define SUDO_BROKER "cofferdam-sudo" /* argv[0] of the broker, and its name in ps */

#define SUDO_MAGIC UINT32_C(0x6f647573)
#define SUDO_VERSION UINT32_C(2)
#define SUDO_SIZE_MAX (UINT32_C(6) << 20) /* as much as execve(2) takes */
#define SUDO_ARGS_MAX UINT32_C(131072)
#define SUDO_ENV_MAX UINT32_C(8192)
#define SUDO_FDS 4     /* 0-2 and the working directory */
#define SUDO_FDS_MAX 5 /* with the pseudo-terminal */
#define SUDO_RLIMITS 16

enum sudo_flag {
	SUDO_BACKGROUND = 1 << 0,      /* -b: the call ends when the command has started */
	SUDO_LOGIN = 1 << 1,           /* -i */
	SUDO_SHELL = 1 << 2,           /* -s */
	SUDO_PRESERVE_ENV = 1 << 3,    /* -E */
	SUDO_SET_HOME = 1 << 4,        /* -H */
	SUDO_PRESERVE_GROUPS = 1 << 5, /* -P */
	SUDO_TTY = 1 << 6,             /* there is a pseudo-terminal for the command's session */
	SUDO_LIST = 1 << 7,            /* -l: nothing is run */
	SUDO_VALIDATE = 1 << 8,        /* -v: nothing is run */
	SUDO_FOREGROUND = 1 << 9,      /* the command is in front of the pseudo-terminal from the beginning */
	SUDO_FLAGS = (1 << 10) - 1,
};

/* What a client says to its call beside the numbers of signals: the command continues, in front of its pseudo-terminal
 * or behind, where reading from it stops it. */
enum sudo_order {
	SUDO_CONTINUE_FRONT = 'f',
	SUDO_CONTINUE_BACK = 'b',
};

struct sudo_rlimit {
	uint64_t soft, hard;
};

struct sudo_head {
	uint32_t magic, version;
	uint32_t size; /* of the strings */
	uint32_t flags;
	uint32_t n_args, n_assignments, n_keep, n_env;
	uint32_t umask, reserved;
	uint64_t ignored, blocked; /* signals, one bit each: 1 << (number - 1) */
	struct sudo_rlimit rlimits[SUDO_RLIMITS];
};

enum sudo_answer_kind {
	SUDO_EXITED = 1, /* `value` is the status */
	SUDO_KILLED,     /* by the signal `value` */
	SUDO_STOPPED,    /* the same; the client stops too, or gives the command the keyboard */
	SUDO_REFUSED,    /* too many calls at once; `value` is how many there may be */
};

struct sudo_answer {
	uint32_t kind;
	int32_t value;
};

/* The strings of a request, in its own memory; "" is not given. The lists end with NULL. */
struct sudo_request {
	const char *user, *group, *directory;
	char **args;        /* the command */
	char **assignments; /* VAR=value on the command line */
	char **keep;        /* names of --preserve-env=…, one or more in each, between commas */
	char **env;         /* the caller's */
};

/* Whether such a request can be: what follows is at most SUDO_SIZE_MAX bytes. */
bool sudo_head_is_good(const struct sudo_head *head);

/* How many descriptors come with it. */
static inline size_t sudo_head_fds(const struct sudo_head *head)
{
	return (head->flags & SUDO_TTY) != 0 ? SUDO_FDS_MAX : SUDO_FDS;
}

/* How many pointers sudo_request_read() needs. */
size_t sudo_request_pointers(const struct sudo_head *head);

/* The `head->size` bytes at `text` are exactly the strings that the head counts. Fills `request`, with `pointers` for
 * the lists. False: they are not. */
bool sudo_request_read(const struct sudo_head *head, char *text, char **pointers, struct sudo_request *request);

/* "NAME=…" with a name that a shell would take. */
bool sudo_is_assignment(const char *text);
