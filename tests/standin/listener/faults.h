/* Faults on order, for the tests of whoever runs the Listener. */
#pragma once

#include <stdbool.h>

/* STANDIN_LISTENER_EXIT=N: the Listener ends with N once its session is open. STANDIN_LISTENER_EXIT_ONCE=N: only the
 * first time, which <root>/_diag/.standin-exit-once remembers. True when it is to end; *code is then set. */
bool faults_exit(const char *root, int *code);
