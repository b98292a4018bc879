#include "sandbox/doctor/examine_device.h"

#include "policy/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void examine_device(struct examination *exam, const char *path)
{
	const struct device *row = device_find(path);
	const int why = faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0 ? errno : 0;
	struct probe *probe = examination_add(
		exam, "device", row != NULL ? row->gives : "a device", why == 0 ? PROBE_OK : PROBE_MISSING);

	snprintf(probe->found, sizeof probe->found, "%.100s: %s", path, why == 0 ? "can be opened" : strerror(why));
	if (why == ENOENT || why == ENOTDIR)
		snprintf(probe->remedy, sizeof probe->remedy, "%s", row != NULL ? row->remedy : "");
	else if (why != 0)
		snprintf(probe->remedy, sizeof probe->remedy,
			"add the caller to the device's group (ls -l %.100s), or a rule of udev", path);
}
