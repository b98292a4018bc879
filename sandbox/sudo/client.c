#include "sandbox/sudo/client.h"

#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/options.h"
#include "sandbox/sudo/relay.h"
#include "sandbox/sudo/request.h"

#include <errno.h>
#include <linux/un.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

#define USAGE                                                                                                 \
	"usage: sudo -h | -K | -k | -V\n"                                                                     \
	"usage: sudo -v [-ABkNnS] [-g group] [-p prompt] [-u user]\n"                                         \
	"usage: sudo -l [-ABkNnS] [-g group] [-p prompt] [-u user] [command [arg ...]]\n"                     \
	"usage: sudo [-ABbEHkNnPS] [-D directory] [-g group] [-p prompt] [-u user] [--preserve-env[=list]]\n" \
	"            [VAR=value] [-i | -s] [command [arg ...]]\n"

/* Those that are handed on. */
#define HANDED_ON                                                                                                    \
	(SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGUSR1) | \
		SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGALRM) | SIGNAL_BIT(SIGTSTP))
#define WAITED_FOR (HANDED_ON | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGWINCH))
/* Blocked, they do not stop us when we look at a terminal that is somebody else's. */
#define BLOCKED (WAITED_FOR | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))

/* What a shell or nohup(1) may have had ignored. */
static signal_bits ignored_signals(void)
{
	static const unsigned char looked_at[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};
	signal_bits ignored = 0;

	for (size_t i = 0; i < sizeof looked_at; i++)
		if (call_signal_is_ignored(looked_at[i]))
			ignored |= SIGNAL_BIT(looked_at[i]);
	return ignored;
}

/* As sudo does: whatever is closed would become a file of the command's. Nothing can be read from the first. */
static void open_missing(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (RAW3(fcntl, fd, F_GETFD, 0) < 0)
			RAW4(openat, AT_FDCWD, "/dev/null", fd == 0 ? O_WRONLY : O_RDWR, 0);
}

static size_t count(char *const *list, size_t *size)
{
	size_t n = 0;

	for (; list[n] != NULL; n++)
		*size += strlen(list[n]) + 1;
	return n;
}

static char *add(char *to, const char *text)
{
	const size_t len = strlen(text) + 1;

	memcpy(to, text, len);
	return to + len;
}

static char *add_all(char *to, char *const *list)
{
	for (; *list != NULL; list++)
		to = add(to, *list);
	return to;
}

/* The strings of the request, and what the head says of them. NULL: too much, which has been said. */
static char *strings(const struct options *options, char **envp, struct sudo_head *head)
{
	size_t size = strlen(options->user) + strlen(options->group) + strlen(options->directory) + 3;
	const size_t n_args = count(options->args, &size), n_assignments = count(options->assignments, &size),
		     n_keep = count(options->keep, &size), n_env = count(envp, &size);
	char *text = NULL, *to;

	if (size <= SUDO_SIZE_MAX && n_args <= SUDO_ARGS_MAX && n_env <= SUDO_ENV_MAX &&
		n_assignments <= SUDO_ENV_MAX && n_keep <= SUDO_ENV_MAX)
		text = call_memory(size);
	if (text == NULL) {
		say_errno(-E2BIG, "unable to execute ", options->n_args > 0 ? options->args[0] : "shell", NULL);
		return NULL;
	}
	head->size = (uint32_t)size;
	head->n_args = (uint32_t)n_args;
	head->n_assignments = (uint32_t)n_assignments;
	head->n_keep = (uint32_t)n_keep;
	head->n_env = (uint32_t)n_env;
	to = add(add(add(text, options->user), options->group), options->directory);
	add_all(add_all(add_all(add_all(to, options->args), options->assignments), options->keep), envp);
	return text;
}

static void fill_head(const struct options *options, signal_bits blocked, struct sudo_head *head)
{
	head->magic = SUDO_MAGIC;
	head->version = SUDO_VERSION;
	head->flags = options->flags;
	head->umask = (uint32_t)RAW1(umask, 0);
	RAW1(umask, head->umask);
	head->ignored = ignored_signals();
	head->blocked = blocked;
	for (unsigned i = 0; i < SUDO_RLIMITS; i++)
		RAW4(prlimit64, 0, i, 0, &head->rlimits[i]);
}

static int connect_broker(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SUDO_SOCKET};
	const long sock = RAW3(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const long why = sock < 0 ? sock : RAW3(connect, sock, &address, sizeof address);

	if (why == 0)
		return (int)sock;
	say_errno(why, "the broker of this sandbox does not answer: ", SUDO_SOCKET, NULL);
	return -1;
}

static bool send_request(int sock, const struct sudo_head *head, const char *text, const int fds[SUDO_FDS_MAX])
{
	const size_t size = sizeof(int) * sudo_head_fds(head);
	union {
		char buffer[CMSG_SPACE(sizeof(int) * SUDO_FDS_MAX)];
		struct cmsghdr align;
	} control = {.buffer = {0}};
	struct iovec part = {(void *)(uintptr_t)head, sizeof *head};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.buffer, .msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(rights), fds, size);
	/* The socket takes so little at once, or nothing. */
	return RAW3(sendmsg, sock, &message, MSG_NOSIGNAL) == (long)sizeof *head &&
	       call_send_all(sock, text, head->size);
}

static pid_t own_pid(void)
{
	return (pid_t)RAW(getpid, 0, 0, 0, 0, 0, 0);
}

/* As whoever waits for us would see it of the command itself. */
static int die_of(int sig)
{
	static const struct sudo_rlimit no_core = {0, 0};
	const signal_bits one = SIGNAL_BIT(sig);

	RAW4(prlimit64, 0, RLIMIT_CORE, &no_core, 0);
	call_signal_default(sig);
	RAW4(rt_sigprocmask, SIG_UNBLOCK, &one, 0, sizeof one);
	RAW2(kill, own_pid(), sig);
	return 128 + sig;
}

/* A call that goes on. */
struct call {
	int sock, signals;
	struct relay relay;
};

/* Stops us by the command's signal, and with us what is in front of the same terminal. False: nobody would continue us
 * (the kernel takes no notice of such a signal then), and nothing has stopped. */
static bool stop_by(int sig, bool group)
{
	static const struct timespec at_once = {0};
	const signal_bits one = SIGNAL_BIT(sig), continued = SIGNAL_BIT(SIGCONT);

	call_signal_default(sig);
	RAW2(kill, group ? 0 : own_pid(), sig);
	RAW4(rt_sigprocmask, SIG_UNBLOCK, &one, 0, sizeof one);
	RAW4(rt_sigprocmask, SIG_BLOCK, &one, 0, sizeof one);
	return RAW4(rt_sigtimedwait, &continued, 0, &at_once, sizeof continued) == SIGCONT;
}

static void send_byte(const struct call *call, int value)
{
	const unsigned char byte = (unsigned char)value;

	call_send_all(call->sock, &byte, 1);
}

/* We have been continued, and so is the command: in front of its terminal if we are in front of ours. */
static void go_on(struct call *call, bool front)
{
	struct relay *relay = &call->relay;

	relay_resize(relay);
	relay_start(relay);
	if (relay->tty >= 0 && relay->wanted && relay_is_in_front(relay))
		front = true;
	send_byte(call, front ? SUDO_CONTINUE_FRONT : SUDO_CONTINUE_BACK);
}

/* Whether the command, which asks for the terminal, has been given it, since we have it. */
static bool gave_terminal(struct call *call)
{
	if (call->relay.tty < 0 || !relay_is_in_front(&call->relay))
		return false;
	go_on(call, true);
	return true;
}

/* By a signal that says that it wants the terminal, the command gets it if we have it. Where that has gone away from
 * us, and nobody would bring it back, the command waits for keys that nobody types. */
static void stop_too(struct call *call, int sig)
{
	const bool asks = sig == SIGTTIN || sig == SIGTTOU;
	struct relay *relay = &call->relay;
	bool continued;

	relay->wanted |= asks && relay->tty >= 0;
	if (asks && gave_terminal(call))
		return;
	relay_drain(relay, call->signals);
	relay_stop(relay);
	/* It may have come to us meanwhile, and who gave it does not expect that we stop. */
	if (asks && gave_terminal(call))
		return;
	continued = stop_by(asks ? SIGTSTP : sig, relay->tty >= 0);
	go_on(call, asks && !continued);
}

/* Until the broker's process of this call has ended, or a job that ends with us would be said to have left it behind.
 * With -b the command has begun then. */
static void wait_for_call(const struct call *call)
{
	char nothing;

	(void)call_read_all(call->sock, &nothing, 1);
}

/* -1: the call goes on. */
static int answered(const struct sudo_answer *answer, struct call *call)
{
	char digits[24], *end;

	if (answer->kind == SUDO_STOPPED) {
		stop_too(call, answer->value);
		return -1;
	}
	relay_drain(&call->relay, call->signals);
	relay_stop(&call->relay);
	wait_for_call(call);
	switch (answer->kind) {
	case SUDO_EXITED:
		return answer->value & 0xff;
	case SUDO_KILLED:
		return die_of(answer->value);
	case SUDO_REFUSED:
		if (answer->value < 0) {
			say_errno(answer->value, "unable to fork", NULL);
			return 1;
		}
		end = raw_decimal(digits, (uint64_t)answer->value);
		*end = '\0';
		say("too many calls at once: at most ", digits, NULL);
		return 1;
	default:
		say("the broker of this sandbox has answered nonsense", NULL);
		return 1;
	}
}

static void heard_signal(struct call *call)
{
	struct signalfd_siginfo info = {0};

	if (RAW3(read, call->signals, &info, sizeof info) != (long)sizeof info)
		return;
	if (info.ssi_signo == SIGWINCH)
		relay_resize(&call->relay);
	else if (info.ssi_signo == SIGCONT)
		go_on(call, false);
	else
		send_byte(call, (int)info.ssi_signo);
}

static int wait_for_end(struct call *call)
{
	struct sudo_answer answer;
	int status;

	for (;;) {
		struct pollfd fds[2 + RELAY_SOURCES] = {
			{.fd = call->sock, .events = POLLIN}, {.fd = call->signals, .events = POLLIN}};

		relay_sources(&call->relay, fds + 2);
		if (call_poll(fds, 2 + RELAY_SOURCES, NULL) < 0)
			continue;
		relay_copy(&call->relay, fds + 2);
		if (fds[1].revents != 0)
			heard_signal(call);
		if (fds[0].revents == 0)
			continue;
		if (!call_read_all(call->sock, &answer, sizeof answer)) {
			relay_drain(&call->relay, call->signals);
			relay_stop(&call->relay);
			say("the call was ended: the broker of this sandbox has gone away, or refused it", NULL);
			return 1;
		}
		status = answered(&answer, call);
		if (status >= 0)
			return status;
	}
}

/* That of a caller who may not search it has no other name. */
static int open_directory(void)
{
	long fd = call_open(".", O_PATH | O_DIRECTORY);

	if (fd == -EACCES)
		fd = call_open("/proc/self/cwd", O_PATH | O_DIRECTORY);
	if (fd < 0)
		say_errno(fd, "unable to open the working directory", NULL);
	return (int)fd;
}

/* With -b the command may outlive whoever copies, and for the keyboard there is the shell that goes on: it gets the
 * terminal itself, and nothing to read. */
static bool open_streams(const struct options *options, struct relay *relay, int fds[SUDO_FDS_MAX])
{
	const uint32_t without = SUDO_BACKGROUND | SUDO_LIST | SUDO_VALIDATE;

	if (!relay_begin(relay, (options->flags & without) == 0))
		return false;
	for (int fd = 0; fd <= 2; fd++)
		fds[fd] = relay_given(relay, fd);
	if ((options->flags & SUDO_BACKGROUND) != 0 && relay_is_terminal(0))
		fds[0] = (int)call_open("/dev/null", O_RDONLY);
	fds[3] = open_directory();
	fds[4] = relay->slave;
	return fds[0] >= 0 && fds[3] >= 0;
}

static int call_broker(const struct options *options, char **envp)
{
	static struct call call;
	const signal_bits waited_for = WAITED_FOR, to_block = BLOCKED;
	struct sudo_head head = {0};
	signal_bits blocked = 0;
	const char *text;
	int fds[SUDO_FDS_MAX];

	open_missing();
	RAW4(rt_sigprocmask, SIG_BLOCK, &to_block, &blocked, sizeof blocked);
	fill_head(options, blocked, &head);
	text = strings(options, envp, &head);
	if (text == NULL)
		return 1;
	call.signals = (int)RAW4(signalfd4, -1, &waited_for, sizeof waited_for, SFD_CLOEXEC);
	if (call.signals < 0) {
		say_errno(call.signals, "unable to wait for signals", NULL);
		return 1;
	}
	call.sock = connect_broker();
	if (call.sock < 0 || !open_streams(options, &call.relay, fds))
		return 1;
	if (call.relay.master >= 0)
		head.flags |= SUDO_TTY;
	if (call.relay.wanted)
		head.flags |= SUDO_FOREGROUND;
	relay_start(&call.relay);
	/* Where it is not taken, the answer says why. */
	(void)send_request(call.sock, &head, text, fds);
	call_close(fds[3]);
	if (call.relay.slave >= 0)
		call_close(call.relay.slave);
	return wait_for_end(&call);
}

static int refuse_option(const struct options *options)
{
	const char letter[] = {options->letter, '\0'};

	switch (options->action) {
	case OPTIONS_UNKNOWN:
		if (options->letter != 0)
			say("invalid option -- '", letter, "'", NULL);
		else
			say("unrecognized option '", options->word, "'", NULL);
		break;
	case OPTIONS_AMBIGUOUS:
		say("option '", options->word, "' is ambiguous", NULL);
		break;
	case OPTIONS_NO_VALUE:
		if (options->letter != 0)
			say("option requires an argument -- '", letter, "'", NULL);
		else
			say("option '", options->word, "' requires an argument", NULL);
		break;
	case OPTIONS_A_VALUE:
		say("option '", options->word, "' doesn't allow an argument", NULL);
		break;
	case OPTIONS_UNSUPPORTED:
		if (options->letter != 0)
			say("-", letter, ": not supported in this sandbox", NULL);
		else
			say(options->word, ": not supported in this sandbox", NULL);
		return 1;
	case OPTIONS_CONFLICT:
		say("you may not specify both ", options->word, " options", NULL);
		break;
	default:
		break;
	}
	put_text(2, USAGE);
	return 1;
}

int client_main(int argc, char **argv, char **envp)
{
	struct options options;
	char **lists = call_memory(2 * ((size_t)argc + 1) * sizeof *lists);

	if (lists == NULL || argc < 1) {
		say_errno(lists == NULL ? -ENOMEM : -EINVAL, "unable to read the arguments", NULL);
		return 1;
	}
	options_read(argc, argv, lists, &options);
	switch (options.action) {
	case OPTIONS_CALL:
		return call_broker(&options, envp);
	case OPTIONS_NOTHING:
		return 0;
	case OPTIONS_HELP:
		put_text(1, "sudo - execute a command as another user of this sandbox\n\n" USAGE);
		return 0;
	case OPTIONS_VERSION:
		put_text(1, "Sudo version 1.9 (Cofferdam " COFFERDAM_VERSION ", a broker in the sandbox)\n");
		return 0;
	default:
		return refuse_option(&options);
	}
}
