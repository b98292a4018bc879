#include "runner/launch/listener_root.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "common/io.h"
#include "runner/common/prune.h"
#include "sandbox/files/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define DIAG "_diag"
#define REMOVE_LIMIT_NS (60 * NS_PER_S)

static bool stays(const char *name)
{
	return name[0] == '.' || strcmp(name, DIAG) == 0;
}

/* The first that does not stay, and still is there. 1; 0: none; -1 with errno. */
static int next(DIR *dir, const char **name)
{
	const struct dirent *entry;
	int more;

	rewinddir(dir);
	while ((more = next_entry(dir, &entry)) > 0)
		if (!stays(entry->d_name)) {
			*name = entry->d_name;
			return 1;
		}
	return more;
}

int listener_root_clean(const char *root, struct error *err)
{
	const int64_t deadline_ns = clock_monotonic_ns() + REMOVE_LIMIT_NS;
	_cleanup_(close_dir) DIR *dir = opendir(root);
	const char *name;
	int more;

	if (dir == NULL)
		return error_set(err, errno, "%s", root);
	while ((more = next(dir, &name)) > 0)
		if (remove_tree(dirfd(dir), name, deadline_ns, err) < 0)
			return error_context(err, "%s", root);
	return more < 0 ? error_set(err, errno, "%s", root) : 0;
}

void listener_root_trim(const char *root)
{
	_cleanup_(freep) char *diag = format("%s/" DIAG, root);

	if (diag != NULL)
		prune(AT_FDCWD, diag, LISTENER_LOGS_FILES, LISTENER_LOGS_BYTES);
}
