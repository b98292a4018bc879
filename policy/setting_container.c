#include "policy/setting_container.h"

#include "policy/limits.h"

#include <string.h>

/* What an entrypoint takes, and whose affair the others are. The limits of policy/limits.c are the runtime's. */
static const struct container_row rows[] = {
	{.key = "$schema"},
	{.key = "description"},
	{.key = "extends"},
	{.key = "profile",
		.arg = "NAME|FILE",
		.help = "start from this profile; options change it (default: entrypoint)"},
	{.key = "ro",
		.arg = "PATH",
		.help = "allow reading, by Landlock; with ro, ro_try or rw nothing else can be opened"},
	{.key = "ro_try", .arg = "PATH", .help = "allow reading, if it exists"},
	{.key = "view", .instead = "an entrypoint mounts nothing: use --ro to allow reading"},
	{.key = "execute_only",
		.instead = "an entrypoint mounts nothing: give the program mode 0111 and an owner of its own"},
	{.key = "rw", .arg = "PATH", .help = "allow reading and writing"},
	{.key = "tmpfs", .instead = "docker run --tmpfs, or an emptyDir with medium: Memory"},
	{.key = "hide", .instead = "mount something over it: docker run --tmpfs"},
	{.key = "hide_try", .instead = "mount something over it: docker run --tmpfs"},
	{.key = "device", .instead = "docker run --device"},
	{.key = "root", .instead = "the image is the root"},
	{.key = "layer", .instead = "the container runtime's storage driver decides"},
	{.key = "workspace", .instead = "docker run --volume and --workdir; --rw lets the command write to a path"},
	{.key = "changes", .instead = "docker diff"},
	{.key = "identity", .instead = "use --user to choose a user of the container"},
	{.key = "sudo", .instead = "an entrypoint sets no_new_privs, and starts no broker"},
	{.key = "as", .instead = "use --user to choose a user of the container"},
	{.key = "give_back", .instead = "an entrypoint changes no owner"},
	{.key = "hostname", .instead = "docker run --hostname"},
	{.key = "workdir", .arg = "DIR", .help = "the working directory (default: the container's)"},
	{.key = "env"},
	{.key = "unset_env"},
	{.key = "disk", .instead = "docker run --storage-opt size=, or ephemeral-storage of the pod"},
	{.key = "nofile"},
	{.key = "time"},
	{.key = "grace"},
	{.key = "network", .instead = "docker run --network, or a NetworkPolicy"},
	{.key = "network_open", .instead = "a NetworkPolicy"},
	{.key = "allow", .instead = "a NetworkPolicy, or a proxy in front of the container's network"},
	{.key = "docker", .instead = "mount no Docker socket into the container"},
	{.key = "seccomp"},
	{.key = "allow_unknown_syscalls"},
	{.key = "landlock"},
	{.key = "explain", .instead = "use cofferdam run to report denials: an entrypoint has no listener outside"},
	{.key = "quiet", .instead = "an entrypoint reports no denials"},
	{.key = "allow_degraded",
		.arg = "landlock|none",
		.help = "protections that may be missing in this container; none clears the profile's list"},
	{.key = "report"},
	{.key = "dry_run"},
	{.key = "keep_fd"},
	{.key = "start_fd", .instead = "docker create prepares a container, docker start starts it"},
	{.key = "denials_fd", .instead = "use cofferdam run to report denials: an entrypoint has no listener outside"},
	{.key = "tty", .instead = "docker run --tty"},
	{.key = "cgroup", .instead = "docker run --cgroup-parent"},
	{.key = "id", .arg = "NAME", .help = "name of the job in the report"},
	{.key = "user", .arg = "NAME|UID[:GID]", .help = "become this user of the container"},
};

const struct container_row *container_row(const struct setting *setting)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].key, setting->key) == 0)
			return &rows[i];
	return NULL;
}

const char *container_instead(const struct setting *setting)
{
	const struct limit *limit = limit_of_setting(setting);
	const struct container_row *row = container_row(setting);

	if (limit != NULL)
		return limit->instead;
	return row != NULL ? row->instead : "";
}

bool container_takes(const struct setting *setting)
{
	return container_instead(setting) == NULL;
}

int container_admit(const struct setting *setting, const char *label, struct error *err)
{
	if (container_takes(setting))
		return 0;
	error_set(err, 0, "%s: not available to an entrypoint: the container runtime decides", label);
	return error_hint(err, "%s", container_instead(setting));
}
