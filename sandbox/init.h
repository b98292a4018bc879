/* Opens and becomes PID 1 of the sandbox: a program of its own (sandbox/init/), which forwards signals and reaps.
 * PID 1 ends when the command ends; the kernel then kills what is left in the namespace. pid_namespaces(7).
 * Runs in: child */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <sys/types.h>

#define INIT_NAME "cofferdam-init"

/* A file with the program. Nobody may read it, so what runs it is not dumpable from its first instruction on: no
 * process inside can look into PID 1 or reach the file through /proc/1/exe (CVE-2019-5736). The caller closes it. */
int init_open(struct error *err);

/* The calling process becomes the program in `image`, which stays until the process `command` has ended. `broker`: a
 * process of ours that ends with it, and is not counted as left behind, or 0. `sock` becomes its descriptor 0, and
 * nothing else stays open. `capable`: the caller has capabilities, and lays them down. Returns only after failure.
 * execveat(2). */
int init_become(int image, int sock, pid_t command, pid_t broker, bool capable, struct error *err);
