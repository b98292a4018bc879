/* Shows a program in sudo's place, and starts the broker that it asks (sandbox/sudo/), a process of the sandbox.
 *
 * The broker is forked by the process that is to be the command, behind its filter and Landlock, so it and all that it
 * starts are confined as the command is; as a child of PID 1, so the command has no child that it does not know.
 * Runs in: launcher, child, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#include <stdbool.h>
#include <stddef.h>

/* PID 1 and the command come first. */
#define BROKER_PID 3

/* Closed where there is none. */
struct broker {
	int listener; /* the socket at SUDO_SOCKET */
	int counter;  /* an eventfd(2), of which the launcher has a copy */
	char *program;
	size_t len;
};
#define BROKER_NONE ((struct broker){.listener = -1, .counter = -1})

bool broker_is_wanted(const struct plan_root *root);

/* In the child, as long as the host's /proc is there: makes socket and counter, reads the program. Does nothing where
 * no broker is wanted, as the others do with BROKER_NONE. */
int broker_begin(const struct plan_root *root, int sock, struct broker *broker, struct error *err);

/* Binds the socket in the new root's /dev, which dev_mount() has made, and attaches the program at SUDO_CLIENT. Changes
 * the current directory. */
int broker_show(const struct broker *broker, int rootfd, int scratch, struct error *err);

/* Behind the filter: starts it. */
int broker_start(const struct broker *broker, struct error *err);

/* What broker_show() stores in the scratch file system, in bytes. */
uint64_t broker_stored(const struct plan_root *root);

/* The launcher's copy of the counter, or -1, at the end. */
void broker_counted(int counter, struct outcome *outcome);
