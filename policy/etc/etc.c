#include "policy/etc/etc.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[ETC_COUNT] = {
	[ETC_PASSWD] = "passwd",
	[ETC_GROUP] = "group",
	[ETC_HOSTS] = "hosts",
	[ETC_HOSTNAME] = "hostname",
	[ETC_NSSWITCH] = "nsswitch.conf",
	[ETC_RESOLV_CONF] = "resolv.conf",
};

const char *etc_file_name(enum etc_name name)
{
	return names[name];
}

void etc_path(enum etc_name name, char path[ETC_PATH_MAX])
{
	snprintf(path, ETC_PATH_MAX, "/etc/%s", names[name]);
}

bool etc_is_empty(const struct etc *etc)
{
	for (unsigned i = 0; i < ETC_COUNT; i++)
		if (etc->texts[i] != NULL)
			return false;
	return true;
}

void etc_free(struct etc *etc)
{
	for (unsigned i = 0; i < ETC_COUNT; i++)
		free(etc->texts[i]);
	*etc = (struct etc){0};
}
