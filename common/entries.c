#include "common/entries.h"

#include <errno.h>
#include <string.h>

int next_entry(DIR *dir, const struct dirent **entry)
{
	do {
		errno = 0;
		*entry = readdir(dir);
		if (*entry == NULL)
			return errno == 0 ? 0 : -1;
	} while (strcmp((*entry)->d_name, ".") == 0 || strcmp((*entry)->d_name, "..") == 0);
	return 1;
}
