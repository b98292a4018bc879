/* What a call of a learning run is about: the paths and addresses behind its arguments, read from the command's memory
 * and resolved as the kernel will resolve them in a moment. They may change meanwhile: this is for suggesting a
 * profile, and decides nothing. */
#pragma once

#include "policy/learn.h"

struct seccomp_notif;

/* Records what there is to see. What was opened to see it is dropped again when the call has gone meanwhile. */
void learn_look(struct learn *learn, int listener, const struct seccomp_notif *notif);
