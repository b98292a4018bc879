/* Learns a seccomp policy and a profile from what a command did. Pure.
 *
 * sandbox/ watches the command and reports; nothing here inspects the system.
 *
 * - Calls whose arguments choose what the kernel does (socket family, ioctl request, prctl option, …; learn_classes[])
 *   are learned with those arguments; all others without, as far as the base policy allows them.
 * - What the base policy denies stays denied, with its errno, and is not learned.
 * - Dangerous calls (mounting, bpf, keyrings, debugging, the machine, other namespaces) are left out of the result,
 *   unless they were included by name.
 * - Protected paths (keys, credentials, sockets of daemons) are reported and never written.
 *
 * Implemented in learn.c, policy/learn/merge.c, policy/learn/network.c, policy/learn/paths.c, policy/learn/policy.c,
 * policy/learn/profile.c and policy/learn/report.c. */
#pragma once

#include "policy/seccomp/rules.h"

#include <jansson.h>
#include <stdio.h>

/* A call with more different arguments than this is learned with any. */
#define LEARN_WAYS_MAX 192
#define LEARN_PATHS_MAX 20000
#define LEARN_DESTINATIONS_MAX 512

/* Conditions that hold together. */
struct learn_way {
	struct seccomp_cond *conds;
	size_t n;
};

struct learn_call {
	uint64_t seen;     /* how often it was made, in this run */
	uint64_t denied;   /* how often the base denied it */
	uint64_t left_out; /* how often it was made with arguments that are not learned: new namespaces */
	bool answered;     /* denied_with says how it is denied */
	int denied_with;   /* the first errno that the base gave */
	bool allowed;      /* by the policy that is written: it was made, in this run or an earlier one */
	bool whole;        /* with any arguments that the base allows */
	bool overflow;     /* that is so because there were too many different ones */
	bool included;     /* by name: made and learned whatever the base says of it */
	bool merged;       /* an earlier run has it */
	struct learn_way *ways;
	size_t n_ways;
};

enum learn_access {
	LEARN_READ = 1,  /* opened for reading, executed, entered, or a socket that was connected to */
	LEARN_WRITE = 2, /* was there and was opened for writing, or changed */
	LEARN_MAKE = 4,  /* made, removed or renamed: its directory was written to */
};

struct learn_path {
	char *path;
	unsigned access;       /* enum learn_access */
	bool made;             /* by the run: what it does to it later needs nothing */
	const char *protected; /* why it is never granted, or NULL */
};

struct learn_destination {
	int family;
	unsigned char address[16];
	unsigned port;
	bool listens; /* the run itself did */
};

struct learn {
	struct seccomp_policy *base; /* owned */
	struct learn_call calls[SYSCALL_NUMBERS];
	struct learn_path *paths; /* sorted */
	size_t n_paths;
	struct learn_destination *destinations;
	size_t n_destinations;
	uint64_t paths_lost;  /* there were too many */
	uint64_t paths_blind; /* could not be read from the command's memory */
	uint64_t destinations_lost;
	bool no_memory;
};

/* `base` names a policy, or is "none": then nothing is denied but userfaultfd(2), with which a command could make the
 * learner's look into its memory last for ever, and clone3(2), whose flags lie behind a pointer: C libraries fall back
 * to clone(2). The caller frees with learn_free(), also after failure. */
int learn_init(struct learn *learn, const char *base, const struct seccomp_context *context, struct error *err);
void learn_free(struct learn *learn);

/* A call or an "@group" that is to be made and learned whatever the base says, dangerous or not. */
int learn_include(struct learn *learn, const char *name, struct error *err);

/* Adds what an earlier run wrote, in either form. */
int learn_merge(struct learn *learn, const char *file, const struct seccomp_context *context, struct error *err);

/* The filter of a learning run: it notifies of every call that the base does not kill for, but for sendmsg(2) with
 * `token` as its fourth argument, which the kernel does not look at: by that call the listener is handed over. */
int learn_filter(const struct learn *learn, uint64_t token, struct bpf_program *program, struct error *err);

/* Records the call. Returns LEARN_CONTINUE when it is to be made, or the errno that it gets. */
#define LEARN_CONTINUE (-1)
int learn_call(struct learn *learn, const struct seccomp_data *call);

/* Records a path, absolute and without symbolic links. LEARN_MAKE of a path that is not there yet: `made`. */
void learn_path(struct learn *learn, const char *path, unsigned access, bool made);

/* Records an address: AF_INET with 4 bytes, AF_INET6 with 16; a port of 0 is none. `listens`: it was bound. */
void learn_destination(struct learn *learn, int family, const void *address, unsigned port, bool listens);

/* Why a path is never granted, or NULL. */
const char *learn_protected(const char *path);

/* Whether the path is a directory below which protected paths lie on any system: a home, /run, /etc, … */
bool learn_above_protected(const char *path);

/* Whether a call is left out unless it is included by name; the name of its group, or NULL. */
const char *learn_dangerous(const struct learn *learn, unsigned number);

/* The policy, read back and compiled once: in our own form, or OCI's. NULL with an error. */
json_t *learn_policy(const struct learn *learn, bool oci, struct error *err);

/* The profile: extends `default`, names the seccomp policy `seccomp`, and has the paths and the network. `workdir`:
 * where the command ran. What it grants beyond what was seen is written to `out`. NULL with an error. */
json_t *learn_profile(const struct learn *learn, const char *seccomp, const char *workdir, const char *home, FILE *out,
	struct error *err);

/* The network of that profile: `network` and `network_open` go into it, and what they grant or do not is written to
 * `out`. learn_profile() calls it. */
void learn_network(const struct learn *learn, json_t *profile, FILE *out);

/* Writes what was denied, left out, protected, and generalised in the policy, a line each. */
void learn_report(const struct learn *learn, FILE *out);

/* How many calls the written policy allows. */
size_t learn_count(const struct learn *learn);
