/* Names the devices of a host that a job may be granted one by one: what each is, and what must be known about it.
 *
 * Everything else below /dev is refused by name. Every job has /dev/null, zero, full, random, urandom, tty and ptys of
 * its own without asking. Device numbers are those of Documentation/admin-guide/devices.txt. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

#define DEVICE_ANY (-1) /* the kernel gives out the number when the driver is loaded */

struct device {
	const char *path; /* a pattern of fnmatch(3), of the normalised path */
	int major, minor; /* or DEVICE_ANY */
	const char *gives;
	const char *remedy; /* where the host does not have it */
};

extern const struct device devices[];
extern const size_t devices_count;

/* The row of a normalised path, or NULL. */
const struct device *device_find(const char *path);

/* Whether the character device with these numbers can be the one that `path`, which has this row, names. `kernels_name`
 * is the kernel's name of it ("dri/card0"; DEVNAME in its uevent), or NULL where that is unknown: then only the numbers
 * are compared, and a number of DEVICE_ANY only with the range from which the kernel gives it out. */
bool device_matches(
	const struct device *row, const char *path, unsigned major, unsigned minor, const char *kernels_name);

/* Refuses a path that has no row: says what it is and why it cannot be granted, as far as that is known. Returns -1. */
int device_refuse(const char *path, struct error *err);
