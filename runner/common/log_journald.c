#include "runner/common/log_journald.h"

#include "common/cleanup.h"
#include "common/notice.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* syslog(3) */
#define PRIORITY_ERROR "3"
#define PRIORITY_INFO "6"

static size_t field(char *to, const char *name, const char *value)
{
	const size_t len = strlen(value);
	const uint64_t size = htole64(len);
	char *p = to;

	p = mempcpy(p, name, strlen(name));
	*p++ = '\n';
	p = mempcpy(p, &size, sizeof size);
	p = mempcpy(p, value, len);
	*p++ = '\n';
	return (size_t)(p - to);
}

size_t log_journald_entry(char to[static LOG_JOURNALD_MAX], const char *program, const struct log_fields *fields,
	const char *text, size_t len, enum visible_mode mode)
{
	char message[NOTICE_MAX], slot[16];
	size_t said = 0, used = 0;

	message[0] = '\0';
	if (fields->slot != 0)
		said += (size_t)snprintf(message, sizeof message, "slot %u: ", fields->slot);
	if (fields->from != NULL)
		said += (size_t)snprintf(message + said, sizeof message - said, "%.64s: ", fields->from);
	visible(message + said, sizeof message - said, text, len, mode);
	used += field(to + used, "MESSAGE", message);
	used += field(to + used, "PRIORITY", strcmp(fields->level, "error") == 0 ? PRIORITY_ERROR : PRIORITY_INFO);
	used += field(to + used, "SYSLOG_IDENTIFIER", program);
	if (fields->slot != 0) {
		snprintf(slot, sizeof slot, "%u", fields->slot);
		used += field(to + used, "COFFERDAM_SLOT", slot);
	}
	if (fields->job != NULL)
		used += field(to + used, "COFFERDAM_JOB", fields->job);
	if (fields->from != NULL)
		used += field(to + used, "COFFERDAM_FROM", fields->from);
	return used;
}

int log_journald_send(const char *path, const char *entry, size_t len)
{
	/* A socket for each line: none stays that a process which closes its descriptors could mistake another for. */
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	return sendto(fd, entry, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address) <
			       0
		       ? -1
		       : 0;
}
