/* Which entries of a distribution's archive are unpacked. Pure.
 *
 * An archive whose checksum is right may still be somebody else's whose checksum was given: nothing in it may reach
 * outside of the directory that it is unpacked into, or be more than a file. CVE-2001-1267 and its many successors. */
#pragma once

#include "common/error.h"

#include <stdint.h>
#include <sys/types.h>

#define ENTRY_PATH_SIZE 4096
#define ENTRY_DEPTH_MAX 64
/* The official distribution has some 25,000 entries and 700 MiB. */
#define ENTRY_COUNT_MAX 200000
#define ENTRY_BYTES_MAX (INT64_C(4) << 30)

enum entry_kind {
	ENTRY_FILE,
	ENTRY_DIRECTORY,
	ENTRY_SYMLINK,
	ENTRY_HARDLINK,
	ENTRY_OTHER, /* device, FIFO, socket */
};

struct entry {
	const char *path;   /* as in the archive */
	const char *target; /* of a link; else NULL */
	enum entry_kind kind;
	mode_t mode;
	int64_t size; /* of a file, with its holes */
};

/* Writes a path below the root in its only spelling: "./bin/x/" becomes "bin/x", "./" becomes "". Refuses an absolute
 * one, "..", control characters, and one that is too long or too deep. */
int entry_path(const char *path, char clean[ENTRY_PATH_SIZE], struct error *err);

/* Checks an entry and writes its path as above; of a hard link also its target, which is a path of the archive. Refuses
 * devices, FIFOs and sockets, files that are setuid, setgid or sticky, and a symbolic link that is absolute or could
 * leave the root: its ".." must come first and be no more than the directories that the link lies in. Those are
 * directories, since nothing is unpacked through a link; and each link on the rest of the way is one that was checked.
 * Thus no chain of links leaves the root. */
int entry_check(const struct entry *entry, char path[ENTRY_PATH_SIZE], char target[ENTRY_PATH_SIZE], struct error *err);

/* The mode of a file on disk: read-only, executable if it was for anybody. */
mode_t entry_mode(mode_t mode);
