/* Compiles filters that notify: a listener (seccomp_unotify(2)) answers denied calls with the errno.
 *
 * The listener decides nothing. The program has the same instructions as the plain one, so that allowed calls cost
 * the same.
 * - ENOSYS stays with the kernel: "this kernel has no such call" is what C libraries ask for all the time.
 * - A listener of the job's own would come before ours, and could let through what the policy refuses: of several
 *   filters that notify, the last one loaded is asked (<linux/seccomp.h>). While ours lives the kernel refuses a second
 *   one with EBUSY; ours may be gone an instant before the job. So seccomp(2) with NEW_LISTENER is refused by the
 *   filter itself, with the kernel's EBUSY, where the policy would have allowed it. A job without a listener cannot get
 * one. Pure, as all of policy/. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <stdbool.h>
#include <stddef.h>

/* In struct seccomp_verdict, beside enum seccomp_verdict_rule: the policy allows a listener, and explaining does not.
 */
#define SECCOMP_VERDICT_LISTENER (-4)

/* Compiles the program to load with a listener, and holds it against the rules (policy/seccomp/crosscheck.h). Then
 * errnos become SECCOMP_RET_USER_NOTIF with the errno as its data, which the kernel does not look at. The caller frees
 * with bpf_program_free(). */
int seccomp_notify_compile(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err);

/* A copy of such a program that gives the errnos itself, and lets watched calls go on (policy/seccomp/watched.h), for
 * where no listener is to be had. The caller frees it. */
int seccomp_notify_undo(const struct bpf_program *program, struct bpf_program *plain, struct error *err);

/* What a notified call is to be answered with: the policy's verdict, and EBUSY for a listener. */
struct seccomp_verdict seccomp_notify_verdict(const struct seccomp_policy *policy, const struct seccomp_data *call);

/* Whether the policy allows the call whatever its arguments are; whether it denies it whatever they are. */
bool seccomp_policy_always_allows(const struct seccomp_policy *policy, int number);
bool seccomp_policy_never_allows(const struct seccomp_policy *policy, int number);

/* Whether it allows sendmsg(2) as sandbox/message.c calls it: with MSG_NOSIGNAL and no other flag. */
bool seccomp_policy_allows_message(const struct seccomp_policy *policy);

/* Whether it allows, whatever the arguments, all that the command's process does from its loading to execve(2), and
 * where that fails. A test traces it. */
bool seccomp_policy_lets_start(const struct seccomp_policy *policy);

/* Where the rule of a verdict stands: "profiles/seccomp/job.json#/rules/3", or "profiles/seccomp/job.json, default". */
void seccomp_rule_place(const struct seccomp_policy *policy, int rule, char *text, size_t size);

/* The same for people, as short as can be: the first sentence of its reason without the full stop, or where it has none
 * its place. */
void seccomp_rule_reason(const struct seccomp_policy *policy, int rule, char *text, size_t size);

/* Why it is there, in the words of the policy, or NULL. Lives as long as the policy. */
const char *seccomp_rule_why(const struct seccomp_policy *policy, int rule);
