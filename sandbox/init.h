/* PID 1 of the sandbox: starts the command, hands signals on, reaps, and ends when the command ends; the kernel then
 * kills whatever is left in the namespace. pid_namespaces(7). */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Starts the command and stays until it has ended. Reports over `sock`; returns only when nothing could be started. */
int init_run(const struct plan *plan, int sock, struct error *err);
