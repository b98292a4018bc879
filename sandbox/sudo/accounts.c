#include "sandbox/sudo/accounts.h"

#include <string.h>

#define FIELDS_MAX 7

struct field {
	const char *text;
	size_t len;
};

/* One line at a time, without its end. */
static bool next_line(const char **text, size_t *left, struct field *line)
{
	const char *end;

	if (*left == 0)
		return false;
	end = memchr(*text, '\n', *left);
	line->text = *text;
	line->len = end != NULL ? (size_t)(end - *text) : *left;
	*text += line->len + (end != NULL);
	*left -= line->len + (end != NULL);
	return true;
}

/* The last field has all that is left. */
static bool split(const struct field *line, struct field *fields, size_t n)
{
	const char *at = line->text;
	size_t left = line->len;

	for (size_t i = 0; i < n; i++) {
		const char *colon = i + 1 < n ? memchr(at, ':', left) : NULL;

		if (colon == NULL && i + 1 < n)
			return false;
		fields[i].text = at;
		fields[i].len = colon != NULL ? (size_t)(colon - at) : left;
		if (colon != NULL) {
			left -= fields[i].len + 1;
			at = colon + 1;
		}
	}
	return memchr(line->text, '\0', line->len) == NULL;
}

bool sudo_number(const char *text, size_t len, uint32_t *value)
{
	uint64_t number = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*value = (uint32_t)number;
	return number < UINT32_MAX;
}

static bool is(const struct field *field, const char *text)
{
	return strlen(text) == field->len && memcmp(text, field->text, field->len) == 0;
}

static bool copy(const struct field *field, char *to, size_t size)
{
	if (field->len >= size)
		return false;
	memcpy(to, field->text, field->len);
	to[field->len] = '\0';
	return true;
}

bool sudo_find_user(const char *passwd, size_t len, const char *name, uid_t uid, struct account *account)
{
	const struct field sh = {"/bin/sh", 7};
	struct field line, fields[FIELDS_MAX];

	while (next_line(&passwd, &len, &line)) {
		uint32_t id, gid;

		if (!split(&line, fields, FIELDS_MAX) || fields[0].len == 0 ||
			!sudo_number(fields[2].text, fields[2].len, &id) ||
			!sudo_number(fields[3].text, fields[3].len, &gid))
			continue;
		if (name != NULL ? !is(&fields[0], name) : id != uid)
			continue;
		account->uid = id;
		account->gid = gid;
		return copy(&fields[0], account->name, sizeof account->name) &&
		       copy(&fields[5], account->home, sizeof account->home) &&
		       copy(fields[6].len != 0 ? &fields[6] : &sh, account->shell, sizeof account->shell);
	}
	return false;
}

bool sudo_find_group(const char *group, size_t len, const char *name, gid_t *gid, char found[ACCOUNT_NAME_MAX])
{
	struct field line, fields[4];

	while (next_line(&group, &len, &line)) {
		uint32_t id;

		if (!split(&line, fields, 4) || fields[0].len == 0 || !sudo_number(fields[2].text, fields[2].len, &id))
			continue;
		if (name != NULL ? !is(&fields[0], name) : id != *gid)
			continue;
		*gid = id;
		return found == NULL || copy(&fields[0], found, ACCOUNT_NAME_MAX);
	}
	return false;
}

static bool has_member(struct field members, const char *user)
{
	while (members.len > 0) {
		const char *comma = memchr(members.text, ',', members.len);
		const struct field one = {members.text, comma != NULL ? (size_t)(comma - members.text) : members.len};

		if (is(&one, user))
			return true;
		members.text += one.len + (comma != NULL);
		members.len -= one.len + (comma != NULL);
	}
	return false;
}

size_t sudo_user_groups(const char *group, size_t len, const char *user, gid_t gid, gid_t *groups, size_t max)
{
	struct field line, fields[4];
	size_t n = 0;

	if (max > 0)
		groups[n++] = gid;
	while (n < max && next_line(&group, &len, &line)) {
		uint32_t id;

		if (split(&line, fields, 4) && sudo_number(fields[2].text, fields[2].len, &id) && id != gid &&
			has_member(fields[3], user))
			groups[n++] = id;
	}
	return n;
}
