#include "sandbox/filter/seccomp.h"

#include "common/cleanup.h"
#include "policy/resolve/missing.h"
#include "policy/seccomp/notify.h"
#include "sandbox/process/signals.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static int load(const struct bpf_program *program, unsigned long flags)
{
	struct sock_fprog fprog = {.len = (unsigned short)program->len, .filter = program->insns};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

int seccomp_install(const struct bpf_program *program, struct error *err)
{
	for (size_t i = 0; i < program->len; i++)
		if (program->insns[i].code == (BPF_RET | BPF_K) &&
			(program->insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return error_set(err, 0, "seccomp: the filter requires a listener");
	if (load(program, 0) < 0)
		return error_set(err, errno, "seccomp: load the filter of %zu instructions", program->len);
	return 0;
}

/* A signal would otherwise interrupt a denied call while the launcher looks at it, and the job would see EINTR; since
 * Linux 5.19 that can be had. */
int seccomp_load_listener(const struct bpf_program *program)
{
	int listener = load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	if (listener < 0 && errno == EINVAL)
		listener = load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return listener;
}

static int no_listener(const struct bpf_program *program, unsigned allow_degraded, int sock, struct error *err)
{
	struct message message = {.kind = MESSAGE_UNEXPLAINED};
	struct bpf_program plain;

	if (errno == EBUSY)
		error_set(&message.error, 0, "an outer filter already has a listener");
	else
		error_set(&message.error, errno, "listener");
	if ((allow_degraded & (1u << PLAN_DEGRADABLE_EXPLAIN)) == 0) {
		error_set(err, 0, "explain: %s", message.error.text);
		return missing_hint(1U << PLAN_DEGRADABLE_EXPLAIN, "use --no-explain", err);
	}
	/* No filter yet: memory may be taken, as long as no signal can end us meanwhile. */
	if (signals_block_all(err) < 0 || seccomp_notify_undo(program, &plain, err) < 0)
		return -1;
	message_send(sock, &message);
	return signals_reset(err) < 0 ? -1 : seccomp_install(&plain, err);
}

int seccomp_apply(const struct bpf_program *program, bool explain, unsigned allow_degraded, int sock, struct error *err)
{
	static const struct message message = {.kind = MESSAGE_LISTENER};
	int listener;

	if (!explain)
		return seccomp_install(program, err);
	listener = seccomp_load_listener(program);
	if (listener < 0)
		return no_listener(program, allow_degraded, sock, err);
	/* Whatever this process does that is denied waits, from here to when the launcher has the listener. The policy
	 * allows sendmsg(2): plan_resolve() has seen to it. */
	if (message_send_fd(sock, &message, listener) < 0)
		return error_set(err, errno, "explain: hand over the listener");
	return 0;
}
