/* Compiles seccomp policies: JSON to rules to classic BPF.
 * Pure: reads the files that are named, and no global state.
 *
 * Input is our own form (cofferdam-seccomp(5), policy/seccomp/form_json.c) or the OCI runtime specification's seccomp
 * object in Docker's dialect (config-linux.md#seccomp): defaultAction, defaultErrnoRet, architectures/archMap,
 * syscalls[] of names, action, errnoRet, args, comment. Unknown content is an error with FILE:LINE:COLUMN, never
 * skipped.
 * - architectures/archMap, when there, must hold the native one; others are accepted and mean nothing: their calls
 *   are killed. A name that only other architectures have is accepted and decides nothing here.
 * - The conditions of one rule must all hold. But if one argument stands in two of them, each condition is a rule of
 * its own, as in runc (libcontainer/seccomp), on which Docker's profiles rely.
 * - MASKED_EQ: (argument & value) == valueTwo. Comparisons are of all 64 bits, unsigned. A value past 2^63-1 is written
 *   as a string, decimal or 0x….
 * - includes/excludes (caps, arches, minKernel) are resolved against struct seccomp_context: a rule whose conditions do
 *   not hold there is as if it were not written. Its spelling is checked all the same.
 * - An errno may be given as a number (errnoRet), as a name (errno), or as both when they agree; so the default's.
 * - Not supported and refused by name: flags, listenerPath, SCMP_ACT_NOTIFY, SCMP_ACT_TRACE.
 *
 * Meaning: the rules of one syscall are tried in file order and the first whose args all hold decides; none:
 * defaultAction. A number that libseccomp does not know gets ENOSYS, so that a C library newer than the profile falls
 * back. Another architecture than the native one is killed (one instruction); x32 numbers get ENOSYS.
 *
 * Implemented in bpf_run.c, policy/seccomp/build.c, policy/seccomp/compile.c, policy/seccomp/evaluate.c,
 * policy/seccomp/load.c and policy/seccomp/tcp.c. */
#pragma once

#include "common/error.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_policy; /* the parsed rules */

/* The program of one filter, ready for seccomp(2). */
struct bpf_program {
	struct sock_filter *insns;
	size_t len;    /* instructions, 1 to BPF_MAXINSNS (4096) */
	bool borrowed; /* they are constants of this program's */
};

#define SECCOMP_KERNEL(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))

/* Is told of each error of a policy. */
typedef void seccomp_error_fn(const struct error *err, void *context);

/* After so many errors the reading of a policy is given up, which counts as one more. */
#define SECCOMP_ERRORS_MAX 50

/* For whom a policy is read: what the job will really have, not what the caller has. */
struct seccomp_context {
	uint64_t caps;               /* 1 << CAP_*: those that the job can ever have */
	uint32_t kernel;             /* SECCOMP_KERNEL(…) of the running kernel */
	bool allow_unknown_syscalls; /* names that nothing here knows are skipped: those calls get ENOSYS */
	seccomp_error_fn *report;    /* NULL: the first error ends the reading; else it goes on, and fails at the end */
	void *report_context;
};

/* No capability, the newest kernel, no unknown name. */
extern const struct seccomp_context seccomp_context_default;

/* Parses either form for `context`: our own, which has "rules", or OCI's. `name` is what positions are printed with.
 * The caller frees with seccomp_policy_free(). */
int seccomp_policy_parse(const char *name, const char *text, size_t len, const struct seccomp_context *context,
	struct seccomp_policy **policy, struct error *err);

/* Reads and parses a policy by reference: a shipped NAME, or a file where there is a '/' in it or it ends in .json. */
int seccomp_policy_load(
	const char *ref, const struct seccomp_context *context, struct seccomp_policy **policy, struct error *err);

/* NULL may be given. */
void seccomp_policy_free(struct seccomp_policy *policy);

/* Compiles for the architecture this was built for (x86-64 or aarch64). The caller frees with bpf_program_free(). */
int seccomp_policy_compile(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void bpf_program_free(struct bpf_program *program);

/* A decision of a policy: a SECCOMP_RET_* value with its data, and where it comes from. */
struct seccomp_verdict {
	uint32_t action; /* as the filter returns it: SECCOMP_RET_ERRNO | EPERM, … */
	int rule;        /* index into the policy's rules, or one of enum seccomp_verdict_rule */
};

enum seccomp_verdict_rule {
	SECCOMP_VERDICT_DEFAULT = -1, /* no rule holds */
	SECCOMP_VERDICT_UNKNOWN = -2, /* a number without a name, x32 among them */
	SECCOMP_VERDICT_FOREIGN = -3, /* not the native architecture */
};

/* Whether an action (SECCOMP_RET_*, with its data) lets the call happen. */
bool seccomp_lets_through(uint32_t action);

struct seccomp_data;

/* The verdict by direct reading of the rules, without BPF. */
struct seccomp_verdict seccomp_policy_evaluate(const struct seccomp_policy *policy, const struct seccomp_data *call);

/* The verdict of a compiled program: an interpreter of the classic BPF that seccomp(2) accepts. Returns the filter's
 * return value; SECCOMP_RET_KILL_PROCESS for a program the kernel would refuse. */
uint32_t bpf_program_run(const struct bpf_program *program, const struct seccomp_data *call);

/* Whether the program lets a TCP socket be made. */
bool seccomp_program_makes_tcp(const struct bpf_program *program);

/* Whether the kernel would take the program: the checks of seccomp(2) on codes, jumps, loads, scratch memory, end. */
bool bpf_program_valid(const struct bpf_program *program);

/* bpf_program_run() for a program that bpf_program_valid() holds of: for many runs of one program. */
uint32_t bpf_program_run_valid(const struct bpf_program *program, const struct seccomp_data *call);
