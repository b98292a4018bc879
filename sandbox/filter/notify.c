#include "sandbox/notify.h"

#include "common/cleanup.h"
#include "common/visible.h"
#include "policy/call_text.h"
#include "policy/seccomp_notify.h"
#include "policy/syscalls.h"
#include "sandbox/notif.h"
#include "sandbox/peek.h"
#include "sandbox/supervise.h"

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
#define LOOKS_MAX 4096

/* From then on so many are answered at a time, and then none for a while: a job cannot make us work more beside its own
 * limit of CPU. */
#define BATCH 64
#define PAUSE_NS 10000000

struct notify {
	int listener;
	int pause; /* the timer at whose end the listener is heard again; -1: not needed yet */
	unsigned looks, answers;
	bool memory; /* strings are read from the job's memory */
};

/* Whether the call is still the one that was announced: its thread has not been killed, and its number not reused. */
static bool still_waits(const struct notify *notify, const struct seccomp_notif *notif)
{
	return ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notif->id) == 0;
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

/* Fills what the call looks like. False: it has gone meanwhile, and what was seen may be another's. */
static bool look(const struct notify *notify, const struct seccomp_notif *notif, struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name((unsigned)notif->data.nr);
	_cleanup_(peek_close) struct peek peek = {.memory = -1};
	char buffers[CALL_ARGS][CALL_STRING_MAX];
	const char *strings[CALL_ARGS] = {NULL};
	uint64_t args[CALL_ARGS];

	if (name == NULL)
		return still_waits(notify, notif);
	memcpy(args, notif->data.args, sizeof args);
	peek_open(&peek, (pid_t)notif->pid, notify->memory && call_strings(name) != 0);
	if (!still_waits(notify, notif)) /* what we opened may be another process of that number */
		return false;
	read_strings(&peek, name, notif, buffers, strings);
	call_text(name, args, strings, denial->arguments, sizeof denial->arguments);
	visible(denial->process, sizeof denial->process, peek.name, strlen(peek.name), VISIBLE_QUOTED);
	denial->pid = peek.pid;
	return still_waits(notify, notif);
}

/* Only errnos leave here. Anything else would mean that filter and policy disagree, and is denied as well. */
static int answer_of(struct seccomp_verdict verdict)
{
	if ((verdict.action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return EPERM;
	return (int)(verdict.action & SECCOMP_RET_DATA);
}

static void note(struct watch *watch, const struct seccomp_notif *notif, struct seccomp_verdict verdict)
{
	struct notify *notify = watch->notify;
	struct denial denial = {.number = (unsigned)notif->data.nr, .errnum = answer_of(verdict), .rule = verdict.rule};

	if (notify->looks == LOOKS_MAX) {
		watch->outcome->denials.more++;
		return;
	}
	notify->looks++;
	if (look(notify, notif, &denial))
		denials_add(&watch->outcome->denials, &denial);
}

static int on_pause_over(struct watch *watch, int timer, short revents, void *data, struct error *err)
{
	uint64_t expirations;

	(void)revents;
	(void)data;
	if (read(timer, &expirations, sizeof expirations) < 0)
		return error_set(err, errno, "explain: timer");
	watch_events(watch, watch->notify->listener, POLLIN);
	return 0;
}

/* After the answer: those that wait now wait a little longer. */
static int pace(struct watch *watch, struct error *err)
{
	static const struct itimerspec when = {.it_value = {.tv_nsec = PAUSE_NS}};
	struct notify *notify = watch->notify;

	if (notify->looks < LOOKS_MAX || ++notify->answers % BATCH != 0)
		return 0;
	if (notify->pause < 0) {
		notify->pause = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
		if (notify->pause < 0)
			return error_set(err, errno, "explain: timerfd_create");
		if (watch_add(watch, notify->pause, POLLIN, on_pause_over, NULL, err) < 0)
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

	(void)data;
	if ((revents & POLLIN) == 0) {
		watch_remove(watch, listener); /* POLLHUP: nobody is left under the filter */
		return 0;
	}
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) {
		if (errno == ENOENT || errno == EINTR) /* its thread was killed between poll(2) and here */
			return 0;
		return error_set(err, errno, "explain: receive");
	}
	policy = plan_policy(watch->plan);
	if (policy == NULL)
		return error_set(err, ENOMEM, "explain: the policy");
	/* A page fault in a read of ours waits for whom the job has put in charge of the page: where it may put
	 * somebody in charge, nothing is read. */
	watch->notify->memory = seccomp_policy_never_allows(policy, SYS_userfaultfd);
	verdict = seccomp_notify_verdict(policy, &request.notif.data);
	note(watch, &request.notif, verdict);
	answer.resp.id = request.notif.id;
	answer.resp.error = -answer_of(verdict);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 && errno != ENOENT)
		return error_set(err, errno, "explain: answer");
	return pace(watch, err);
}

static int begin(struct watch *watch, int *fd, struct error *err)
{
	if (*fd < 0 || watch->notify != NULL)
		return error_set(err, 0, "explain: the listener did not arrive");
	watch->notify = calloc(1, sizeof *watch->notify);
	if (watch->notify == NULL)
		return error_set(err, ENOMEM, "explain");
	watch->notify->pause = -1;
	watch->notify->listener = take_fd(fd);
	watch->outcome->denials.explained = true;
	return watch_add(watch, watch->notify->listener, POLLIN, on_denied, NULL, err);
}

int notify_told(struct watch *watch, const struct message *message, int *fd, struct error *err)
{
	struct denials *denials = &watch->outcome->denials;

	if (message->kind == MESSAGE_LISTENER)
		return begin(watch, fd, err);
	if (message->kind == MESSAGE_UNEXPLAINED)
		snprintf(denials->reason, sizeof denials->reason, "%.100s", message->error.text);
	return 0;
}

void notify_end(struct notify **notify)
{
	if (*notify != NULL) {
		close_fd(&(*notify)->listener);
		close_fd(&(*notify)->pause);
	}
	freep(notify);
}
