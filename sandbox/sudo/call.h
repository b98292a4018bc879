/* One call of sudo, in a process of its own: reads the request, starts the command, says how it ended.
 * Runs in: helper */
#pragma once

/* Serves the client on `conn`. Descriptors 0-2 are open and given up; of them `counter` counts. Returns the exit status
 * of the process. */
int call_serve(int conn, int counter);
