/* All secrets of a process. */
#pragma once

#include "runner/config/credentials.h"
#include "runner/github/administrator.h"

/* In a child that needs none of them, since fork(2) copies what it does not lock: zeroes and unmaps the credentials and
 * an App's token. Each may be NULL. The structs are the child's own copies. */
void secrets_forget(struct credentials *credentials, struct administrator *administrator);
