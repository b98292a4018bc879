/* Registrations and their sessions. All functions want the store's lock. */
#pragma once

#include "tests/hub/store.h"

/* Adds a registration of `scope`, without a key, session or label. Returns it. */
struct runner *runner_add(struct store *store, const char *scope, const char *name);

/* Labels are compared without regard to case; one that is there already is not added again. */
bool runner_has_label(const struct runner *runner, const char *name);
void runner_add_label(struct runner *runner, const char *name);

/* The registration by its id; with a scope only if it belongs there. NULL when there is none. */
struct runner *runner_find(struct store *store, const char *scope, int64_t id);

/* By its name; without a scope in any. NULL when there is none. */
struct runner *runner_by_name(struct store *store, const char *scope, const char *name);

struct runner *runner_by_client(struct store *store, const char *client_id);

/* As runner_find() for any scope, but also finds one that was deregistered a moment ago and still has its session. */
struct runner *runner_or_retired(struct store *store, int64_t id);

/* Deregisters at once, session and all. */
void runner_remove(struct store *store, struct runner *runner);

/* Deregisters after the one job of an ephemeral runner: gone for the REST API, but its Listener, which may be polling
 * at this moment, is given the time to end its session in peace. */
void runner_retire(struct runner *runner);

/* Whether the Listener was heard of lately. */
bool runner_online(const struct store *store, const struct runner *runner);

/* The job that it runs or was offered, or NULL. */
struct job *runner_job(const struct store *store, const struct runner *runner);

/* Starts a session, or ends the one there is: a job that was offered and not acquired goes back to the queue. */
void runner_open_session(struct store *store, struct runner *runner, const char *owner);
void runner_close_session(struct store *store, struct runner *runner);

/* The runner as the REST API shows it. A new reference. */
json_t *runner_json(const struct store *store, const struct runner *runner);

/* Forgets retired runners whose session has ended or is stale. */
void runners_sweep(struct store *store);
void runners_free(struct store *store);
