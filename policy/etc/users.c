#include "policy/etc/etc.h"

#include "policy/etc/rows.h"
#include "policy/etc/text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>

#define OVERFLOW_ID 65534 /* as which ids appear that are not mapped */
#define NAME_MAX_BYTES 255
#define NAMES_TRIED 64

/* Of a system without users. */
#define NO_USERS "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
#define NO_GROUPS "root:x:0:\nnogroup:x:65534:\n"

/* strcspn(3) takes ten times as long for the few letters that a field has, and there are hundreds in each launch. */
static const char *field_end(const char *text)
{
	while (*text != ':' && *text != '\n' && *text != '\0')
		text++;
	return text;
}

const char *etc_field(const char *line, unsigned n, size_t *len)
{
	for (; n > 0; n--) {
		line = field_end(line);
		if (*line++ != ':')
			return NULL;
	}
	*len = (size_t)(field_end(line) - line);
	return line;
}

static bool is_id(const char *digits, size_t len, unsigned id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)digits[i]) || number > UINT32_MAX)
			return false;
		number = number * 10 + (unsigned)(digits[i] - '0');
	}
	return len > 0 && number == id;
}

const char *etc_next_line(const char *line)
{
	line = strchrnul(line, '\n');
	return *line == '\n' ? line + 1 : line;
}

const char *etc_row_of(const char *text, unsigned fields, unsigned id)
{
	for (const char *line = text; *line != '\0'; line = etc_next_line(line)) {
		size_t len;
		const char *number = etc_field(line, 2, &len);

		if (number != NULL && strchr("#+-", line[0]) == NULL && is_id(number, len, id) &&
			etc_field(line, fields - 1, &len) != NULL)
			return line;
	}
	return NULL;
}

static bool is_taken(const char *text, const char *name)
{
	for (const char *line = text; *line != '\0'; line = etc_next_line(line)) {
		size_t len;

		if (etc_field(line, 0, &len) != NULL && len == strlen(name) && strncmp(line, name, len) == 0)
			return true;
	}
	return false;
}

/* In one line, and one field of it. */
static bool is_field(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == ':' || iscntrl((unsigned char)*text))
			return false;
	return true;
}

static bool is_name(const char *text)
{
	return text[0] != '\0' && strchr("+-#", text[0]) == NULL && strlen(text) <= NAME_MAX_BYTES && is_field(text) &&
	       strpbrk(text, " /,") == NULL;
}

static void choose_name(const char *text, const char *wanted, char name[NAME_MAX_BYTES + 1])
{
	const bool is_free = wanted != NULL && is_name(wanted) && !is_taken(text, wanted);

	snprintf(name, NAME_MAX_BYTES + 1, "%s", is_free ? wanted : "job");
	/* A hostile image can take all of these: then two rows have one name, which is that image's own business. */
	for (unsigned i = 1; i <= NAMES_TRIED && is_taken(text, name); i++)
		snprintf(name, NAME_MAX_BYTES + 1, "job%u", i);
}

static const char *usable_home(const struct etc_user *user)
{
	return user->home != NULL && user->home[0] == '/' && is_field(user->home) ? user->home : NULL;
}

/* Room for a row of these. */
static size_t room_for(const char *home)
{
	return NAME_MAX_BYTES + (home != NULL ? strlen(home) : 0) + 64;
}

char *etc_passwd(const char *root, const struct etc_user *user)
{
	const char *text = root != NULL ? root : NO_USERS, *home = usable_home(user), *old;
	const char *row = etc_row_of(text, ETC_PASSWD_FIELDS, user->uid);
	struct etc_text out = etc_text_new(strlen(text) + room_for(home) + room_for(user->shell));
	char name[NAME_MAX_BYTES + 1], ids[64];
	size_t len = 0;

	if (row != NULL) {
		old = etc_field(row, 5, &len);
		etc_text_add_bytes(&out, text, (size_t)(old - text));
		etc_text_add_bytes(&out, home != NULL ? home : old, home != NULL ? strlen(home) : len);
		etc_text_add(&out, old + len);
		return etc_text_take(&out);
	}
	choose_name(text, user->name, name);
	/* A password of "x" would be looked for in shadow(5), and an account without a row there is refused. */
	snprintf(ids, sizeof ids, ":%c:%u:%u::", user->shell != NULL ? '*' : 'x', user->uid, user->gid);
	etc_text_add(&out, text);
	etc_text_end_line(&out);
	etc_text_add(&out, name);
	etc_text_add(&out, ids);
	etc_text_add(&out, home != NULL ? home : "/");
	etc_text_add(&out, ":");
	etc_text_add(&out, user->shell != NULL ? user->shell : "/bin/sh");
	etc_text_add(&out, "\n");
	return etc_text_take(&out);
}

static void add_group(struct etc_text *out, const char *text, const char *wanted, unsigned gid)
{
	char name[NAME_MAX_BYTES + 1], id[32];

	if (etc_row_of(text, ETC_GROUP_FIELDS, gid) != NULL)
		return;
	choose_name(text, wanted, name);
	snprintf(id, sizeof id, ":x:%u:\n", gid);
	etc_text_end_line(out);
	etc_text_add(out, name);
	etc_text_add(out, id);
}

char *etc_group(const char *root, const struct etc_user *user)
{
	const char *text = root != NULL ? root : NO_GROUPS;
	struct etc_text out = etc_text_new(strlen(text) + 2 * room_for(NULL));

	etc_text_add(&out, text);
	add_group(&out, text, user->name, user->gid);
	if (user->gid != OVERFLOW_ID)
		add_group(&out, text, "nogroup", OVERFLOW_ID);
	return etc_text_take(&out);
}

bool etc_passwd_has(const char *passwd, unsigned uid)
{
	return etc_row_of(passwd, ETC_PASSWD_FIELDS, uid) != NULL;
}
