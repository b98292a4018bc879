/* The process that serves metrics and the status page: `cofferdam-runner serve-metrics DIR`, which the supervisor
 * starts. Its listening socket is descriptor 3.
 *
 * It reads what anybody on the host sends, so it holds nothing: it is a program anew, with an empty environment and no
 * credential, has the journal open for reading, and then no file system any more (Landlock). */
#pragma once

#define SERVE_COMMAND "serve-metrics"
#define SERVE_FD 3
#define SERVE_REMOTE "remote" /* an argument more: others can reach the socket, by whatever name */

/* Serves until it is killed. Returns an exit code (enum runner_exit). */
int serve(int argc, char **argv);
