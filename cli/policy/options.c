#include "cli/policy/options.h"

#include "cli/usage.h"
#include "common/capability_names.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names that are near; `all`, `none` and the names without CAP_ are others' ways to write it. */
static int unknown_capability(const char *name, struct error *err)
{
	_cleanup_(freep) char *full = strncasecmp(name, "CAP_", 4) == 0 ? strdup(name) : format("CAP_%s", name);
	struct nearest nearest;

	error_set(err, 0, "--caps: %s: unknown capability", name);
	nearest_start(&nearest, full != NULL ? full : name);
	for (unsigned i = 0; capability_name(i) != NULL; i++)
		nearest_offer(&nearest, capability_name(i));
	return nearest_hint(
		&nearest, "", nearest_name(&nearest) != NULL ? "" : "expected a list of CAP_…, all or none", err);
}

/* "CAP_SYS_ADMIN,CAP_CHOWN", "all" or "none". */
static int read_caps(const char *text, uint64_t *caps, struct error *err)
{
	_cleanup_(freep) char *copy = strdup(text);
	char *save = NULL;

	*caps = 0;
	if (copy == NULL)
		return error_set(err, ENOMEM, "--caps");
	if (strcmp(text, "none") == 0)
		return 0;
	if (strcmp(text, "all") == 0) {
		*caps = UINT64_MAX;
		return 0;
	}
	for (char *name = strtok_r(copy, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
		const int cap = capability_number(name);

		if (cap < 0) {
			return unknown_capability(name, err);
		}
		*caps |= UINT64_C(1) << cap;
	}
	return 0;
}

static int read_kernel(const char *text, uint32_t *kernel, struct error *err)
{
	unsigned major, minor;
	char rest;

	if (sscanf(text, "%3u.%3u%c", &major, &minor, &rest) != 2) {
		error_set(err, 0, "--kernel: %s: not a kernel version", text);
		return error_hint(err, "expected MAJOR.MINOR, such as 6.1");
	}
	*kernel = SECCOMP_KERNEL(major, minor);
	return 0;
}

static int read_one(int id, const char *value, void *context, struct error *err)
{
	struct policy_options *options = context;

	switch (id) {
	case 'c':
		return read_caps(value, &options->context.caps, err);
	case 'k':
		return read_kernel(value, &options->context.kernel, err);
	case 'u':
		options->context.allow_unknown_syscalls = true;
		return 0;
	case 'o':
		options->output = value;
		return 0;
	case 'f':
		options->format = value;
		return 0;
	case 't':
		options->table = value;
		return 0;
	default:
		options->json = true;
		return 0;
	}
}

int policy_options_read(int argc, char **argv, const char *path, struct policy_options *options, struct error *err)
{
	options->context = seccomp_context_default;
	return usage_read(cli_subcommand(path), argc, argv, read_one, options, err);
}

FILE *policy_output_open(const struct policy_options *options, char **temporary, struct error *err)
{
	FILE *out = stdout;
	int fd;

	*temporary = NULL;
	if (options->output == NULL || strcmp(options->output, "-") == 0)
		return out;
	*temporary = format("%s.%d.tmp", options->output, getpid());
	fd = *temporary != NULL ? open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL)
		error_set(err, errno, "%s", options->output);
	return out;
}

int policy_output_close(const struct policy_options *options, FILE *out, char *temporary, struct error *err)
{
	bool failed = fflush(out) != 0 || ferror(out);

	if (temporary == NULL)
		return failed ? error_set(err, errno, "standard output") : 0;
	failed |= fclose(out) != 0;
	if (!failed && rename(temporary, options->output) == 0) {
		free(temporary);
		return 0;
	}
	error_set(err, errno, "%s", options->output);
	unlink(temporary);
	free(temporary);
	return -1;
}
