/* Holds the plan: everything that one launch will do, decided before the first clone(2).
 *
 * `policy/` makes the plan, `sandbox/` carries it out, --dry-run prints it, unit tests check it. Plain data: no file
 * descriptors, no system state. */
#pragma once

#include "common/error.h"
#include "policy/egress/egress.h"
#include "policy/etc/etc.h"
#include "policy/idmap.h"
#include "policy/seccomp/seccomp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where a value comes from: "profiles/job.json:12:3", "--memory", "default". */
struct origin {
	char *text; /* NULL: built-in default */
};

enum plan_network {
	PLAN_NETWORK_NONE,  /* own network namespace with nothing but lo */
	PLAN_NETWORK_HOST,  /* the caller's network namespace */
	PLAN_NETWORK_OPEN,  /* own network namespace, the internet by way of a helper; policy/egress/egress.h */
	PLAN_NETWORK_ALLOW, /* later work; refused by name */
};

enum plan_identity_kind {
	PLAN_IDENTITY_SINGLE, /* the caller's uid and gid, mapped to themselves */
	PLAN_IDENTITY_SUBUID, /* a root and 65535 other ids of its own: policy/idmap.h */
};

enum plan_root_kind {
	PLAN_ROOT_HOST,    /* a read-only view of the system, assembled from `mounts` */
	PLAN_ROOT_OVERLAY, /* the same, with a throw-away writable layer over it */
	PLAN_ROOT_DIR,     /* the unpacked image `dir`, with a throw-away writable layer over it */
};

enum plan_layer {
	PLAN_LAYER_MEMORY, /* what is written over the root lies in the scratch file system */
	PLAN_LAYER_DISK,   /* … in a directory of its own on the host: sandbox/root/layer_dir.h */
};

enum plan_sudo {
	PLAN_SUDO_NONE,
	PLAN_SUDO_ALL, /* every user inside may become every other, through a broker inside: sandbox/broker.h */
};

enum plan_docker {
	PLAN_DOCKER_NONE,    /* no Docker socket inside */
	PLAN_DOCKER_PRIVATE, /* later work; refused by name */
	PLAN_DOCKER_SHARED,  /* later work; refused by name */
};

enum plan_tty {
	PLAN_TTY_AUTO, /* yes where standard input and output are terminals; settled by plan_resolve() */
	PLAN_TTY_YES,  /* a pseudo-terminal of the sandbox's own as controlling terminal and descriptors 0-2; standard
			* error stays what it is unless it is a terminal */
	PLAN_TTY_NO,   /* no controlling terminal, and nothing to read from one: plan_pty_fds() */
};

enum plan_mount_kind {
	PLAN_MOUNT_BIND,  /* source -> target; nosuid, nodev; read-only unless writable */
	PLAN_MOUNT_TMPFS, /* fresh, nosuid, nodev, writable; `size` bytes or 0 for the kernel's default */
	PLAN_MOUNT_HIDE,  /* an existing path covered: an empty read-only directory, or /dev/null over a file */
	PLAN_MOUNT_LAYER, /* source -> target like a bind, with a throw-away writable layer over it */
};

/* What of a layer's source is copied when the sandbox is set up. What is not belongs to ids that are not mapped inside:
 * it can be read, replaced and removed, not opened for writing. Directories always become the job's own. */
enum plan_copy {
	PLAN_COPY_DIRECTORIES, /* no file */
	PLAN_COPY_TOP,         /* the files right in it, and empty ones (locks) anywhere below */
	PLAN_COPY_ALL,         /* everything that the caller can read; nothing of the host shows through */
};

/* One line of the mount table, the workspace among them. /proc, /dev and the masks are not in it: sandbox/ makes those
 * always. */
struct plan_mount {
	enum plan_mount_kind kind;
	char *source;      /* absolute host path; bind and layer */
	char *target;      /* absolute path inside, normalised: no "..", ".", "//" */
	bool writable;     /* bind only */
	bool view;         /* bind only: a directory is shown with inodes of its own */
	bool execute_only; /* bind only: a program that no process of the job may be able to read */
	bool optional;     /* bind and layer: skip it when the source does not exist; hide: when the target does not */
	bool nofollow; /* bind only: the source lies where an earlier job may have written: follow no symbolic link */
	uint64_t size; /* tmpfs only: bytes, 0 = default */
	enum plan_copy copy; /* layer only */
	struct origin origin;
};

struct plan_env {
	char *name;
	char *value;
	bool inherited; /* the caller's own value: may be a secret, never printed */
	bool unset;     /* before plan_resolve(): not to be passed on */
	struct origin origin;
};

/* The limits that a cgroup enforces: each has a row in policy/limits.c. */
enum plan_limit {
	PLAN_LIMIT_MEMORY,
	PLAN_LIMIT_MEMORY_HIGH,
	PLAN_LIMIT_MEMORY_MIN,
	PLAN_LIMIT_SWAP,
	PLAN_LIMIT_PIDS,
	PLAN_LIMIT_CPUS,
	PLAN_LIMIT_CPU_WEIGHT,
	PLAN_LIMIT_IO_READ,
	PLAN_LIMIT_IO_WRITE,
	PLAN_LIMIT_COUNT,
};

/* A block device that the io limits are for: what is behind the mounts of a plan. */
struct plan_device {
	unsigned major, minor; /* of the whole disk: io.max takes no partition */
	bool written;          /* a writable bind lies on it: io_write is for this one too, not only io_read */
};
#define PLAN_DEVICES_MAX 16

/* A device of the host that the job is granted: a row of policy/device.h. */
struct plan_granted {
	char *path; /* below /dev, normalised; inside it has the same name */
	struct origin origin;
};
#define PLAN_GRANTED_MAX 16

/* A limit of 0 means: not asked for. */
struct plan_limits {
	uint64_t memory;      /* bytes, memory.max */
	uint64_t memory_high; /* bytes, memory.high: above it the job is slowed down and reclaimed from */
	uint64_t memory_min;  /* bytes, memory.min: so much of its memory is not reclaimed */
	uint64_t swap;        /* bytes, memory.swap.max; SWAP_UNSET unless asked for, since 0 is a meaningful limit */
	uint64_t pids;        /* pids.max */
	uint64_t cpus_milli;  /* thousandths of a CPU, cpu.max */
	uint64_t cpu_weight;  /* 1 to 10000, cpu.weight: the share where CPUs are scarce; the kernel's default is 100 */
	uint64_t io_read;     /* bytes/s from each block device, io.max */
	uint64_t io_write;    /* bytes/s to each block device, io.max */
	uint64_t disk;        /* bytes, of all writable directories that have no size of their own */
	uint64_t nofile;      /* RLIMIT_NOFILE, the soft limit … */
	uint64_t nofile_hard; /* … and the hard one, up to which a process may raise it: not less */
	int64_t time_ns;      /* wall clock */
	int64_t grace_ns;     /* from SIGTERM to SIGKILL */
	struct plan_device devices[PLAN_DEVICES_MAX]; /* that the io limits are for; only where one is enforced */
	size_t n_devices;
};
#define PLAN_SWAP_UNSET UINT64_MAX

/* What may be missing by consent (allow_degraded). One bit each; their names are in policy/limits.c. */
enum plan_degradable {
	PLAN_DEGRADABLE_MEMORY,
	PLAN_DEGRADABLE_SWAP,
	PLAN_DEGRADABLE_PIDS,
	PLAN_DEGRADABLE_CPU,
	PLAN_DEGRADABLE_DISK,
	PLAN_DEGRADABLE_IO,
	PLAN_DEGRADABLE_LANDLOCK,
	PLAN_DEGRADABLE_EXPLAIN,
	PLAN_DEGRADABLE_NETWORK,
	PLAN_DEGRADABLE_COUNT,
};

/* Who the job is: sandbox/identity/. */
struct plan_identity {
	enum plan_identity_kind kind;
	uid_t uid; /* the caller's, outside; with PLAN_IDENTITY_SINGLE also inside */
	gid_t gid;
	struct idmap uids, gids; /* PLAN_IDENTITY_SUBUID only */
	uint64_t capabilities;   /* bits 1 << CAP_…: all that the job ever has, in its own user namespace */
	char *as;                /* whom the command is to be, as the user wrote it; or NULL */
	struct etc_account
		user; /* the same, found; with uid 0 root of the map, with PLAN_IDENTITY_SINGLE nobody else */
};

/* What the job sees: sandbox/root/. */
struct plan_root {
	enum plan_root_kind kind;
	char *dir;             /* the image, absolute; PLAN_ROOT_DIR only */
	char *image;           /* its name, where it has one: `dir` is NULL until that is looked up; image/use.h */
	char *image_digest;    /* "sha256:…", of what it was made from */
	bool nofollow;         /* the image lies where an earlier job may have written */
	enum plan_layer layer; /* not PLAN_ROOT_HOST */
	char *layers;          /* where layers on disk lie, of all sandboxes of the caller's, absolute, or NULL */
	enum plan_sudo sudo;   /* whether a client is shown at SUDO_CLIENT */
	char *mirrors;         /* where sandboxes share mirrors of the host's directories, absolute, or NULL */
	char *images;          /* where the caller's images are, which no job may write; absolute, or NULL */
	bool shares_mirrors;   /* this one too: PLAN_ROOT_OVERLAY only */
	uid_t owner;           /* inside, of fresh directories of the job's, and of what it may write of the host … */
	gid_t group;
	bool gives_back;           /* … which is the caller's again afterwards */
	struct plan_mount *mounts; /* in the order in which they are mounted: parents before what lies below */
	size_t n_mounts;
};

/* What is executed: sandbox/process/exec.h. */
struct plan_command {
	char **argv; /* NULL-terminated; not owned */
	struct plan_env *env;
	size_t n_env;
	char *workdir; /* absolute path inside */
};

struct plan_landlock {
	bool wanted; /* asked for */
	int abi;     /* the version whose rules are enforced; 0: none */
	bool no_tcp; /* the filter lets no TCP socket be made: one that was handed in must not serve either */
};

/* Descriptors of the caller's beside 0-2. */
struct plan_fds {
	int *keep; /* the command inherits them */
	size_t n_keep;
	uint64_t start;   /* all is prepared, and the command starts when a byte comes here; 0: it starts at once */
	uint64_t denials; /* the launcher's: a file that gets a line for each kind of denied call; 0: none */
};

/* What the seccomp policy says. A shipped one, whose filter was compiled at build time, is read the first time that it
 * is asked for: when a call has been denied. */
struct plan_policy {
	const char *name; /* the plan's */
	struct seccomp_context context;
	struct seccomp_policy *read; /* NULL: not yet */
};

struct plan {
	char *id;                /* names the job in paths, cgroup and report: [A-Za-z0-9._-]{1,64} */
	char *profile;           /* the profile's name or path */
	char profile_digest[65]; /* SHA-256, hex, over the profile's bytes and those it extends */
	struct plan_identity identity;
	char *user; /* who was become first (entrypoint: is to be; NAME, UID or UID:GID of the container), or NULL */
	struct plan_root root;
	struct plan_granted *granted; /* devices */
	size_t n_granted;
	struct etc etc;
	char *changes; /* path of the list of changes, or NULL */
	enum plan_network network;
	struct egress egress; /* of network open */
	enum plan_docker docker;
	enum plan_tty tty;
	bool in_background; /* the caller's terminal has the modes that the shell at its prompt needs */
	unsigned terminals; /* which of descriptors 0-2 are the caller's terminal: bits 1 << fd */
	struct plan_command command;
	char *withheld; /* "withheld: TOKEN, API_KEY": variables of the caller that `unset_env` names, or NULL */
	char *hostname;
	char *workspace; /* absolute host path, bound writable at the same path; NULL: a fresh tmpfs at PLAN_WORKSPACE
			  */
	struct plan_limits limits;
	struct plan_landlock landlock;
	struct plan_fds fds;
	char *cgroup;            /* the directory in which the leaf is to be made, given by hand; NULL: found */
	unsigned allow_degraded; /* bits 1 << enum plan_degradable */
	unsigned degraded;       /* the same bits: asked for, cannot be had on this host, and may be missing (of pids,
				  * RLIMIT_NPROC stands in) */
	unsigned refused;        /* the same bits: asked for, cannot be had, and may not be missing */
	char *seccomp;           /* name or path of the seccomp policy */
	uint32_t kernel;         /* for which its conditions are resolved; 0: the newest */
	bool allow_unknown_syscalls; /* names in it that nothing here knows are skipped: those calls get ENOSYS */
	struct plan_policy *policy;  /* what it says, once somebody asks: plan_policy() */
	bool nofile_last;          /* the limit on descriptors is lowered under the filter already, which allows that */
	struct bpf_program filter; /* compiled from it: with plan_explains() the program of policy/seccomp/notify.h */
	bool explain;              /* name what is denied */
	bool explain_all;          /* asked for by name: also what the kernel refuses beside the filter */
	bool quiet;                /* … in the report only */
	bool in_container;         /* of `entrypoint`: no namespace of ours, `mounts` are paths of Landlock rules */
	char *report;              /* path, "-" for standard output, or NULL */
	bool report_refused;       /* the plan was refused for it: it lies where the job can write */
	bool dry_run;
	struct origin *origins; /* one per setting, by setting_index() */
};

#define PLAN_WORKSPACE "/workspace"

/* Whether something must be done for the child from outside of its namespaces before it can go on: maps that the child
 * may not write itself, a network helper. */
bool plan_needs_help(const struct plan *plan);

/* Which of descriptors 0-2 become a pseudo-terminal of the sandbox's own, as bits 1 << fd: a job never holds the
 * caller's terminal, where it could read what is typed for others (a password, `… | sudo tee log`) and set its modes.
 * With a terminal of its own 0, 1, and 2 where that is one; without, what it prints to a terminal is copied there, and
 * nothing comes back. */
unsigned plan_pty_fds(const struct plan *plan);

/* Whether standard input is a terminal that the job does not get: it is at its end. */
bool plan_reads_nothing(const struct plan *plan);

/* Whether there is a throw-away writable layer. */
bool plan_has_layer(const struct plan_root *root);

/* Whether the report is written to standard output, which it then has to itself: the command's standard output is the
 * launcher's standard error. */
bool plan_reports_to_stdout(const struct plan *plan);

/* The writable directories share one tmpfs, of limits.disk bytes (0: the kernel's default, half of the memory) and
 * plan_scratch_inodes() files (0: the kernel's default): so their sum has a bound. Those with a size of their own are
 * not in it. Whether the launcher keeps hold of it, to look into it at the end: it has a limit, or there is a layer in
 * it. */
bool plan_keeps_scratch(const struct plan *plan);
uint64_t plan_scratch_inodes(uint64_t bytes);

/* Whether the command is the program of an execute_only row, by the path that both have inside: its own process is one
 * that cannot be looked into. */
bool plan_command_is_closed(const struct plan *plan);

/* Whether denied calls are to be named, and can be. */
bool plan_explains(const struct plan *plan);

/* Whether the command is root until its filter is there, though it is to be another user: it starts the broker of sudo
 * first, which stays root and has the same filter. */
bool plan_becomes_user_last(const struct plan *plan);

/* For whom the seccomp policy is read. */
struct seccomp_context plan_seccomp_context(const struct plan *plan);

/* The seccomp policy of a resolved plan. Lives as long as the plan. NULL when memory ran out. */
const struct seccomp_policy *plan_policy(struct plan_policy *policy);
void plan_policy_free(struct plan *plan);

/* Makes room for `n` more rows of the mount table, many at a time. */
int plan_reserve_mounts(struct plan *plan, size_t n, struct error *err);

/* The command's variable with that name, which has no value before plan_resolve() where the caller's is meant; NULL: it
 * has none. */
struct plan_env *plan_env_find(const struct plan_command *command, const char *name);

/* An empty plan: nothing mounted, nothing limited, nothing inherited. plan_free() is due also after failure. */
int plan_init(struct plan *plan, struct error *err);

/* Releases what the plan owns and leaves it all zero. */
void plan_free(struct plan *plan);
