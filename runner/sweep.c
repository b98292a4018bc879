#include "runner/sweep.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/control/address.h"
#include "runner/job/sweep.h"
#include "runner/journal/journal.h"
#include "runner/registration/record.h"
#include "runner/registration/registration.h"
#include "sandbox/identity/idmap_remove.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define END_LIMIT_NS (20 * NS_PER_S)
#define REMOVE_LIMIT_NS (120 * NS_PER_S)
/* A start does not wait for GitHub to notice that a killed runner is idle. */
#define DEREGISTER_BOUND_NS (20 * NS_PER_S)
#define AHEAD_BOUND_NS (5 * NS_PER_S)

/* Waits for the slot's last process: what it owns must not be swept under its feet. */
static void sweep_slot(struct sweeping *sweeping, int dirfd, const char *name)
{
	const struct state *state = &sweeping->supervisor->state;
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(close_fd) int fd = -1;
	struct error err;

	(void)dirfd;
	if (sweep_slot_of(name) == 0)
		return;
	fd = slot_lock(state, sweep_slot_of(name), END_LIMIT_NS, &err);
	if (fd < 0) {
		sweep_failed(sweeping, &err);
		sweeping->in_use[sweep_slot_of(name)] = true;
		return;
	}
	slot_paths_sweep(state, sweep_slot_of(name), residue);
	sweep_log_residue(sweeping, "slot", name, residue);
}

static bool is_record(const char *name)
{
	const size_t len = strlen(name);

	return len >= 5 && strcmp(name + len - 5, ".json") == 0;
}

static void count_registration(struct sweeping *sweeping, int dirfd, const char *name)
{
	(void)dirfd;
	sweeping->registrations += is_record(name);
}

/* All of them before the first list is asked for. Where GitHub cannot be asked, no start waits for each of them twice.
 */
static void delete_registration(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct supervisor *supervisor = sweeping->supervisor;
	struct record record;
	struct error ignored;
	int deleted;

	(void)dirfd;
	if (sweeping->registrations < 2 || !is_record(name) ||
		record_read(&supervisor->state, name, &record, &ignored) < 0)
		return;
	deleted = registration_delete_ahead(supervisor, &record, AHEAD_BOUND_NS);
	if (deleted > 0)
		json_object_set_new(sweeping->deleted, name, json_integer(record.deleted_ns));
	if (deleted < 0)
		sweeping->registrations = 0;
}

static void sweep_registration(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct supervisor *supervisor = sweeping->supervisor;
	_cleanup_(slot_paths_free) struct slot_paths paths = {0};
	struct record record;
	struct error err;

	/* A half written one has a complete one beside it, or was never of use. */
	if (!is_record(name)) {
		if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) {
			error_set(&err, errno, "registrations/%s", name);
			sweep_failed(sweeping, &err);
		}
		return;
	}
	if (record_read(&supervisor->state, name, &record, &err) < 0 ||
		slot_paths_make(&paths, &supervisor->state, record.slot, &err) < 0) {
		sweep_failed(sweeping, &err);
		return;
	}
	record.deleted_ns = json_integer_value(json_object_get(sweeping->deleted, name));
	record.deleted = record.deleted_ns > 0;
	switch (registration_end(supervisor, &paths, &record, false, DEREGISTER_BOUND_NS, &err)) {
	case REGISTRATION_GONE:
		log_line("sweep: runner %s: %s", record.name, record.id != 0 ? "deregistered" : "was not registered");
		break;
	case REGISTRATION_UNKNOWN:
		log_line(
			"sweep: runner %s (id %lld): still registered, and a JIT configuration cannot deregister it: remove it at GitHub",
			record.name, (long long)record.id);
		break;
	case REGISTRATION_LEFT:
		if (record.id != 0)
			error_context(&err, "runner %s: still registered", record.name);
		else
			error_context(&err, "runner %s: may be registered", record.name);
		sweep_failed(sweeping, &err);
		break;
	}
}

static void sweep_directory(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct error err;

	if (strchr(name, '.') == NULL &&
		remove_tree_of_job(dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0)
		sweep_failed(sweeping, &err);
}

static void sweep_worker_copy(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct error err;

	if (strncmp(name, "worker-", 7) == 0 &&
		remove_tree_of_job(dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0)
		sweep_failed(sweeping, &err);
}

/* Whoever was killed while it wrote one has left a file beside it. */
static void sweep_half_report(struct sweeping *sweeping, int dirfd, const char *name)
{
	const size_t len = strlen(name);
	struct error err;

	if (len < 4 || strcmp(name + len - 4, ".tmp") != 0 || unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return;
	error_set(&err, errno, "reports/%s", name);
	sweep_failed(sweeping, &err);
}

/* Nobody listens to it: we hold the lock of the state directory. */
static void sweep_control(struct sweeping *sweeping)
{
	struct error err;

	if (unlinkat(sweeping->supervisor->state.dirfd, CONTROL_NAME, 0) == 0 || errno == ENOENT)
		return;
	error_set(&err, errno, CONTROL_NAME);
	sweep_failed(sweeping, &err);
}

int sweep(struct supervisor *supervisor, unsigned slot)
{
	_cleanup_(json_drop) json_t *deleted = json_object();
	struct sweeping sweeping = {.supervisor = supervisor, .slot = slot, .deleted = deleted};

	journal_crashed(&supervisor->state, slot);
	/* In this order: config.sh needs the slot's root to deregister, and nobody may write where we remove. */
	sweep_for_each(&sweeping, "slots", sweep_slot);
	sweep_for_each(&sweeping, "jobs", sweep_job);
	sweep_for_each(&sweeping, "registrations", count_registration);
	sweep_for_each(&sweeping, "registrations", delete_registration);
	sweep_for_each(&sweeping, "registrations", sweep_registration);
	sweep_for_each(&sweeping, "slots", sweep_directory);
	sweep_for_each(&sweeping, "reports", sweep_half_report);
	if (slot == SWEEP_ALL) {
		sweep_for_each(&sweeping, ".", sweep_worker_copy);
		sweep_control(&sweeping);
	}
	return sweeping.left ? -1 : 0;
}
