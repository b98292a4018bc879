/* Takes the last steps before the command, and executes it. execve(2).
 * Runs in: command */
#pragma once

#include "policy/plan.h"
#include "sandbox/broker.h"
#include "sandbox/watch/message.h"

/* In the process that becomes the command, and starts `broker` before, where there is one. Capabilities are gone by
 * now. Does not return: on failure it makes `failed` a MESSAGE_FAILED with status 125 (set-up), 126 (cannot be
 * executed) or 127 (not found), sends that over `sock` and exits; where its filter refuses the one or the other,
 * whoever shares the memory reads it. */
void payload_run(const struct plan *plan, const struct broker *broker, int sock, struct message *failed)
	__attribute__((noreturn));
