#include "cli/subcommands.h"

#include <stddef.h>
#include <string.h>

#define POLICIES "profiles/seccomp"

static const struct cli_choice compile_formats[] = {
	{"raw", "classic BPF, for bwrap --seccomp FD and minijail0 --seccomp-bpf-binary (default)"},
	{"asm", "the same, disassembled"},
	{"json", "OCI's form, for runc, crun, Docker and podman"},
	{"form", "our own form"},
	{NULL, NULL},
};
static const struct cli_choice learn_formats[] = {{"form", NULL}, {"json", NULL}, {NULL, NULL}};
static const struct cli_choice learn_bases[] = {{"none", NULL}, {NULL, NULL}};
static const struct cli_choice shells[] = {{"bash", NULL}, {"zsh", NULL}, {"fish", NULL}, {NULL, NULL}};

/* The shipped policies whose name no profile has. */
static const struct cli_choice policies_only[] = {{"proxy", NULL}, {"docker-outer", NULL}, {NULL, NULL}};

static const struct cli_option caps = {.id = 'c',
	.name = "caps",
	.arg = "LIST|all|none",
	.value = SETTING_VALUE_TEXT,
	.help = "assume these capabilities (default: none)"};
static const struct cli_option kernel = {.id = 'k',
	.name = "kernel",
	.arg = "VERSION",
	.value = SETTING_VALUE_TEXT,
	.help = "assume this kernel (default: the newest)"};
static const struct cli_option compile_caps = {.id = 'c',
	.name = "caps",
	.arg = "LIST|all|none",
	.value = SETTING_VALUE_TEXT,
	.help = "for raw and asm: assume these capabilities (default: none)"};
static const struct cli_option compile_kernel = {.id = 'k',
	.name = "kernel",
	.arg = "VERSION",
	.value = SETTING_VALUE_TEXT,
	.help = "for raw and asm: assume this kernel (default: the newest)"};
static const struct cli_option unknown_syscalls = {.id = 'u',
	.name = "allow-unknown-syscalls",
	.value = SETTING_VALUE_NONE,
	.help = "skip unknown system call names"};
static const struct cli_option json = {.id = 'j', .name = "json", .value = SETTING_VALUE_NONE, .help = "print JSON"};
static const struct cli_option table = {.id = 't',
	.name = "table",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "test each line, ARCH SYSCALL A0 … A5 VERDICT; exit 1 if a verdict differs"};
static const struct cli_option compile_output = {.id = 'o',
	.letter = 'o',
	.name = "output",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "output file (default: standard output)"};
static const struct cli_option compile_format = {.id = 'f',
	.name = "format",
	.arg = "raw|asm|json|form",
	.value = SETTING_VALUE_CHOICE,
	.choices = compile_formats,
	.help = "output format"};
static const struct cli_option learn_output = {.id = 'o',
	.letter = 'o',
	.name = "output",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "output file of the seccomp policy (- is standard output)"};
static const struct cli_option profile_output = {.id = 'p',
	.letter = 'p',
	.name = "profile-output",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "also write a profile for `cofferdam run`, with paths and network"};
static const struct cli_option learn_format = {.id = 'f',
	.name = "format",
	.arg = "form|json",
	.value = SETTING_VALUE_CHOICE,
	.choices = learn_formats,
	.help = "form of the policy: our own (form, the default) or OCI's (json)"};
static const struct cli_option merge = {.id = 'm',
	.name = "merge",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.repeated = true,
	.help = "add the policy of an earlier run, in either form (repeatable); without a\nCOMMAND nothing is run"};
static const struct cli_option deny_as = {.id = 'd',
	.name = "deny-as",
	.arg = "NAME|FILE|none",
	.value = SETTING_VALUE_SHIPPED,
	.shipped = POLICIES,
	.choices = learn_bases,
	.help = "base policy: calls that it denies fail with its errno and are not learned\n(default: job)"};
static const struct cli_option include = {.id = 'i',
	.name = "include",
	.arg = "CALL|@GROUP",
	.value = SETTING_VALUE_TEXT,
	.repeated = true,
	.help = "allow and learn this call even if the base policy denies it or it is\ndangerous (repeatable)"};
static const struct cli_option learn_grace = {.id = 'g',
	.name = "grace",
	.arg = "DURATION",
	.value = SETTING_VALUE_TEXT,
	.help = "let processes that the command leaves behind run this long, then kill them\n(default: 5s)"};
static const struct cli_option learn_quiet = {.id = 'q',
	.name = "quiet",
	.value = SETTING_VALUE_NONE,
	.help = "do not print what was left out or generalised"};
static const struct cli_option doctor_why = {.id = 'w',
	.name = "why",
	.arg = "TEXT",
	.value = SETTING_VALUE_TEXT,
	.help = "print what an error text means, and the remedy; - reads a log from standard\ninput"};

#define CONTROL_STATUS                                                      \
	"Exit status:\n"                                                    \
	"  0  done\n"                                                       \
	"  1  failed: the lines above, or the supervisor's log, say why\n"  \
	"  2  wrong command line or environment, or no such slot or pool\n" \
	"  4  no supervisor runs with this state directory"

static const struct cli_option drain_deadline = {.id = 'd',
	.name = "deadline",
	.arg = "DURATION",
	.value = SETTING_VALUE_TEXT,
	.help = "cancel jobs that still run then (default, and most: COFFERDAM_DRAIN of the\nsupervisor)"};

static const struct cli_option runner_config = {.id = 'c',
	.name = "config",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "JSON file of pools: runners with other labels, profiles or roots side by side;\nalso COFFERDAM_CONFIG"};

static const struct cli_option fetch_version = {.id = 'v',
	.name = "version",
	.arg = "VERSION",
	.value = SETTING_VALUE_TEXT,
	.help = "this version, also if it is older than the current one: one that is there, the\none in GitHub's list, or that of --from"};
static const struct cli_option fetch_dir = {.id = 'd',
	.name = "dir",
	.arg = "DIR",
	.value = SETTING_VALUE_FILE,
	.help = "directory of the distributions (default: distributions in the state\ndirectory)"};
static const struct cli_option fetch_from = {.id = 'f',
	.name = "from",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "take this archive instead of downloading one; requires --sha256"};
static const struct cli_option fetch_sha256 = {.id = 's',
	.name = "sha256",
	.arg = "HEX",
	.value = SETTING_VALUE_TEXT,
	.help = "the checksum of the archive, as GitHub's release names it"};

static const struct cli_option journal_json = {
	.id = 'j', .name = "json", .value = SETTING_VALUE_NONE, .help = "print JSON instead of a table"};
static const struct cli_option top_interval = {.id = 'i',
	.name = "interval",
	.arg = "DURATION",
	.value = SETTING_VALUE_TEXT,
	.help = "how long a picture stands (default: 2s)"};
static const struct cli_option journal_since = {.id = 's',
	.name = "since",
	.arg = "DURATION",
	.value = SETTING_VALUE_TEXT,
	.help = "only jobs that started at most that long ago, such as 24h or 7d"};
static const struct cli_option jobs_repo = {.id = 'r',
	.name = "repo",
	.arg = "OWNER/NAME",
	.value = SETTING_VALUE_TEXT,
	.help = "only jobs of this repository"};
static const struct cli_option jobs_limit = {
	.id = 'l', .name = "limit", .arg = "N", .value = SETTING_VALUE_TEXT, .help = "the newest N jobs (default: 50)"};
static const struct cli_choice cost_groups[] = {{"repo", NULL}, {"workflow", NULL}, {"label", NULL}, {NULL, NULL}};
static const struct cli_option cost_by = {.id = 'b',
	.name = "by",
	.arg = "repo|workflow|label",
	.value = SETTING_VALUE_CHOICE,
	.choices = cost_groups,
	.help = "what a row is (default: repo). A job with several labels counts for each, and\nonce in the total"};

static const struct cli_choice identities[] = {{"single", NULL}, {"subuid", NULL}, {NULL, NULL}};
static const struct cli_option image_identity = {.id = 'i',
	.name = "identity",
	.arg = "single|subuid",
	.value = SETTING_VALUE_CHOICE,
	.choices = identities,
	.help = "whose ids the files have: the caller's alone, or those of a job with identity\nsubuid (default: subuid where the caller has subordinate ids)"};
static const struct cli_option image_size = {.id = 's',
	.name = "size",
	.arg = "SIZE",
	.value = SETTING_VALUE_TEXT,
	.help = "refuse an image of more bytes (default: 64G)"};
static const struct cli_option image_entries = {.id = 'e',
	.name = "entries",
	.arg = "N",
	.value = SETTING_VALUE_TEXT,
	.help = "refuse an image of more files and directories (default: 4000000)"};
static const struct cli_option image_network_open = {.id = 'n',
	.name = "network-open",
	.arg = "DESTINATION",
	.value = SETTING_VALUE_TEXT,
	.repeated = true,
	.help = "allow this destination too, as the option of `run`: a registry in a private\nnetwork"};
static const struct cli_option image_authfile = {.id = 'a',
	.name = "authfile",
	.arg = "FILE",
	.value = SETTING_VALUE_FILE,
	.help = "log in at the registry: with its login in FILE, as `skopeo login --authfile FILE\nHOST` writes it"};
static const struct cli_option image_http = {.id = 'h',
	.name = "http",
	.value = SETTING_VALUE_NONE,
	.help = "accept a registry without TLS, or with a certificate that nobody vouches for"};

const struct cli_subcommand cli_subcommands[] = {
	{.path = "run",
		.usage = "[OPTION…] [--] COMMAND [ARG…]",
		.intro =
			"Runs COMMAND in a sandbox: a profile says what it may see and use, options change that. By default it "
			"sees the system read-only, and has a new empty working directory and no network.\n"
			"\n"
			"Examples:\n"
			"  cofferdam run --workspace . make test\n"
			"  cofferdam run -w . --network open --memory 2G --time 15m npm ci\n"
			"  cofferdam run --profile strict --ro ./parser:/parser -- /parser <untrusted",
		.outro = "Exit status:\n"
			 "  N      the command's own\n"
			 "  128+N  signal N ended it\n"
			 "  124    the time limit ended it\n"
			 "  125    Cofferdam failed, and said why; the command did not run\n"
			 "  126    COMMAND could not be executed\n"
			 "  127    COMMAND was not found in the sandbox",
		.settings = CLI_SETTINGS_RUN,
		.operand = SETTING_VALUE_FILE,
		.command = true},
	/* cofferdam-runner prints the help of these, with the variables of runner/config/variables.c. */
	{.path = "runner start",
		.usage = "[--config FILE]",
		.intro =
			"Registers the runner, runs each job in a new sandbox, and removes everything afterwards. Stays in the "
			"foreground. After the first SIGTERM or SIGINT it lets the running job finish, then exits; the second "
			"cancels the job; the third kills it at once. The runner is deregistered in every case.",
		.outro = "Exit status:\n"
			 "  0  done\n"
			 "  1  failed, or a runner may still be registered (the log says so; the next\n"
			 "     start checks again)\n"
			 "  2  wrong command line, environment or what it names, or a profile that this\n"
			 "     host cannot run; no runner was registered\n"
			 "  3  GitHub refuses the registration (the credential, the name or the group)\n"
			 "  7  GitHub no longer accepts this version of the official runner\n"
			 "\n"
			 "A restart helps only after 1.",
		.summary = "register a runner and run its jobs, in the foreground",
		.options = {&runner_config},
		.operand = SETTING_VALUE_NONE},
	{.path = "runner drain",
		.usage = "[--deadline DURATION] [SLOT|POOL]",
		.intro =
			"Lets a slot, the slots of a pool, or all finish their jobs and take no more, and waits for that. Their runners are "
			"deregistered. A slot or pool that was named stays down until `cofferdam runner reload`; after a drain of all "
			"the supervisor ends, as after its first SIGTERM. SLOT is a number, as in the log. Ending this command changes "
			"nothing of the drain.\n"
			"\n"
			"Reads COFFERDAM_STATE_DIR, as `start` does: the supervisor is the one of that directory.",
		.outro = CONTROL_STATUS,
		.summary = "let slots finish their jobs and take no more, and wait for that",
		.options = {&drain_deadline},
		.operand = SETTING_VALUE_TEXT,
		.slots = true},
	{.path = "runner stop",
		.usage = "",
		.intro =
			"Cancels the jobs (their always() steps run), and waits until the supervisor has ended, as after its second "
			"SIGTERM. The runners are deregistered. Reads COFFERDAM_STATE_DIR.",
		.outro = CONTROL_STATUS,
		.summary = "cancel the jobs, and wait until the supervisor has ended",
		.operand = SETTING_VALUE_NONE},
	{.path = "runner reload",
		.usage = "",
		.intro =
			"Makes the supervisor read its file of pools again, as SIGHUP does. The file is checked first, with a sandbox for "
			"each pool: with a mistake in it nothing changes. Slots are added; those that are too many finish their jobs and "
			"end; those of a pool that has changed take that one after another, each between two jobs; drained ones start "
			"again. Reads COFFERDAM_STATE_DIR.",
		.outro = CONTROL_STATUS,
		.summary = "read the file of pools again",
		.operand = SETTING_VALUE_NONE},
	{.path = "runner attach",
		.usage = "[JOB|SLOT]",
		.intro =
			"Opens a shell in a job that has failed and is held (hold_failed in the file of pools): in the sandbox as the job "
			"left it, as its user, with its files, network, limits and system call filter, and without its secrets. JOB is "
			"the id in the log and in `status`, SLOT the number of its slot; neither is necessary where one job is held. "
			"Leaving the shell does not release the job. What the shell prints is the job's: trust it as far as the job.\n"
			"\n"
			"Reads COFFERDAM_STATE_DIR, as `start` does, and must be called by the same user.",
		.outro = "Exit status: that of the shell; else\n"
			 "  1  failed, or the job was released meanwhile\n"
			 "  2  wrong command line or environment, no terminal, or more than one job is held\n"
			 "  4  no such job is held",
		.summary = "a shell in a job that has failed and is held",
		.operand = SETTING_VALUE_TEXT,
		.held = true},
	{.path = "runner release",
		.usage = "[JOB|SLOT]",
		.intro =
			"Ends the holding of a failed job: its sandbox, with all that runs there, and its files are removed, and its slot "
			"takes jobs again. JOB and SLOT as for `attach`. Waits until that is done. Reads COFFERDAM_STATE_DIR.",
		.outro = "Exit status:\n"
			 "  0  released\n"
			 "  1  failed: the log of the runner says why\n"
			 "  2  wrong command line or environment, or more than one job is held\n"
			 "  4  no such job is held",
		.summary = "end the holding of a failed job",
		.operand = SETTING_VALUE_TEXT,
		.held = true},
	{.path = "runner schema",
		.usage = "",
		.intro = "Prints the JSON Schema of the file of `start --config`.",
		.summary = "print the JSON Schema of the file of `start --config`",
		.operand = SETTING_VALUE_NONE},
	{.path = "runner sweep",
		.usage = "",
		.intro =
			"Cleans up after a killed supervisor: processes, directories, registrations. `start` does the same first. "
			"Reads COFFERDAM_STATE_DIR, RUNNER_DIR, and, to deregister, GITHUB_URL and a credential.",
		.outro = "Exit status: 0 nothing is left, 1 something is left, 2 wrong command line or environment.",
		.summary = "clean up after a killed supervisor",
		.operand = SETTING_VALUE_NONE},
	{.path = "runner fetch",
		.usage = "[--version VERSION] [--dir DIR]\n--from FILE --sha256 HEX [--version VERSION] [--dir DIR]",
		.intro =
			"Downloads the newest official runner for this machine, checks its SHA-256 before anything of it is unpacked, "
			"and makes it the current one: DIR/current is a link to DIR/VERSION, which is complete and never changes. "
			"`start` uses it if RUNNER_DIR is not set. On every failure the current one stays.\n"
			"\n"
			"Reads GITHUB_URL, ACCESS_TOKEN, GITHUB_API_URL and COFFERDAM_STATE_DIR, as `start` does. Prints the directory "
			"of the current version.",
		.outro = "Exit status:\n"
			 "  0  the current version is what was asked for\n"
			 "  1  failed: the network, the disk, a rate limit, a wrong checksum, not an archive\n"
			 "  2  wrong command line or environment, or no such version\n"
			 "  3  GitHub refuses the credential\n"
			 "\n"
			 "Trying again helps only after 1.",
		.summary = "download the official runner, for `start`",
		.options = {&fetch_version, &fetch_dir, &fetch_from, &fetch_sha256},
		.operand = SETTING_VALUE_NONE},
	{.path = "runner status",
		.usage = "[--json]",
		.intro =
			"Prints whether a supervisor runs, and what its slots do: starting, idle, busy, held, draining or ended. Reads the "
			"journal in the state directory (COFFERDAM_STATE_DIR), changes nothing, and works while `start` runs and after.",
		.outro =
			"Exit status: 0 a supervisor runs, 1 the journal cannot be read, 2 wrong command line or environment, 4 no "
			"supervisor runs.",
		.summary = "what the slots do now",
		.options = {&journal_json},
		.operand = SETTING_VALUE_NONE},
	{.path = "runner top",
		.usage = "[--interval DURATION] [--json]",
		.intro =
			"Shows status, what each running job uses now, and the newest jobs, anew every two seconds, until Ctrl-C. Where "
			"standard output is no terminal, and with --json, once. CPU% is the share of one CPU since the picture "
			"before; memory with a ~ is the sum over the processes, where no controller counts it.",
		.outro =
			"Exit status: 0 printed, 1 the journal cannot be read, 2 wrong command line or environment, 4 there is no "
			"journal.",
		.summary = "the same with what jobs use, and the newest ones, renewed",
		.options = {&top_interval, &journal_json},
		.operand = SETTING_VALUE_NONE},
	{.path = "runner jobs",
		.usage = "[--since DURATION] [--repo OWNER/NAME] [--limit N] [--json]",
		.intro =
			"Lists jobs of this runner, the newest first: how each ended, how long it ran, its CPU time and its largest "
			"memory. --json has everything that the journal holds of them; reports/ID.json has more of the newest 100. "
			"A job that a limit, a signal or a crash ended has the name of that as its result.",
		.outro =
			"Exit status: 0 printed, 1 the journal cannot be read, 2 wrong command line or environment, 4 there is no "
			"journal.",
		.summary = "the jobs that ran, and how they ended",
		.options = {&journal_since, &jobs_repo, &jobs_limit, &journal_json},
		.operand = SETTING_VALUE_NONE},
	{.path = "runner cost",
		.usage = "[--since DURATION] [--by repo|workflow|label] [--json]",
		.intro =
			"Adds up what jobs have used: their time on a slot, CPU time, and memory (its peak, for as long as the job "
			"ran). COST is time by the rate of the pool, where it has one. Jobs that still run do not count.",
		.outro =
			"Exit status: 0 printed, 1 the journal cannot be read, 2 wrong command line or environment, 4 there is no "
			"journal.",
		.summary = "what jobs have used and cost",
		.options = {&journal_since, &cost_by, &journal_json},
		.operand = SETTING_VALUE_NONE},
	{.path = "policy show",
		.usage = "[OPTION of run…] [NAME|FILE]",
		.summary = "print the plan of a launch as JSON, each value with its origin, for a host that\n"
			   "supports everything (for this host: cofferdam run --dry-run); NAME stands for\n"
			   "--profile NAME",
		.settings = CLI_SETTINGS_RUN,
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = "profiles"},
	{.path = "policy check",
		.usage = "NAME|FILE…",
		.intro =
			"Finds errors in profiles and seccomp policies and prints each as FILE:LINE:COLUMN. Exits with 1 if there are any.\n"
			"NAME is that of a shipped profile or policy, or of both.",
		.summary = "find errors in profiles and seccomp policies, each as FILE:LINE:COLUMN",
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = "profiles",
		.choices = policies_only,
		.options_first = true},
	{.path = "policy explain",
		.usage = "[OPTION…] NAME|FILE [SYSCALL…]",
		.intro =
			"Describes what a seccomp policy allows: what each architecture gets, the groups with their counts, the rules on\n"
			"arguments, and where each rule is. With SYSCALL, only the rules that decide those calls.",
		.summary = "describe a seccomp policy: groups, rules on arguments, what each architecture gets",
		.options = {&caps, &kernel, &unknown_syscalls},
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = POLICIES},
	{.path = "policy test",
		.usage = "[OPTION…] NAME|FILE 'SYSCALL(ARG, …)'…\n[OPTION…] --table FILE NAME|FILE",
		.intro =
			"Prints the verdict of the compiled filter on each call, and the rule that decides. An argument is a number, or\n"
			"names as in policies or in C: openat(AT_FDCWD, 0, O_RDWR|O_CREAT), socket(AF_PACKET, SOCK_RAW). The prefix\n"
			"ARCH: selects another architecture: x86:socketcall. Exits with 125 if a call or a line is none; the others are tested.",
		.summary = "print the verdict of the compiled filter on calls, with the rule that decides",
		.options = {&table, &caps, &kernel, &unknown_syscalls},
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = POLICIES},
	{.path = "policy diff",
		.usage = "[OPTION…] A B",
		.intro =
			"Compares two seccomp policies, each a shipped NAME or a FILE, call by call: what B allows and A denies\n"
			"(widens), the reverse (narrows), and what both deny in different ways (differs). Exits with 1 if B widens A.",
		.summary = "compare two policies: what B allows and A denies, and the reverse; exit 1 if B widens A",
		.options = {&json, &caps, &kernel, &unknown_syscalls},
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = POLICIES},
	{.path = "policy compile",
		.usage = "[OPTION…] NAME|FILE [-o OUTPUT]",
		.intro = "Translates a seccomp policy of either form.",
		.summary = "translate a seccomp policy: to BPF for other launchers, to OCI's form, to our own",
		.options = {&compile_output, &compile_format, &compile_caps, &compile_kernel, &unknown_syscalls},
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = POLICIES},
	{.path = "policy learn",
		.usage = "[OPTION…] -o FILE [--] COMMAND [ARG…]\n[OPTION…] -o FILE --merge FILE [--merge FILE…]",
		.intro =
			"Runs a command, records its system calls, the paths it opens and the addresses it connects to, and\n"
			"writes a seccomp policy that allows them. Prints what the policy grants beyond what was seen.\n"
			"\n"
			"Only the base policy confines a learning run: the command can do to your files and your network what\n"
			"it can do without Cofferdam. Run only commands that you trust, with harmless input.",
		.outro =
			"Exit status: the command's own; 125 if nothing was learned, 126 if the command could not be executed,\n"
			"127 if it was not found. Nothing is written for 125, 126 and 127.",
		.summary = "run a command, record what it does, write a policy for it; only a base policy confines it",
		.options = {&learn_output, &profile_output, &learn_format, &merge, &deny_as, &include, &learn_grace,
			&learn_quiet},
		.operand = SETTING_VALUE_FILE,
		.command = true},
	{.path = "policy schema",
		.usage = "",
		.intro = "Prints the JSON Schema of a profile.",
		.summary = "print the JSON Schema of a profile",
		.operand = SETTING_VALUE_NONE},
	{.path = "seccomp exec",
		.usage = "[--allow-unknown-syscalls] NAME|FILE [--] COMMAND [ARG…]",
		.intro =
			"Installs a seccomp policy (Docker's, OCI's or our own form; its conditions are evaluated for the capabilities and\n"
			"the kernel of this process) and no_new_privs, then executes the command. Changes nothing else: no namespace, no\n"
			"limit, no file descriptor.",
		.outro =
			"Exit status: the command's own; 125 if the policy could not be installed, 126 if the command could not be\n"
			"executed, 127 if it was not found.",
		.options = {&unknown_syscalls},
		.operand = SETTING_VALUE_SHIPPED,
		.shipped = POLICIES,
		.command = true},
	{.path = "image import",
		.usage = "[OPTION…] NAME TAR|OCI-DIR|DOCKER-ARCHIVE",
		.intro =
			"Unpacks an archive as an image, which is a root for jobs: `cofferdam run --root image:NAME`. Programs of the "
			"distribution unpack it, in a sandbox without a network that sees the archive and a new directory only. An "
			"image never changes: a name that exists leads to the new image when that is complete, and jobs that run keep "
			"theirs.\n"
			"\n"
			"Images are in COFFERDAM_IMAGES, or else in cofferdam/images below XDG_DATA_HOME, or ~/.local/share.",
		.outro = "Exit status: 0 done; 125 failed, and the name leads to what it led to before.",
		.summary = "unpack an archive as the image NAME",
		.options = {&image_identity, &image_size, &image_entries},
		.operand = SETTING_VALUE_FILE},
	{.path = "image pull",
		.usage = "[OPTION…] NAME REFERENCE",
		.intro =
			"Pulls an image of a registry, HOST/PATH:TAG, and unpacks it as the image NAME, as `import` does. Only the pull "
			"has a network: the internet, but not this host and its networks.",
		.outro = "Exit status: 0 done; 125 failed, and the name leads to what it led to before.",
		.summary = "pull REFERENCE from a registry as the image NAME",
		.options = {&image_identity, &image_size, &image_entries, &image_network_open, &image_http,
			&image_authfile},
		.operand = SETTING_VALUE_TEXT},
	{.path = "image list",
		.usage = "[--json]",
		.intro = "Prints for each image its name, digest, ids, disk use, number of files, date and source.",
		.summary = "list the images and their disk use",
		.options = {&json},
		.operand = SETTING_VALUE_NONE},
	{.path = "image verify",
		.usage = "[NAME]",
		.intro =
			"Compares the files of an image, or of all, with the list that was made when it was imported: paths, types, modes, "
			"owners, sizes and contents. Prints each difference.",
		.outro = "Exit status: 0 if there is none, 1 if there are some, 125 if an image cannot be read.",
		.summary = "compare the files of an image with what was imported",
		.operand = SETTING_VALUE_TEXT,
		.images = true},
	{.path = "image remove",
		.usage = "NAME",
		.intro =
			"Removes a name at once, and the files when no other name leads to them and no job uses them any more.",
		.summary = "remove an image",
		.operand = SETTING_VALUE_TEXT,
		.images = true},
	{.path = "doctor",
		.usage = "[OPTION of run…] [--json]\n--why TEXT|- [--json]",
		.intro =
			"Prints for each prerequisite of a launch its state (ok, degraded or missing), why it matters, and the remedy: of "
			"`cofferdam run` with the same options. With --why, the causes of an error text of Cofferdam or of a program in a "
			"sandbox (docs/messages.md lists them).\n"
			"\n"
			"Examples:\n"
			"  cofferdam doctor --profile job\n"
			"  cofferdam doctor --network open --root overlay --memory 1G\n"
			"  cofferdam doctor --why 'No usable sandbox!'",
		.outro =
			"Exit status: 0 if the launch can have all that it asks for, 1 if not; with --why 1 if no cause is known; 125 "
			"for a wrong command line or profile.",
		.settings = CLI_SETTINGS_RUN,
		.options = {&doctor_why, &json},
		.operand = SETTING_VALUE_NONE},
	{.path = "entrypoint",
		.usage = "[OPTION…] [--] COMMAND [ARG…]",
		.intro =
			"Runs COMMAND under PID 1 of a container, with fewer privileges and a system call filter, and reaps its processes.",
		.outro =
			"Exit status: the command's own; 124 at the time limit, 125 if Cofferdam failed, 126 if COMMAND could not be "
			"executed, 127 if it was not found.",
		.settings = CLI_SETTINGS_CONTAINER,
		.operand = SETTING_VALUE_FILE,
		.command = true},
	{.path = "completion",
		.usage = "bash|zsh|fish",
		.intro = "Prints the completion script for the shell.",
		.operand = SETTING_VALUE_CHOICE,
		.choices = shells},
	{.path = NULL},
};

const struct cli_subcommand *cli_subcommand(const char *path)
{
	const struct cli_subcommand *row = cli_subcommands;

	while (row->path != NULL && strcmp(row->path, path) != 0)
		row++;
	return row;
}

const char *cli_subcommand_below(const struct cli_subcommand *subcommand, const char *command)
{
	size_t len = strlen(command);

	if (strncmp(subcommand->path, command, len) != 0 || subcommand->path[len] != ' ')
		return NULL;
	return subcommand->path + len + 1;
}

bool cli_has_subcommands(const char *command)
{
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, command) != NULL)
			return true;
	return false;
}
