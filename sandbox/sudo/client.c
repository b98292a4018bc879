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

/* Those that are handed on; a job that is stopped and goes on is among them. */
#define HANDED_ON                                                                                                    \
	(SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGUSR1) | \
		SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGALRM) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGCONT))
#define WAITED_FOR (HANDED_ON | SIGNAL_BIT(SIGWINCH))

/* How often a client in the background looks whether it is in the foreground now: nothing says so to one that runs. */
#define LOOK_NS 100000000

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

	if (size <= SUDO_SIZE_MAX && n_args <= SUDO_ARGS_MAX && n_env <= SUDO_ENV_MAX && n_assignments <= SUDO_ENV_MAX)
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

static bool send_request(int sock, const struct sudo_head *head, const char *text, const int fds[SUDO_FDS])
{
	union {
		char buffer[CMSG_SPACE(sizeof(int) * SUDO_FDS)];
		struct cmsghdr align;
	} control = {.buffer = {0}};
	struct iovec part = {(void *)(uintptr_t)head, sizeof *head};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int) * SUDO_FDS);
	memcpy(CMSG_DATA(rights), fds, sizeof(int) * SUDO_FDS);
	/* The socket takes so little at once, or nothing. */
	return RAW3(sendmsg, sock, &message, MSG_NOSIGNAL) == (long)sizeof *head &&
	       call_send_all(sock, text, head->size);
}

/* As whoever waits for us would see it of the command itself. */
static int die_of(int sig)
{
	static const struct sudo_rlimit no_core = {0, 0};
	const signal_bits one = SIGNAL_BIT(sig);

	RAW4(prlimit64, 0, RLIMIT_CORE, &no_core, 0);
	call_signal_default(sig);
	RAW4(rt_sigprocmask, SIG_UNBLOCK, &one, 0, sizeof one);
	RAW2(kill, RAW(getpid, 0, 0, 0, 0, 0, 0), sig);
	return 128 + sig;
}

/* The command has been stopped: whoever started us sees us stopped too, and with us what is in front of the same
 * terminal. */
static void stop_too(struct relay *relay)
{
	const bool terminal = relay->raw;

	relay_stop(relay);
	if (terminal)
		RAW2(kill, 0, SIGTSTP);
	RAW2(kill, RAW(getpid, 0, 0, 0, 0, 0, 0), SIGSTOP);
	relay_resize(relay);
}

/* -1: the call goes on. */
static int answered(const struct sudo_answer *answer, struct relay *relay)
{
	char digits[24], *end;

	switch (answer->kind) {
	case SUDO_EXITED:
		relay_drain(relay);
		return answer->value & 0xff;
	case SUDO_KILLED:
		relay_drain(relay);
		return die_of(answer->value);
	case SUDO_STOPPED:
		stop_too(relay);
		return -1;
	case SUDO_REFUSED:
		relay_drain(relay);
		if (answer->value < 0) {
			say_errno(answer->value, "unable to fork", NULL);
			return 1;
		}
		end = raw_decimal(digits, (uint64_t)answer->value);
		*end = '\0';
		say("too many calls at once: at most ", digits, NULL);
		return 1;
	default:
		relay_drain(relay);
		say("the broker of this sandbox has answered nonsense", NULL);
		return 1;
	}
}

static void heard_signal(int signals, int sock, const struct relay *relay)
{
	struct signalfd_siginfo info = {0};
	unsigned char byte;

	if (RAW3(read, signals, &info, sizeof info) != (long)sizeof info)
		return;
	if (info.ssi_signo == SIGWINCH) {
		relay_resize(relay);
		return;
	}
	byte = (unsigned char)info.ssi_signo;
	call_send_all(sock, &byte, 1);
}

static int wait_for_end(int sock, struct relay *relay, int signals)
{
	struct sudo_answer answer;
	int status;

	for (;;) {
		struct pollfd fds[2 + RELAY_SOURCES] = {
			{.fd = sock, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		struct timespec look = {.tv_nsec = LOOK_NS};

		relay_start(relay);
		relay_sources(relay, fds + 2);
		if (call_poll(fds, 2 + RELAY_SOURCES, relay_is_away(relay) ? &look : NULL) < 0)
			continue;
		if (fds[1].revents != 0)
			heard_signal(signals, sock, relay);
		if (relay->master >= 0)
			relay_copy(relay, fds + 2);
		if (fds[0].revents == 0)
			continue;
		if (!call_read_all(sock, &answer, sizeof answer)) {
			relay_drain(relay);
			say("the call was ended: the broker of this sandbox has gone away, or refused it", NULL);
			return 1;
		}
		status = answered(&answer, relay);
		if (status >= 0)
			return status;
	}
}

static int call_broker(const struct options *options, char **envp)
{
	const signal_bits waited_for = WAITED_FOR;
	struct sudo_head head = {0};
	struct relay relay;
	signal_bits blocked = 0;
	const char *text;
	int fds[SUDO_FDS];
	long signals;
	int sock;

	open_missing();
	RAW4(rt_sigprocmask, SIG_BLOCK, &waited_for, &blocked, sizeof blocked);
	fill_head(options, blocked, &head);
	text = strings(options, envp, &head);
	signals = RAW4(signalfd4, -1, &waited_for, sizeof waited_for, SFD_CLOEXEC);
	sock = text == NULL || signals < 0 ? -1 : connect_broker();
	if (sock < 0 || !relay_begin(&relay))
		return 1;
	if (relay.master >= 0)
		head.flags |= SUDO_TTY;
	for (int fd = 0; fd <= 2; fd++)
		fds[fd] = relay_given(&relay, fd);
	fds[3] = (int)call_open(".", O_PATH | O_DIRECTORY);
	if (fds[3] < 0) {
		say_errno(fds[3], "unable to open the working directory", NULL);
		return 1;
	}
	/* Where it is not taken, the answer says why. */
	(void)send_request(sock, &head, text, fds);
	call_close(fds[3]);
	if (relay.slave >= 0)
		call_close(relay.slave);
	return wait_for_end(sock, &relay, (int)signals);
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

	if (lists == NULL || argc < 1)
		return 1;
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
