#include "sandbox/sudo/session.h"

#include "sandbox/sudo/calls.h"

#include <asm/ioctls.h>
#include <sys/stat.h>

#define PTS_MAJOR 136
#define PTS_MAJORS 8
#define TERMINAL_SIGNALS                                                                                             \
	(SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | \
		SIGNAL_BIT(SIGTTOU))

/* makedev(3) has it: the lower twelve bits of the major number are these. */
static bool is_pseudo_terminal(int fd)
{
	struct stat st = {0};
	uint64_t major;

	if (RAW2(fstat, fd, &st) != 0 || !S_ISCHR(st.st_mode))
		return false;
	major = st.st_rdev >> 8 & 0xfff;
	return major >= PTS_MAJOR && major < PTS_MAJOR + PTS_MAJORS;
}

static pid_t own_pid(void)
{
	return (pid_t)RAW(getpid, 0, 0, 0, 0, 0, 0);
}

void session_lead(struct session *session, int terminal, uid_t owner)
{
	const signal_bits keys = TERMINAL_SIGNALS;

	*session = (struct session){.terminal = -1};
	RAW4(rt_sigprocmask, SIG_BLOCK, &keys, 0, sizeof keys);
	RAW(setsid, 0, 0, 0, 0, 0, 0);
	if (terminal < 0 || !is_pseudo_terminal(terminal) || RAW3(ioctl, terminal, TIOCSCTTY, 0) != 0)
		return;
	RAW3(fchown, terminal, owner, -1);
	session->terminal = terminal;
}

void session_join(const struct session *session, bool front)
{
	const pid_t group = own_pid();

	RAW2(setpgid, 0, 0);
	if (front && session->terminal >= 0)
		RAW3(ioctl, session->terminal, TIOCSPGRP, &group);
}

static bool is_in_front(const struct session *session, pid_t *group)
{
	*group = 0;
	return RAW3(ioctl, session->terminal, TIOCGPGRP, group) == 0 && *group == own_pid();
}

void session_front(struct session *session, pid_t command)
{
	pid_t group;

	if (session->terminal < 0 || !is_in_front(session, &group))
		return;
	if (session->front == 0 || RAW3(ioctl, session->terminal, TIOCSPGRP, &session->front) != 0)
		RAW3(ioctl, session->terminal, TIOCSPGRP, &command);
}

void session_back(struct session *session)
{
	const pid_t own = own_pid();
	pid_t group;

	if (session->terminal < 0 || is_in_front(session, &group))
		return;
	session->front = group;
	RAW3(ioctl, session->terminal, TIOCSPGRP, &own);
}
