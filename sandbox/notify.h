/* seccomp user notification, the launcher's side (seccomp_unotify(2)). It names what is denied and decides nothing:
 * each call is answered with the errno that the policy gives it, never with CONTINUE, never with a result. A launcher
 * that is gone is ENOSYS to whoever waits or comes (the kernel's answer), and the death of the job. */
#pragma once

#include "common/error.h"
#include "sandbox/message.h"

struct watch;
struct notify;

/* Takes what a message says of the listener: with MESSAGE_LISTENER *fd, which it then owns, becomes one of the sources
 * of the watch. Any other message is none of its business. < 0: the job must not go on. */
int notify_told(struct watch *watch, const struct message *message, int *fd, struct error *err);

/* Closes the listener. Calls that still wait are answered by the kernel: ENOSYS. */
void notify_end(struct notify **notify);
