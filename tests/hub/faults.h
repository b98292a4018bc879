/* Scripted failures: the n-th matching call gets another answer, a late one or none. */
#pragma once

#include "tests/hub/call.h"

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);

enum fault_stage {
	FAULT_NONE,    /* go on as usual (perhaps after a delay) */
	FAULT_INSTEAD, /* answered, or to be dropped, unseen by the hub */
	FAULT_AFTER,   /* go on, and then faults_after() */
};

/* Counts the call against all faults and does what the first one that is due asks for. With FAULT_AFTER *after is the
 * rest of it, for faults_after(). Takes the lock itself. */
enum fault_stage faults_before(struct call *call, json_t **after);

/* The call has taken effect: loses its answer, puts another in its place, or makes it late. Releases `after`. */
void faults_after(struct call *call, json_t *after);

/* Handlers of /_hub/faults. Lock held. */
void faults_post(struct call *call);
void faults_get(struct call *call);
void faults_delete(struct call *call);
