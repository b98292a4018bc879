/* Where a command read and wrote, and with whom it spoke. */
#include "policy/learn/learn.h"

#include "common/path.h"

#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Keys, credentials, and sockets that are as good as root or the user. A name without a leading '/' is meant at the end
 * of a directory, in whosever home it is. */
static const struct {
	const char *path, *why;
} protected_paths[] = {
	{".ssh", "SSH keys"},
	{".gnupg", "GnuPG keys"},
	{".aws", "AWS credentials"},
	{".azure", "Azure credentials"},
	{".kube", "Kubernetes credentials"},
	{".config/gcloud", "Google Cloud credentials"},
	{".config/gh", "GitHub credentials"},
	{".docker/config.json", "registry credentials"},
	{".config/containers/auth.json", "registry credentials"},
	{".git-credentials", "git credentials"},
	{".netrc", "passwords"},
	{".pgpass", "passwords"},
	{".npmrc", "registry credentials"},
	{".pypirc", "registry credentials"},
	{".cargo/credentials.toml", "registry credentials"},
	{".password-store", "passwords"},
	{".local/share/keyrings", "passwords"},
	{".bash_history", "command history"},
	{"docker.sock", "the Docker daemon's socket: root on this host"},
	{"podman.sock", "podman's socket"},
	{"containerd.sock", "containerd's socket: root on this host"},
	{"crio.sock", "CRI-O's socket: root on this host"},
	{"/etc/shadow", "password hashes"},
	{"/etc/shadow-", "password hashes"},
	{"/etc/gshadow", "password hashes"},
	{"/etc/gshadow-", "password hashes"},
	{"/etc/sudoers", "sudo rules"},
	{"/etc/sudoers.d", "sudo rules"},
	{"/etc/ssl/private", "private keys"},
	{"/etc/ssh", "the host's SSH keys"},
	{"/etc/cofferdam", "Cofferdam's own secrets"},
	{"/run/dbus", "D-Bus: the system's services"},
	{"/var/run/dbus", "D-Bus: the system's services"},
	{"/run/systemd/private", "systemd's socket"},
	{"/run/user", "the user's D-Bus, agents and services"},
	{"/proc/kcore", "the kernel's memory"},
	{"/proc/kmem", "the kernel's memory"},
	{"/proc/kallsyms", "the kernel's addresses"},
	{"/proc/sysrq-trigger", "control of the machine"},
	{"/dev/mem", "physical memory"},
	{"/dev/kmem", "the kernel's memory"},
	{"/dev/port", "I/O ports"},
};
#define N_PROTECTED (sizeof protected_paths / sizeof protected_paths[0])

/* Whether `name`, one or more whole components, stands anywhere in the path. */
static bool has_components(const char *path, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = path; (at = strstr(at, name)) != NULL; at++)
		if (at > path && at[-1] == '/' && (at[len] == '/' || at[len] == '\0'))
			return true;
	return false;
}

const char *learn_protected(const char *path)
{
	for (size_t i = 0; i < N_PROTECTED; i++) {
		const char *name = protected_paths[i].path;

		if (name[0] == '/' ? path_is_within(path, name) : has_components(path, name))
			return protected_paths[i].why;
	}
	/* ssh-agent's and gpg-agent's sockets outside of a home. */
	if (strncmp(path, "/tmp/ssh-", 9) == 0)
		return "an agent's socket";
	return NULL;
}

bool learn_above_protected(const char *path)
{
	for (size_t i = 0; i < N_PROTECTED; i++)
		if (protected_paths[i].path[0] == '/' && path_is_within(protected_paths[i].path, path))
			return true;
	/* A home, or what homes are in. */
	if (path_is_within("/home/x", path) || path_is_within("/root", path))
		return true;
	return strncmp(path, "/home/", 6) == 0 && strchr(path + 6, '/') == NULL;
}

/* Where the path stands or would stand. */
static size_t place(const struct learn *learn, const char *path, bool *there)
{
	size_t low = 0, high = learn->n_paths;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(learn->paths[middle].path, path);

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void learn_path(struct learn *learn, const char *path, unsigned access, bool made)
{
	struct learn_path *grown;
	bool there;
	size_t at = place(learn, path, &there);

	if (there) {
		learn->paths[at].access |= access;
		return;
	}
	if (learn->n_paths == LEARN_PATHS_MAX) {
		learn->paths_lost++;
		return;
	}
	if (learn->n_paths % 256 == 0) {
		grown = reallocarray(learn->paths, learn->n_paths + 256, sizeof *grown);
		if (grown == NULL) {
			learn->no_memory = true;
			return;
		}
		learn->paths = grown;
	}
	grown = learn->paths + at;
	memmove(grown + 1, grown, (learn->n_paths - at) * sizeof *grown);
	*grown = (struct learn_path){
		.path = strdup(path), .access = access, .made = made, .protected = learn_protected(path)};
	if (grown->path == NULL) {
		memmove(grown, grown + 1, (learn->n_paths - at) * sizeof *grown);
		learn->no_memory = true;
		return;
	}
	learn->n_paths++;
}

void learn_destination(struct learn *learn, int family, const void *address, unsigned port, bool listens)
{
	struct learn_destination wanted = {.family = family, .port = port}, *grown;

	memcpy(wanted.address, address, family == AF_INET ? 4 : 16);
	for (size_t i = 0; i < learn->n_destinations; i++) {
		struct learn_destination *known = &learn->destinations[i];

		if (known->family == family && known->port == port &&
			memcmp(known->address, wanted.address, sizeof wanted.address) == 0) {
			known->listens |= listens;
			return;
		}
	}
	wanted.listens = listens;
	grown = learn->n_destinations < LEARN_DESTINATIONS_MAX
			? reallocarray(learn->destinations, learn->n_destinations + 1, sizeof *grown)
			: NULL;
	if (grown == NULL) {
		learn->destinations_lost++;
		return;
	}
	learn->destinations = grown;
	learn->destinations[learn->n_destinations++] = wanted;
}
