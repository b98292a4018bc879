/* All that the hub knows, behind one lock.
 *
 * Each request is served by a thread of its own, which holds the lock while it runs and gives it up only in
 * store_wait(). After a wait every pointer into the store must be looked up again. */
#pragma once

#include <jansson.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings {
	char *base;                /* "http://127.0.0.1:PORT", without a default port and a slash at the end */
	int64_t poll_ns;           /* how long GET message is held */
	int64_t session_ns;        /* a session that was not heard of for longer is taken for dead */
	int64_t offer_ns;          /* a job that was handed out and not acquired for longer goes back to the queue */
	int64_t lost_ns;           /* a running job that was not renewed for longer has failed */
	int64_t token_s;           /* life of registration and remove tokens */
	int64_t rate_limit;        /* requests an hour and credential */
	int64_t ahead_s, behind_s; /* of the clock that clients see */
	int blob_form;             /* enum blob_form */
	bool older;                /* the v1 flow instead of v2 */
	bool no_record;            /* the timeline of a job of it begins empty, and records end no job */
};

enum token_kind {
	TOKEN_PAT,      /* an administrator's */
	TOKEN_REGISTER, /* a registration token: reusable, for one repository, organisation or enterprise */
	TOKEN_REMOVE,
	TOKEN_TENANT, /* what runner-registration answers; only the v1 flow asks for it again */
	TOKEN_ACCESS, /* a runner's, from the OAuth endpoint */
	TOKEN_JOB,    /* a job's own */
};

struct token {
	struct token *next;
	enum token_kind kind;
	char *value;
	char *scope;        /* "repos/o/r", "orgs/o", "enterprises/e"; NULL: all */
	int64_t owner;      /* id of the runner or job */
	int64_t expires_ns; /* 0: never */
};

/* A registration, and the session that its Listener holds. */
struct runner {
	struct runner *next;
	int64_t id, group_id;
	char *name, *scope, *os, *version, *client_id;
	json_t *labels;                /* [{id, name, type}] */
	json_t *notices;               /* messages for its next polls: notices.h */
	json_t *updates;               /* what it said of its own update and of its configuration: {state, trace} */
	EVP_PKEY *key;                 /* NULL when it was registered without a public key */
	bool no_update;                /* v1: it was configured so */
	bool fips;                     /* v1: it uses OAEP with SHA-256 */
	unsigned char session_key[32]; /* v1: what the messages of its session are encrypted with */
	bool ephemeral, jit;
	bool spent;         /* ephemeral, and has acquired its job */
	int64_t retired_ns; /* deregistered then, and only kept so that the Listener can end its session; 0: registered
			     */
	char *session_id;   /* NULL: none */
	char *session_owner;
	int64_t session_seen_ns;
	int polls; /* GET message calls of this session under way */
};

enum job_status { JOB_QUEUED, JOB_IN_PROGRESS, JOB_COMPLETED };

struct job {
	struct job *next;
	int64_t id, runner_id; /* runner_id 0: nobody's */
	enum job_status status;
	char *job_id, *plan_id, *timeline_id, *request_id; /* UUIDs; request_id is the runner_request_id of the offer */
	char *name, *repository, *workflow, *runner_name, *conclusion, *completed_by;
	json_t *labels, *steps, *env, *mask;
	json_t *context;              /* contexts by name, beside github */
	json_t *container, *services; /* as a workflow has them, or NULL */
	json_t *job_outputs;          /* the outputs asked for; `outputs` are those that came */
	json_t *step_results, *annotations, *outputs;
	json_t *step_updates; /* the last that WorkflowStepsUpdate said of each step */
	json_t *logs;         /* v1: the record that each belongs to */
	json_t *timelines;    /* v1: the records of each timeline, by their ids */
	int64_t offered_ns;   /* when it was handed to runner_id, which has not acquired it yet; 0 otherwise */
	int64_t renewed_ns;
	int renewals;
	bool acknowledged, cancel, cancel_sent;
	int64_t cancel_s; /* how long its Worker may take to obey a cancel */
	char queued_at[32], started_at[32], completed_at[32];
	char *log;
	size_t log_len;
};

/* A file that jobs can fetch, in a memfd. */
struct file {
	struct file *next;
	char *name;
	int fd;
	size_t len;
};

struct group {
	int64_t id;
	char *name;
	bool hosted;
};

struct app;
struct blob;
struct entry;
struct faults;
struct request_log;
struct rate_limits;

struct store {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct settings settings;
	struct token *tokens;
	struct runner *runners;
	struct job *jobs;
	struct file *files;
	struct blob *blobs;
	struct entry *entries; /* newest first */
	struct group *groups;
	size_t group_count;
	struct faults *faults;
	struct request_log *requests;
	struct rate_limits *rates;
	struct app *app; /* NULL: none */
	int64_t last_id;
};

/* An empty store with the groups that every organisation has. */
void store_init(struct store *store);
void store_free(struct store *store);

void store_lock(struct store *store);
void store_unlock(struct store *store);

/* Tells all waiters to look again. Lock held. */
void store_changed(struct store *store);

/* Waits for a change, but no longer than until `deadline_ns` nor than a fraction of a second, so that the caller can
 * see whether its client is still there. False when the deadline has passed or the hub is stopping. Lock held. */
bool store_wait(struct store *store, int64_t deadline_ns);

/* Ids are unique over all kinds. */
int64_t store_next_id(struct store *store);

/* Adds a runner group, to be found by its name. */
void store_add_group(struct store *store, const char *name, bool hosted);

/* NULL when there is none. */
const struct group *store_group(const struct store *store, int64_t id);
