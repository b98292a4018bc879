/* Against the notification of denied calls: attacks on the launcher that names them. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[4096];
static atomic_bool over;

static void *rewrite(void *arg)
{
	char *name = strrchr(path, '/') + 1;

	(void)arg;
	while (!over)
		*name = *name == 'a' ? 'b' : 'a';
	return NULL;
}

/* rewrite DIRECTORY COUNT: makes a directory under a name that another thread changes all the while. */
static void rewriting(char **args)
{
	long count = strtol(args[1], NULL, 10);
	int why = 0;
	pthread_t thread;

	snprintf(path, sizeof path, "%s/a", args[0]);
	if (pthread_create(&thread, NULL, rewrite, NULL) != 0)
		untried("no thread");
	for (long i = 0; i < count; i++) {
		if (mkdir(path, 0700) == 0)
			succeeded("mkdir: done after %ld calls", i);
		if (i > 0 && errno != why)
			untried("mkdir: %s, then %s", errno_name(why), errno_name(errno));
		why = errno;
	}
	over = true;
	pthread_join(thread, NULL);
	blocked("mkdir: %ld times %s", count, errno_name(why));
}

static void *flooding(void *arg)
{
	char target[64];

	for (unsigned long i = 0; !over; i++) {
		snprintf(target, sizeof target, "/%lu/%p", i, arg);
		mount("x", target, "y", 0, NULL);
	}
	return NULL;
}

/* flood: four threads make denied calls, each another one, for ever. */
static void flood(char **args)
{
	pthread_t threads[4];

	(void)args;
	for (unsigned i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, flooding, path + i) != 0)
			untried("no thread");
	printf("flooding\n");
	fflush(stdout);
	pthread_join(threads[0], NULL);
	untried("it ended");
}

static int load(struct sock_filter *insns, unsigned short n, unsigned flags)
{
	struct sock_fprog program = {.len = n, .filter = insns};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* listener NAME: a notifier of its own lets mkdir(2) go on, as a container runtime would with what it looks after. */
static void listener(char **args)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	int fd = load(insns, sizeof insns / sizeof insns[0], SECCOMP_FILTER_FLAG_NEW_LISTENER);
	int status;
	pid_t pid;

	if (fd < 0)
		blocked("listener: %s", errno_name(errno));
	pid = fork();
	if (pid == 0) {
		alarm(10);
		_exit(mkdirat(AT_FDCWD, args[0], 0700) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 1; i++) {
		struct seccomp_notif notif = {0};
		struct seccomp_notif_resp resp = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &notif) < 0)
			untried("receive: %s", errno_name(errno));
		resp.id = notif.id;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0)
			untried("answer: %s", errno_name(errno));
	}
	if (waitpid(pid, &status, 0) == pid && status == 0)
		succeeded("listener: its answer made the directory");
	blocked("listener: its answer counted for nothing");
}

static volatile sig_atomic_t ticks;

static void tick(int sig)
{
	(void)sig;
	ticks = ticks + 1;
}

/* signals COUNT: denied calls while a signal comes every 50 us. A call that was not made must not look interrupted. */
static void signals(char **args)
{
	long count = strtol(args[0], NULL, 10), interrupted = 0;
	struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
	struct itimerval often = {.it_interval = {.tv_usec = 50}, .it_value = {.tv_usec = 50}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (long i = 0; i < count; i++) {
		if (mount("x", "/y", "z", 0, NULL) == 0)
			succeeded("mount: done");
		interrupted += errno != EPERM;
	}
	if (ticks == 0)
		untried("no signal came");
	if (interrupted > 0)
		untried("%ld of %ld calls were not EPERM", interrupted, count);
	blocked("mount: EPERM each time");
}

/* strings: a denied call whose strings lie where there is nothing, end at nothing, or are no text. */
static void strings(char **args)
{
	static char hostile[] = "\033]0;x\007\n##[error]x\n::set-output name=a::b\xff\"\\";

	(void)args;
	prctl(PR_SET_NAME, "a\nb\033[2J\"c");
	mount((char *)1, (char *)-4096L, NULL, 0, NULL);
	if (mount(hostile, hostile, "t", 0, NULL) == 0)
		succeeded("mount: done");
	blocked("mount: %s", errno_name(errno));
}

static const struct attack attacks[] = {
	{"rewrite", 2, rewriting},
	{"flood", 0, flood},
	{"listener", 1, listener},
	{"signals", 1, signals},
	{"strings", 0, strings},
};

ATTACK_MAIN(attacks)
