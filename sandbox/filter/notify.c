#include "sandbox/filter/notify.h"

#include "common/cleanup.h"
#include "common/visible.h"
#include "policy/seccomp/notify.h"
#include "policy/seccomp/watched.h"
#include "policy/syscalls/call_text.h"
#include "policy/syscalls/syscalls.h"
#include "sandbox/filter/notif.h"
#include "sandbox/filter/peek.h"
#include "sandbox/watch/watch.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Looking at a call costs us a dozen system calls, making it costs the job one: after so many they are only answered
 * and counted. */
#define INSPECTIONS_MAX 4096

/* The same for calls that are allowed, where all of them are to be watched: after so many they only go on. */
#define WATCHED_MAX 32768

/* From then on so many are answered at a time, and then none for a while: a job cannot make us work more beside its own
 * limit of CPU. */
#define BATCH 64
#define PAUSE_NS 10000000

struct notify {
	struct plan_policy *policy;
	const struct refusal_scope *scope; /* NULL: no allowed call is watched */
	int listener;
	int pause; /* the timer at whose end the listener is heard again; -1: not needed yet */
	unsigned inspections, watched, answers;
	bool memory; /* strings are read from the job's memory */
};

/* Whether the call is still the one that was announced: its thread has not been killed, and its number not reused. */
static bool still_waits(const struct notify *notify, const struct seccomp_notif *notif)
{
	return ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notif->id) == 0;
}

static bool memory_is_readable(const struct notify *notify, const char *name)
{
	return notify->memory && call_strings(name) != 0;
}

static void read_strings(const struct peek *peek, const char *name, const struct seccomp_notif *notif,
	char buffers[CALL_ARGS][CALL_STRING_MAX], const char *strings[CALL_ARGS])
{
	unsigned wanted = call_strings(name);

	for (unsigned i = 0; i < CALL_ARGS; i++)
		if ((wanted & 1u << i) != 0 && notif->data.args[i] != 0 &&
			peek_string(peek, notif->data.args[i], buffers[i], CALL_STRING_MAX))
			strings[i] = buffers[i];
}

/* Describes the call and who makes it. */
static void describe(
	const struct peek *peek, const char *name, const struct seccomp_notif *notif, struct denial *denial)
{
	char buffers[CALL_ARGS][CALL_STRING_MAX];
	const char *strings[CALL_ARGS] = {NULL};
	uint64_t args[CALL_ARGS];

	memcpy(args, notif->data.args, sizeof args);
	read_strings(peek, name, notif, buffers, strings);
	call_text(name, args, strings, denial->arguments, sizeof denial->arguments);
	visible(denial->process, sizeof denial->process, peek->name, strlen(peek->name), VISIBLE_QUOTED);
	denial->pid = peek->pid;
}

/* Looks at the call. False: it has gone meanwhile, and what was seen may be another call's; or it is an allowed one
 * (`watched`) that nothing else will refuse. */
static bool inspect(const struct notify *notify, const struct seccomp_notif *notif, bool watched, struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name((unsigned)notif->data.nr);
	_cleanup_(peek_close) struct peek peek = PEEK_NONE;

	if (name == NULL)
		return !watched && still_waits(notify, notif);
	if (memory_is_readable(notify, name))
		peek_memory(&peek, (pid_t)notif->pid);
	if (!still_waits(notify, notif)) /* what we opened may be another process of that number */
		return false;
	if (watched && !refusal_foresee(notify->scope, notif, &peek, denial))
		return false;
	peek_identify(&peek, (pid_t)notif->pid);
	describe(&peek, name, notif, denial);
	return still_waits(notify, notif);
}

/* Only errnos leave here. Anything else would mean that filter and policy disagree, and is denied as well. */
static int answer_of(struct seccomp_verdict verdict)
{
	if ((verdict.action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return EPERM;
	return (int)(verdict.action & SECCOMP_RET_DATA);
}

static void note(
	struct notify *notify, struct watch *watch, const struct seccomp_notif *notif, struct seccomp_verdict verdict)
{
	struct denial denial = {.number = (unsigned)notif->data.nr, .errnum = answer_of(verdict), .rule = verdict.rule};

	if (notify->inspections == INSPECTIONS_MAX) {
		watch->outcome->denials.more++;
		return;
	}
	notify->inspections++;
	if (inspect(notify, notif, false, &denial))
		denials_add(&watch->outcome->denials, &denial);
}

/* The same of a call that goes on. */
static void note_watched(struct notify *notify, struct watch *watch, const struct seccomp_notif *notif)
{
	struct denial denial = {.number = (unsigned)notif->data.nr};

	if (notify->watched == WATCHED_MAX) {
		watch->outcome->denials.unwatched++;
		return;
	}
	notify->watched++;
	if (inspect(notify, notif, true, &denial))
		denials_add(&watch->outcome->denials, &denial);
}

/* Whether the filter notified of it because it is watched: the policy allows it by its number alone, and an answer that
 * lets it go on is no decision. */
static bool is_watched(const struct notify *notify, int number, struct seccomp_verdict verdict)
{
	unsigned n;

	return notify->scope != NULL && seccomp_lets_through(verdict.action) &&
	       watched_rows((unsigned)number, &n) != NULL;
}

static int on_pause_over(struct watch *watch, int timer, short revents, void *data, struct error *err)
{
	const struct notify *notify = data;
	const int gone_off = watch_timer(timer, err);

	(void)revents;
	if (gone_off < 0)
		return error_context(err, "explain: timer");
	if (gone_off)
		watch_events(watch, notify->listener, POLLIN);
	return 0;
}

/* After the answer: those that wait now wait a little longer. */
static int pace(struct notify *notify, struct watch *watch, struct error *err)
{
	static const struct itimerspec when = {.it_value = {.tv_nsec = PAUSE_NS}};

	if ((notify->inspections < INSPECTIONS_MAX && notify->watched < WATCHED_MAX) || ++notify->answers % BATCH != 0)
		return 0;
	if (notify->pause < 0) {
		notify->pause = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (notify->pause < 0)
			return error_set(err, errno, "explain: timerfd_create");
		if (watch_add(watch, notify->pause, POLLIN, on_pause_over, notify, err) < 0)
			return -1;
	}
	if (timerfd_settime(notify->pause, 0, &when, NULL) < 0)
		return error_set(err, errno, "explain: timerfd_settime");
	watch_events(watch, notify->listener, 0);
	return 0;
}

/* One call at a time: between two of them the timer and the signals have their turn. */
static int on_denied(struct watch *watch, int listener, short revents, void *data, struct error *err)
{
	union notif_request request = {.room = {0}};
	union notif_answer answer = {.room = {0}};
	const struct seccomp_policy *policy;
	struct seccomp_verdict verdict;
	struct notify *notify = data;

	if ((revents & POLLIN) == 0) {
		watch_remove(watch, listener); /* POLLHUP: nobody is left under the filter */
		return 0;
	}
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) {
		if (errno == ENOENT || errno == EINTR) /* its thread was killed between poll(2) and here */
			return 0;
		return error_set(err, errno, "explain: receive");
	}
	policy = plan_policy(notify->policy);
	if (policy == NULL)
		return error_set(err, ENOMEM, "explain: the policy");
	/* A page fault in a read of ours waits for whom the job has put in charge of the page: where it may put
	 * somebody in charge, nothing is read. */
	notify->memory = seccomp_policy_never_allows(policy, SYS_userfaultfd);
	verdict = seccomp_notify_verdict(policy, &request.notif.data);
	answer.resp.id = request.notif.id;
	if (is_watched(notify, request.notif.data.nr, verdict)) {
		note_watched(notify, watch, &request.notif);
		answer.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else {
		note(notify, watch, &request.notif, verdict);
		answer.resp.error = -answer_of(verdict);
	}
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 && errno != ENOENT)
		return error_set(err, errno, "explain: answer");
	return pace(notify, watch, err);
}

static int begin(struct notify **notify, struct watch *watch, struct plan_policy *policy,
	const struct refusal_scope *scope, int *fd, struct error *err)
{
	if (*fd < 0 || *notify != NULL)
		return error_set(err, 0, "explain: the listener did not arrive");
	*notify = calloc(1, sizeof **notify);
	if (*notify == NULL)
		return error_set(err, ENOMEM, "explain");
	(*notify)->policy = policy;
	(*notify)->scope = scope;
	(*notify)->pause = -1;
	(*notify)->listener = take_fd(fd);
	watch->outcome->denials.explained = true;
	watch->outcome->denials.all = scope != NULL;
	return watch_add(watch, (*notify)->listener, POLLIN, on_denied, *notify, err);
}

int notify_received(struct notify **notify, struct watch *watch, struct plan_policy *policy,
	const struct refusal_scope *scope, const struct message *message, int *fd, struct error *err)
{
	struct denials *denials = &watch->outcome->denials;

	if (message->kind == MESSAGE_LISTENER)
		return begin(notify, watch, policy, scope, fd, err);
	if (message->kind == MESSAGE_UNEXPLAINED)
		snprintf(denials->reason, sizeof denials->reason, "%.100s", message->error.text);
	return 0;
}

void notify_end(struct notify **notify)
{
	/* The listener has nobody to hear any more, and ends with the launcher. */
	if (*notify != NULL)
		close_fd(&(*notify)->pause);
	freep(notify);
}
