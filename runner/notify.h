/* Tells the service manager how the supervisor is: sd_notify(3), for Type=notify-reload. Without one, nothing. */
#pragma once

#include "runner/slots.h"

#include <stdbool.h>
#include <stdint.h>

#define NOTIFY_STATUS_MAX 128

struct notify {
	bool is_ready;       /* said so */
	int64_t ready_by_ns; /* when it is said in any case */
	bool is_stopping;
	char status[NOTIFY_STATUS_MAX]; /* that was sent last */
	int64_t watchdog_ns;            /* between two signs of life; 0: nobody wants any */
	int64_t alive_at_ns;            /* when the next one is due */
};

void notify_begin(struct notify *notify);

/* Called at every wake-up: READY=1 when the first slot waits for a job, or a minute
 * after the start: while the host has no room or GitHub does not answer the supervisor waits. STOPPING=1, STATUS= if it
 * has changed, WATCHDOG=1. Returns the time until the next call is due, or -1. */
int64_t notify_serve(struct notify *notify, const struct slots *slots);

/* Before and after the pools are read again. */
void notify_reloading(struct notify *notify);
void notify_reloaded(struct notify *notify);

/* Called in between by what takes long in the supervisor's own process: WATCHDOG=1 if it is due. NULL: nothing. */
void notify_alive(struct notify *notify);

/* In a child: nothing that it does or starts is to be heard of. */
void notify_forget(void);
