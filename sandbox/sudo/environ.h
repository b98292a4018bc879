/* Builds the environment of a command of sudo: the rules of sudo 1.9 with env_reset and secure_path, which is what
 * hosted runners have. sudoers(5), "Command environment".
 * Runs in: helper */
#pragma once

#include "sandbox/sudo/accounts.h"
#include "sandbox/sudo/request.h"

#define SUDO_SECURE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Variables as they come to be set, in memory of the caller's. */
struct environ {
	char **entries; /* `room` of them, the last for NULL */
	size_t n, room;
	char *text; /* for those that are made */
	size_t used, size;
	bool full; /* something had no room */
};

/* What it is made for. */
struct environ_call {
	const struct sudo_request *request;
	uint32_t flags;
	const struct account *target, *caller;
	const char *command; /* the path of what is executed, or of what was asked for */
};

/* The most room that environ_build() takes: pointers, and bytes. */
size_t environ_entries(const struct sudo_head *head);
size_t environ_bytes(const struct sudo_head *head);

/* Fills `env` from its beginning. False: there was no room. */
bool environ_build(const struct environ_call *call, struct environ *env);

/* The value of a variable in a list, or NULL. */
const char *environ_get(char *const *list, const char *name);
