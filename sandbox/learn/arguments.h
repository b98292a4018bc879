/* Reads the paths and addresses behind a call's arguments, from the command's memory.
 * They are resolved as the kernel will resolve them, and may change meanwhile: they suggest a profile and decide
 * nothing.
 * Runs in: launcher */
#pragma once

#include "policy/learn/learn.h"

struct seccomp_notif;

/* Records what there is to see. What was opened to see it is dropped again when the call has gone meanwhile. */
void learn_read_arguments(struct learn *learn, int listener, const struct seccomp_notif *notif);
