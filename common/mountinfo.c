#include "common/mountinfo.h"

#include <stdlib.h>
#include <string.h>

/* "36 35 98:0 / /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool split(char *text, struct mountinfo *line)
{
	char *field[6], *separator = strstr(text, " - "), *rest;

	if (separator == NULL)
		return false;
	*separator = '\0';
	rest = separator + 3;
	line->type = strsep(&rest, " ");
	if (rest == NULL)
		return false;
	strsep(&rest, " "); /* the source */
	line->super = rest != NULL ? rest : separator;
	rest = text;
	for (int n = 0; n < 6; n++)
		if ((field[n] = strsep(&rest, " ")) == NULL)
			return false;
	line->id = strtoull(field[0], NULL, 10);
	line->device = field[2];
	line->root = field[3];
	line->point = field[4];
	line->options = field[5];
	return true;
}

bool mountinfo_next(char **text, struct mountinfo *line)
{
	char *at;

	while ((at = strsep(text, "\n")) != NULL)
		if (split(at, line))
			return true;
	return false;
}

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
}

/* A backslash and three octal digits are one byte. show_mountinfo() in fs/proc_namespace.c, seq_escape(). */
void mountinfo_unescape(char *name)
{
	char *to = name;

	for (const char *from = name; *from != '\0'; to++)
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	*to = '\0';
}
