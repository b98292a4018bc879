/* inject ERRNO|kill|lie COMMAND…: runs a launcher once for each system call that it, its child and the command's
 * process make up to the exec of the command, and once for each that launcher and PID 1 make afterwards. Each time that
 * one call does not take place and fails with ERRNO, as `strace -e inject=` does; or, with "lie", does not take place
 * and returns 0, which is tried with the calls that set something up; or, with "kill", the launcher is killed where the
 * call would begin. The command is to print what confines it (tests/escape/confined.c); standard input is the
 * command's.
 *
 * What is right when a call fails or lies: the launcher refuses by name and the command never runs; or it did not
 * matter, and the command prints what it prints undisturbed. When the launcher is killed: nothing that it started is
 * left.
 *
 * INJECT_EVERY=N tries the first and the last of each process's calls of one name, and of the others every Nth.
 *
 * Prints what is wrong, and the counts. Exit status: 0, or 1 when something is wrong. */
#include "tests/escape/probe.h"

#include <elf.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 20
#define ROLES 64 /* a launcher that fails looks for the reason with processes of its own */
#define STEPS 2048
#define TEXT (1 << 16)
#define OPTIONS                                                                                                    \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | \
		PTRACE_O_TRACESYSGOOD)

static const char *const roles[] = {"launcher", "child", "command"};

/* Processes in the order in which they appear. */
struct process {
	pid_t pid;
	int role;
	long calls;     /* so far */
	bool is_job;    /* has gone on to another program: no longer our concern */
	bool suspended; /* the call under way is one that does not take place */
};

enum how { FAIL, LIE, KILL };

struct target {
	int role;
	long call; /* from 1; 0: nothing is done to anybody */
	enum how how;
	int errnum; /* that it fails with */
};

struct run {
	struct process processes[ROLES];
	int n;
	struct target target;
	bool fired;      /* the target was there */
	long fired_nr;   /* system call */
	bool had_begun;  /* the command, before the launcher was killed */
	bool over_limit; /* had to be ended by us */
	int status;      /* of the launcher, as waitpid(2) has it */
	char out[TEXT], err[TEXT];
	long *record; /* of the launcher's, child's … calls: STEPS per role; or NULL */
};

static volatile sig_atomic_t expired;

static void on_alarm(int sig)
{
	(void)sig;
	expired = 1;
}

static struct process *find(struct run *run, pid_t pid)
{
	for (int i = 0; i < run->n; i++)
		if (run->processes[i].pid == pid)
			return &run->processes[i];
	if (run->n == ROLES)
		untried("more than %d processes: %s", ROLES, run->err);
	run->processes[run->n] = (struct process){.pid = pid, .role = run->n};
	return &run->processes[run->n++];
}

#ifdef __x86_64__
/* No call has this number: the kernel does nothing. */
static void suspend(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), -1L);
}

static void answer(pid_t pid, int errnum)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rax), (long)-errnum);
}
#else
static void suspend(pid_t pid)
{
	int nr = -1;
	struct iovec part = {&nr, sizeof nr};

	ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part);
}

static void answer(pid_t pid, int errnum)
{
	struct user_regs_struct regs;
	struct iovec part = {&regs, sizeof regs};

	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
	regs.regs[0] = (unsigned long long)-(long long)errnum;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}
#endif

/* Not calls that do not come back, nor umask(2), which cannot fail, nor brk(2), whose failure is no errno but the old
 * break. */
static bool can_fail(long nr)
{
	return nr != SYS_exit && nr != SYS_exit_group && nr != SYS_rt_sigreturn && nr != SYS_brk && nr != SYS_umask;
}

/* What sets something up, and says so with 0 (setsid(2) with a number, seccomp(2) with a listener: 0 will do). Not
 * landlock_add_rule(2): without a rule the command has less, not more. */
static bool can_lie(long nr)
{
	static const long calls[] = {SYS_capset, SYS_prctl, SYS_seccomp, SYS_landlock_restrict_self, SYS_prlimit64,
		SYS_unshare, SYS_setsid, SYS_mount, SYS_umount2, SYS_mount_setattr, SYS_move_mount, SYS_fsconfig,
		SYS_pivot_root, SYS_sethostname, SYS_keyctl, SYS_close_range, SYS_chdir, SYS_fchdir, SYS_setresuid,
		SYS_setresgid, SYS_setgroups, SYS_timerfd_settime};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static bool is_tried(enum how how, long nr)
{
	return how == KILL || (how == LIE ? can_lie(nr) : can_fail(nr));
}

static void at_call(struct run *run, struct process *process, long nr)
{
	process->calls++;
	if (run->record != NULL && process->calls <= STEPS)
		run->record[process->role * STEPS + process->calls - 1] = nr;
	if (run->target.role != process->role || run->target.call != process->calls)
		return;
	if (!is_tried(run->target.how, nr))
		return;
	run->fired = true;
	run->fired_nr = nr;
	if (run->target.how == KILL) {
		for (int i = 0; i < run->n; i++)
			run->had_begun = run->had_begun || run->processes[i].is_job;
		kill(run->processes[0].pid, SIGKILL);
		return;
	}
	suspend(process->pid);
	process->suspended = true;
}

static void at_stop(struct run *run, struct process *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		at_call(run, process, (long)info.entry.nr);
	} else if (process->suspended) {
		answer(process->pid, run->target.errnum);
		process->suspended = false;
	}
}

static void at_event(struct run *run, struct process *process, int event)
{
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC && process->role > 0)
		process->is_job = true;
	else if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
		 !process->is_job && ptrace(PTRACE_GETEVENTMSG, process->pid, 0, &child) == 0)
		find(run, (pid_t)child);
}

/* Lets one process go on. What has become the command after the launcher's death stays where it is: it must be killed
 * there, and may not get away by ending. */
static void go_on(const struct run *run, const struct process *process, int sig)
{
	if (process->is_job && run->target.how == KILL && run->fired && !run->had_begun)
		return;
	ptrace(process->is_job ? PTRACE_CONT : PTRACE_SYSCALL, process->pid, 0, sig);
}

static void follow(struct run *run)
{
	int status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || (errno == EINTR && !run->over_limit)) {
		struct process *process;

		if (pid < 0) {
			run->over_limit = true;
			for (int i = 0; expired != 0 && i < run->n; i++)
				kill(run->processes[i].pid, SIGKILL);
			continue;
		}
		process = find(run, pid);
		if (!WIFSTOPPED(status)) {
			if (process->role == 0)
				run->status = status;
			continue;
		}
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			at_stop(run, process);
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP) {
			at_event(run, process, status >> 16);
			sig = 0;
		}
		go_on(run, process, sig);
	}
}

static void read_back(int fd, char *text)
{
	ssize_t n = pread(fd, text, TEXT - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

static void run_once(struct run *run, char **command)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC), status;
	pid_t pid;

	lseek(STDIN_FILENO, 0, SEEK_SET);
	pid = fork();
	if (out < 0 || err < 0 || pid < 0)
		untried("fork: %s", errno_name(errno));
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(command[0], command);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0)
		untried("ptrace: %s", errno_name(errno));
	find(run, pid);
	expired = 0;
	alarm(LIMIT_S);
	ptrace(PTRACE_CONT, pid, 0, 0); /* to its exec */
	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status) || status >> 16 != PTRACE_EVENT_EXEC)
		untried("%s: cannot be executed", command[0]);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	follow(run);
	alarm(0);
	read_back(out, run->out);
	read_back(err, run->err);
}

enum verdict { NOT_THERE, REFUSED, CONFINED, UNBORN, GONE, WRONG, VERDICTS };

static enum verdict judge(const struct run *run, const struct run *undisturbed)
{
	const bool same = strcmp(run->out, undisturbed->out) == 0;
	/* A workspace that cannot be counted is the end of the job. */
	const bool killed =
		run->status == (128 + SIGKILL) << 8 && strncmp(run->err, "cofferdam: ended: disk limit of ", 32) == 0;
	const bool reported =
		killed || (WIFEXITED(run->status) && WEXITSTATUS(run->status) >= 125 &&
				  WEXITSTATUS(run->status) <= 127 && strncmp(run->err, "cofferdam: ", 11) == 0);

	if (run->over_limit)
		return WRONG;
	if (!run->fired)
		return same && run->status == 0 ? NOT_THERE : WRONG;
	if (run->target.how == KILL)
		return run->out[0] == '\0' || run->had_begun || same ? GONE : WRONG;
	if (same)
		return CONFINED;
	/* The launcher could not go on, and said so; what came out by then is what comes out undisturbed. */
	if (reported && strncmp(run->out, undisturbed->out, strlen(run->out)) == 0)
		return REFUSED;
	if (run->out[0] != '\0' || run->status == 0)
		return WRONG;
	/* The C library begins, and cannot: main() was never reached. */
	return run->n == 1 && run->target.call <= 16 ? UNBORN : WRONG;
}

static void complain(const struct run *run, const struct run *undisturbed)
{
	const bool same = strcmp(run->out, undisturbed->out) == 0;
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)run->fired_nr);
	const char *difference;
	size_t at = 0;

	while (run->out[at] != '\0' && run->out[at] == undisturbed->out[at])
		at++;
	while (at > 0 && run->out[at - 1] != '\n')
		at--;
	difference = run->out + at;
	if (same)
		difference = "confined";
	else if (run->out[0] == '\0')
		difference = "the command did not run";
	printf("WRONG: %s, call %ld (%s): status %#x%s; %.*s; it says: %.*s\n",
		run->target.role < 3 ? roles[run->target.role] : "helper", run->target.call,
		run->fired ? (name != NULL ? name : "?") : "not there", (unsigned)run->status,
		run->over_limit ? ", had to be killed" : "", (int)strcspn(difference, "\n"), difference,
		(int)strcspn(run->err, "\n"), run->err);
	free(name);
	fflush(stdout);
}

static int errno_of(const char *name)
{
	for (int errnum = 1; errnum < 134; errnum++)
		if (strerrorname_np(errnum) != NULL && strcmp(strerrorname_np(errnum), name) == 0)
			return errnum;
	misused("%s: no errno", name);
}

/* Whether this call is the first or the last of its number that the process makes. */
static bool is_at_an_end(const long *record, long calls, long call)
{
	bool before = false, after = false;

	for (long i = 0; i < calls; i++) {
		before = before || (i < call && record[i] == record[call]);
		after = after || (i > call && record[i] == record[call]);
	}
	return !before || !after;
}

int main(int argc, char **argv)
{
	const char *every = getenv("INJECT_EVERY");
	const long stride = every != NULL && atol(every) > 0 ? atol(every) : 1;
	static struct run undisturbed, run;
	static long record[ROLES * STEPS];
	long counts[VERDICTS] = {0}, steps = 0, seen = 0;
	enum how how;
	int errnum;

	if (argc < 3)
		misused("usage: inject ERRNO|kill|lie COMMAND…");
	how = strcmp(argv[1], "kill") == 0 ? KILL : strcmp(argv[1], "lie") == 0 ? LIE : FAIL;
	errnum = how == FAIL ? errno_of(argv[1]) : 0;
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
	undisturbed.record = record;
	run_once(&undisturbed, argv + 2);
	if (undisturbed.status != 0 || undisturbed.out[0] == '\0' || undisturbed.over_limit)
		untried("undisturbed: status %#x: %s", undisturbed.status, undisturbed.err);
	for (int role = 0; role < undisturbed.n; role++)
		for (long call = 1; call <= undisturbed.processes[role].calls; call++) {
			enum verdict verdict;

			if (!is_tried(how, record[role * STEPS + call - 1]))
				continue;
			if (++seen % stride != 0 &&
				!is_at_an_end(record + role * STEPS, undisturbed.processes[role].calls, call - 1))
				continue;
			run = (struct run){.target = {role, call, how, errnum}};
			run_once(&run, argv + 2);
			verdict = judge(&run, &undisturbed);
			counts[verdict]++;
			steps++;
			if (verdict == WRONG)
				complain(&run, &undisturbed);
		}
	printf("%ld steps of %d processes: %ld refused by name, %ld confined all the same, %ld never began, %ld left nothing, %ld not there, %ld wrong\n",
		steps, undisturbed.n, counts[REFUSED], counts[CONFINED], counts[UNBORN], counts[GONE],
		counts[NOT_THERE], counts[WRONG]);
	return counts[WRONG] == 0 ? 0 : 1;
}
