#include "runner/github/shared_list.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/wipe.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A hundred runners take some 60 KiB; memory that is not written costs nothing. */
#define TEXT_MAX ((size_t)256 << 10)
#define LONG_NS (600 * NS_PER_S)     /* a list of several pages is thought to be one for so long */
#define LOCK_NS (10 * NS_PER_S)      /* whoever has the lock may wait for GitHub: then the others ask for themselves */
#define LOCK_STEP_NS (NS_PER_S / 10) /* between two looks whether a stop came */

/* What was answered last. */
struct answer {
	char url[1024]; /* "" for none */
	char etag[128]; /* or "" */
	int64_t sent_ns, long_until_ns;
	size_t len; /* 0: none */
	char text[TEXT_MAX];
};

struct shared {
	pthread_mutex_t mutex; /* robust: who holds it may be killed */
	struct answer answers[SHARED_LISTS];
};

static struct shared *shared;

int shared_list_share(struct error *err)
{
	pthread_mutexattr_t attributes;
	struct shared *memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return error_set(err, errno, "shared memory");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&memory->mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	shared = memory;
	return 0;
}

/* What a process that was killed was writing is whole or forgotten. */
static void make_consistent(void)
{
	for (int i = 0; i < SHARED_LISTS; i++)
		shared->answers[i].url[0] = '\0';
	pthread_mutex_consistent(&shared->mutex);
}

/* False: it takes too long, or a stop came. */
static bool lock(const struct github *github, int64_t bound_ns)
{
	const int64_t end = clock_monotonic_ns() + (bound_ns < LOCK_NS ? bound_ns : LOCK_NS);

	for (int64_t now = clock_monotonic_ns();; now = clock_monotonic_ns()) {
		const int64_t next = now + LOCK_STEP_NS;
		const struct timespec until = {next / NS_PER_S, next % NS_PER_S};
		const int r = pthread_mutex_clocklock(&shared->mutex, CLOCK_MONOTONIC, &until);

		if (r == EOWNERDEAD)
			make_consistent();
		if (r == 0 || r == EOWNERDEAD)
			return true;
		if (r != ETIMEDOUT || now >= end || stop_poll(github->stop))
			return false;
	}
}

/* More entries are counted than are shown. */
static bool is_long(const json_t *body)
{
	const json_t *total = json_object_get(body, "total_count");
	json_t *value;
	const char *key;
	size_t shown = 0;

	json_object_foreach ((json_t *)body, key, value)
		shown += json_array_size(value);
	return json_integer_value(total) > (json_int_t)shown;
}

static void keep(struct answer *answer, const struct github *github, const char *path, const char *url,
	const json_t *body, int64_t sent_ns)
{
	_cleanup_(wipe_freep) char *text = json_dumps(body, JSON_COMPACT);
	const size_t len = text != NULL ? strlen(text) : 0;
	const bool has_etag = github->list_etag != NULL && strcmp(github->list_path, path) == 0;

	answer->url[0] = '\0';
	if (strlen(url) >= sizeof answer->url || len == 0 || len > sizeof answer->text)
		return;
	memcpy(answer->text, text, len);
	answer->len = len;
	answer->sent_ns = sent_ns;
	answer->long_until_ns = is_long(body) ? sent_ns + LONG_NS : 0;
	snprintf(answer->etag, sizeof answer->etag, "%s", has_etag ? github->list_etag : "");
	snprintf(answer->url, sizeof answer->url, "%s", url);
}

/* Asks, with the lock held: what is answered is for all. */
static int ask(struct github *github, struct answer *answer, const char *path, const char *url, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	const int64_t begin = clock_monotonic_ns();
	const bool is_known = strcmp(answer->url, url) == 0;
	const int64_t wait = is_known ? answer->sent_ns + SHARED_LIST_INTERVAL_NS - begin : 0;
	int64_t sent;
	int called;

	if (is_known && answer->etag[0] != '\0')
		github_know_list(github, path, answer->etag, json_loadb(answer->text, answer->len, 0, NULL));
	if (wait > 0 && wait < bound_ns && stop_sleep(github->stop, wait))
		return error_set(err, EINTR, "%s", github->api);
	sent = clock_monotonic_ns();
	called = github_call(github, "GET", path, NULL, bound_ns - (sent - begin), reply, err);
	if (called == 0 && reply->status == 200)
		keep(answer, github, path, url, reply->body, sent);
	return called;
}

/* 0: from what was answered before. */
static int recall(const struct answer *answer, const char *url, int64_t since_ns, const struct github *github,
	struct github_reply *reply)
{
	if (strcmp(answer->url, url) != 0 || answer->sent_ns < since_ns)
		return -1;
	memset(reply, 0, sizeof *reply);
	reply->body = json_loadb(answer->text, answer->len, 0, NULL);
	reply->status = 200;
	reply->as = github->as;
	return reply->body != NULL ? 0 : -1;
}

int shared_list_get(struct github *github, enum shared_list which, const char *path, int64_t since_ns, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	_cleanup_(freep) char *url = format("%s%s", github->api, path);
	const int64_t begin = clock_monotonic_ns();
	struct answer *answer;
	int got;

	memset(reply, 0, sizeof *reply);
	if (url == NULL)
		return error_set(err, ENOMEM, "%s", path);
	if (shared == NULL || !lock(github, bound_ns))
		return github_call(github, "GET", path, NULL, bound_ns - (clock_monotonic_ns() - begin), reply, err);
	answer = &shared->answers[which];
	if (recall(answer, url, since_ns, github, reply) == 0)
		got = 0;
	else if (strcmp(answer->url, url) == 0 && answer->long_until_ns > begin)
		got = 1;
	else
		got = ask(github, answer, path, url, bound_ns - (clock_monotonic_ns() - begin), reply, err);
	pthread_mutex_unlock(&shared->mutex);
	return got;
}
