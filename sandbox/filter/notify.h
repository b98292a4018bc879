/* Reports denied calls by seccomp user notification, in the launcher. seccomp_unotify(2)
 *
 * The listener decides nothing: each call that the policy denies is answered with the errno that it gives, never with
 * CONTINUE, never with a result. CONTINUE is only for calls that the policy allows whatever their arguments are, and
 * that are looked at where all is to be explained (policy/seccomp/watched.h). A launcher that is gone is ENOSYS to
 * whoever waits or comes (the kernel's answer), and the death of the job. Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/filter/refusal.h"
#include "sandbox/watch/message.h"

struct watch;
struct notify;

/* Takes what a message says of the listener: with MESSAGE_LISTENER *fd, which *notify then owns, becomes one of the
 * sources of the watch, and `policy` says what each call is answered with; with a `scope`, which the caller keeps,
 * watched calls are looked at too. *notify is NULL before, and stays so without
 * one. Any other message is none of its business. < 0: the job must not go on. */
int notify_received(struct notify **notify, struct watch *watch, struct plan_policy *policy,
	const struct refusal_scope *scope, const struct message *message, int *fd, struct error *err);

/* Closes the listener. Calls that still wait are answered by the kernel: ENOSYS. */
void notify_end(struct notify **notify);
