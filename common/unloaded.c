#include "common/unloaded.h"

#include "common/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SELF "/proc/self/exe"

struct mapped {
	const char *data;
	size_t len;
};

static void unmap(struct mapped *file)
{
	if (file->data != NULL)
		munmap((void *)file->data, file->len);
}

static int map_self(struct mapped *file, struct error *err)
{
	_cleanup_(close_fd) int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, SELF);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return error_set(err, errno, SELF);
	*file = (struct mapped){.data = data, .len = (size_t)st.st_size};
	return 0;
}

/* NULL if the file has no such section, or none at all. The file is our own, and still its numbers are checked: a tool
 * may have rewritten it. */
static const Elf64_Shdr *find(const struct mapped *file, const char *name)
{
	const Elf64_Ehdr *header = (const void *)file->data;
	const Elf64_Shdr *sections, *names;

	if (file->len < sizeof *header || header->e_shoff == 0 || header->e_shoff > file->len ||
		header->e_shoff % _Alignof(Elf64_Shdr) != 0 ||
		(file->len - header->e_shoff) / sizeof *sections < header->e_shnum ||
		header->e_shstrndx >= header->e_shnum)
		return NULL;
	sections = (const void *)(file->data + header->e_shoff);
	names = &sections[header->e_shstrndx];
	for (const Elf64_Shdr *section = sections; section < sections + header->e_shnum; section++) {
		const size_t at = names->sh_offset + section->sh_name;

		if (at < file->len && strnlen(file->data + at, file->len - at) < file->len - at &&
			strcmp(file->data + at, name) == 0 && section->sh_offset <= file->len &&
			section->sh_size <= file->len - section->sh_offset)
			return section;
	}
	return NULL;
}

int unloaded_read(const char *name, char **data, size_t *len, struct error *err)
{
	_cleanup_(unmap) struct mapped file = {0};
	const Elf64_Shdr *section;

	if (map_self(&file, err) < 0)
		return -1;
	section = find(&file, name);
	if (section == NULL) {
		error_set(err, 0, SELF ": has no section %s", name);
		return error_hint(err, "it was removed from the file: install the program as it was built");
	}
	*len = section->sh_size;
	*data = malloc(*len + 1);
	if (*data == NULL)
		return error_set(err, ENOMEM, SELF);
	memcpy(*data, file.data + section->sh_offset, *len);
	(*data)[*len] = '\0';
	return 0;
}
