#include "sandbox/process/exec_format.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#ifdef __x86_64__
#define MACHINE "x86-64"
#else
#define MACHINE "aarch64"
#endif

static const struct {
	unsigned number;
	const char *name;
} machines[] = {{EM_X86_64, "x86-64"}, {EM_386, "i386"}, {EM_AARCH64, "aarch64"}, {EM_ARM, "arm"}, {EM_RISCV, "riscv"},
	{EM_PPC64, "ppc64"}, {EM_S390, "s390"}, {EM_LOONGARCH, "loongarch"}};

/* The place outside of what the mount table shows inside: the last row that holds it counts. */
static const struct plan_mount *mount_of(const struct plan_root *root, const char *inside)
{
	const struct plan_mount *found = NULL;

	for (size_t i = 0; i < root->n_mounts; i++)
		if (path_is_within(inside, root->mounts[i].target))
			found = &root->mounts[i];
	return found != NULL && found->kind == PLAN_MOUNT_BIND ? found : NULL;
}

/* The first bytes of it. A job may have made the file, and what leads to it. */
static bool read_head(const struct plan_mount *mount, const char *inside, Elf64_Ehdr *head)
{
	const char *rest = inside + strlen(mount->target);
	_cleanup_(close_fd) int top = lookup_open(AT_FDCWD, mount->source, O_PATH, RESOLVE_CACHED);
	_cleanup_(close_fd) int fd = -1;
	struct iovec all = {head, sizeof *head};
	struct stat st;

	rest += strspn(rest, "/");
	if (top < 0 || rest[0] == '\0')
		return false;
	fd = lookup_open(
		top, rest, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_CACHED | RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       preadv2(fd, &all, 1, 0, RWF_NOWAIT) >= (ssize_t)offsetof(Elf64_Ehdr, e_version);
}

const char *exec_format(const struct plan_root *root, const struct plan_command *command)
{
	static char text[128];
	const char *name = command->argv[0], *machine = "another machine";
	_cleanup_(freep) char *path = NULL, *inside = NULL;
	const struct plan_mount *mount;
	Elf64_Ehdr head = {0};
	struct error ignored;

	if (strchr(name, '/') == NULL || (name[0] != '/' && command->workdir == NULL))
		return NULL; /* found in PATH, or not at all */
	path = name[0] == '/' ? strdup(name) : path_absolute(command->workdir, name);
	if (path == NULL || path_normalise(path, &inside, &ignored) < 0)
		return NULL;
	mount = mount_of(root, inside);
	if (mount == NULL || !read_head(mount, inside, &head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
		if (machines[i].number == head.e_machine)
			machine = machines[i].name;
	if (strcmp(machine, MACHINE) == 0)
		return "an ELF file that is damaged or incomplete";
	snprintf(text, sizeof text, "an ELF file for %s: this machine is %s", machine, MACHINE);
	return text;
}
