#include "sandbox/filter/privileges.h"

#include "common/capability_names.h"
#include "common/words.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static bool fill(struct denial *denial, enum denial_cause cause, int errnum, const char *note)
{
	denial->cause = cause;
	denial->errnum = errnum;
	snprintf(denial->note, sizeof denial->note, "%s", note);
	return true;
}

/* The permitted ones; 0 for a file without. */
static uint64_t file_capabilities(int fd)
{
	struct vfs_ns_cap_data data = {0};
	char self[32];
	ssize_t n;

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	n = getxattr(self, "security.capability", &data, sizeof data);
	if (n < (ssize_t)XATTR_CAPS_SZ_1)
		return 0;
	return (uint64_t)le32toh(data.data[0].permitted) |
	       (n >= (ssize_t)XATTR_CAPS_SZ_2 ? (uint64_t)le32toh(data.data[1].permitted) << 32 : 0);
}

bool privileges_are_marked(int fd, const struct plan_identity *identity, struct denial *denial)
{
	char note[sizeof denial->note] = "";
	struct words words = {.text = note, .size = sizeof note};
	uint64_t capabilities;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	/* The job's own user gains nothing by it. */
	if ((st.st_mode & S_ISUID) != 0 && st.st_uid != identity->uid)
		words_put(&words, "set-user-ID");
	else if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != identity->gid)
		words_put(&words, "set-group-ID");
	capabilities = file_capabilities(fd);
	for (unsigned i = 0; i < 64; i++)
		if ((capabilities & UINT64_C(1) << i) != 0)
			words_put(&words, "%s%s", words.used > 0 ? ", " : "",
				capability_name(i) != NULL ? capability_name(i) : "?");
	return note[0] != '\0' && fill(denial, DENIAL_NO_PRIVILEGES, 0, note);
}

/* A locked bit cannot be changed, nor can its lock. */
static bool changes_locked(int now, uint64_t wanted)
{
	const uint64_t locks = (uint64_t)now & SECURE_ALL_LOCKS;

	return ((locks | locks >> 1) & ((uint64_t)now ^ wanted)) != 0;
}

bool privileges_are_locked(
	const __u64 *args, int securebits, const struct plan_identity *identity, struct denial *denial)
{
	const bool may = (identity->capabilities & UINT64_C(1) << CAP_SETPCAP) != 0;

	switch (args[0]) {
	case PR_SET_SECUREBITS:
		if (changes_locked(securebits, args[1]))
			return fill(denial, DENIAL_SECUREBITS, EPERM, "the securebits are locked");
		return !may && fill(denial, DENIAL_SECUREBITS, EPERM, "setting securebits requires CAP_SETPCAP");
	case PR_CAPBSET_DROP:
		return !may && fill(denial, DENIAL_SECUREBITS, EPERM, "changing the bounding set requires CAP_SETPCAP");
	case PR_CAP_AMBIENT:
		return args[1] == PR_CAP_AMBIENT_RAISE && (securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0 &&
		       fill(denial, DENIAL_SECUREBITS, EPERM,
			       "no capability becomes ambient: SECBIT_NO_CAP_AMBIENT_RAISE is locked");
	default:
		return false;
	}
}
