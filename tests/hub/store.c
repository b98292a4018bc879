#include "tests/hub/store.h"

#include "tests/hub/app.h"
#include "tests/hub/blobs.h"
#include "tests/hub/clock.h"
#include "tests/hub/entries.h"
#include "tests/hub/faults.h"
#include "tests/hub/files.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/ratelimit.h"
#include "tests/hub/requests.h"
#include "tests/hub/runners.h"
#include "tests/hub/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_SLICE_NS (NS_PER_S / 5)

void store_init(struct store *store)
{
	pthread_condattr_t attr;

	memset(store, 0, sizeof *store);
	pthread_mutex_init(&store->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->changed, &attr);
	pthread_condattr_destroy(&attr);
	store->faults = faults_new();
	store->requests = requests_new();
	store->rates = rates_new();
	store_add_group(store, "Default", false);
	store_add_group(store, "GitHub Actions", true);
}

void store_free(struct store *store)
{
	tokens_free(store);
	runners_free(store);
	jobs_free(store);
	files_free(store);
	entries_free(store);
	blobs_free(store);
	faults_free(store->faults);
	requests_free(store->requests);
	rates_free(store->rates);
	app_drop(store);
	for (size_t i = 0; i < store->group_count; i++)
		free(store->groups[i].name);
	free(store->groups);
	free(store->settings.base);
	pthread_cond_destroy(&store->changed);
	pthread_mutex_destroy(&store->lock);
}

/* What time alone changes: offers that nobody took, jobs that nobody renews, sessions that nobody ended. */
static void sweep(struct store *store)
{
	jobs_sweep(store);
	runners_sweep(store);
}

void store_lock(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	sweep(store);
}

void store_unlock(struct store *store)
{
	pthread_mutex_unlock(&store->lock);
}

void store_changed(struct store *store)
{
	pthread_cond_broadcast(&store->changed);
}

bool store_wait(struct store *store, int64_t deadline_ns)
{
	int64_t now = now_ns(), until = now + WAIT_SLICE_NS;
	struct timespec ts;

	if (store->stopping || now >= deadline_ns)
		return false;
	if (until > deadline_ns)
		until = deadline_ns;
	ts.tv_sec = (time_t)(until / NS_PER_S);
	ts.tv_nsec = (long)(until % NS_PER_S);
	pthread_cond_timedwait(&store->changed, &store->lock, &ts);
	sweep(store);
	return !store->stopping;
}

int64_t store_next_id(struct store *store)
{
	return ++store->last_id;
}

void store_add_group(struct store *store, const char *name, bool hosted)
{
	struct group *grown = must(realloc(store->groups, (store->group_count + 1) * sizeof *grown));

	grown[store->group_count].id = (int64_t)store->group_count + 1;
	grown[store->group_count].name = copy_text(name);
	grown[store->group_count].hosted = hosted;
	store->groups = grown;
	store->group_count++;
}

const struct group *store_group(const struct store *store, int64_t id)
{
	return id < 1 || (size_t)id > store->group_count ? NULL : &store->groups[id - 1];
}
