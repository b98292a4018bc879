/* SIGINT, SIGTERM and SIGCHLD as a readable descriptor. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Installs the handlers, and ignores SIGPIPE. */
int signals_start(struct error *err);

/* Becomes readable when a signal came. */
int signals_fd(void);

/* Empties the descriptor. */
void signals_drain(void);

/* The first signal that asked for the end, or 0. */
int signals_stop(void);

/* Waits up to `ms`; true when the end was asked for. */
bool signals_sleep(int64_t ms);
