#include "policy/egress/egress.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Whether the line starts with this keyword and white space. *value is what follows, as long as *len. */
static bool keyword(const char *line, size_t length, const char *word, const char **value, size_t *len)
{
	size_t n = strlen(word), blanks;

	if (length <= n || strncmp(line, word, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
		return false;
	blanks = strspn(line + n, " \t");
	*value = line + n + blanks;
	*len = length - n - blanks;
	while (*len > 0 && strchr(" \t\r", (*value)[*len - 1]) != NULL)
		(*len)--;
	return true;
}

/* "fe80::1%eth0" is an IPv6 address as well. */
static int family_of(const char *value, size_t len)
{
	char text[INET6_ADDRSTRLEN + 1];
	uint8_t bytes[16];
	const char *zone = memchr(value, '%', len);

	if (zone != NULL)
		len = (size_t)(zone - value);
	if (len >= sizeof text)
		return AF_UNSPEC;
	memcpy(text, value, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

static bool is_printable(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' && value[i] != '\t')
			return false;
	return true;
}

char *egress_resolv_conf(const char *host)
{
	static const char *const copied[] = {"search", "domain", "options"};
	bool has4 = false, has6 = false;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	for (const char *line = host; *line != '\0';) {
		size_t length = strcspn(line, "\n"), len;
		const char *value;

		if (keyword(line, length, "nameserver", &value, &len)) {
			has4 = has4 || family_of(value, len) == AF_INET;
			has6 = has6 || family_of(value, len) == AF_INET6;
		}
		for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
			if (keyword(line, length, copied[i], &value, &len) && is_printable(value, len))
				fprintf(out, "%s %.*s\n", copied[i], (int)len, value);
		line += length + (line[length] == '\n');
	}
	if (has4 || !has6)
		fputs("nameserver " EGRESS_RESOLVER4 "\n", out);
	if (has6)
		fputs("nameserver " EGRESS_RESOLVER6 "\n", out);
	if (ferror(out) != 0 || fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
