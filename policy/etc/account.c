#include "policy/etc/etc.h"

#include "policy/etc/rows.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MADE 1001
#define MADE_TRIED 1024

static bool is_row(const char *line)
{
	return strchr("#+-", line[0]) == NULL;
}

static bool is_text(const char *field, size_t len, const char *text)
{
	return len == strlen(text) && strncmp(field, text, len) == 0;
}

/* A number of decimal digits that can be an id. */
static bool read_id(const char *digits, size_t len, unsigned *id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)digits[i]) || number > UINT32_MAX)
			return false;
		number = number * 10 + (unsigned)(digits[i] - '0');
	}
	*id = (unsigned)number;
	return len > 0 && number < UINT32_MAX;
}

static char *copy_field(const char *line, unsigned n)
{
	size_t len = 0;
	const char *field = etc_field(line, n, &len);

	return field != NULL ? strndup(field, len) : NULL;
}

/* The first whole row with that name; those that are no row, with an id that is none, are not found. */
static const char *row_named(const char *passwd, const char *name)
{
	for (const char *line = passwd; *line != '\0'; line = etc_next_line(line)) {
		size_t len, last;
		const char *field = etc_field(line, 0, &len);

		if (is_row(line) && is_text(field, len, name) && etc_field(line, ETC_PASSWD_FIELDS - 1, &last) != NULL)
			return line;
	}
	return NULL;
}

/* Whether the list "a,b,c" has the name. */
static bool lists(const char *members, size_t len, const char *name)
{
	const char *end = members + len;

	while (members < end) {
		const char *comma = memchr(members, ',', (size_t)(end - members));
		const size_t one = (size_t)((comma != NULL ? comma : end) - members);

		if (is_text(members, one, name))
			return true;
		members += one + 1;
	}
	return false;
}

/* 0; -2: there is no room for it. */
static int add_group(struct etc_account *account, unsigned gid)
{
	for (size_t i = 0; i < account->n_groups; i++)
		if (account->groups[i] == gid)
			return 0;
	if (account->n_groups == ETC_GROUPS_MAX)
		return -2;
	account->groups[account->n_groups++] = gid;
	return 0;
}

static int find_groups(const char *group, struct etc_account *account)
{
	account->groups = calloc(ETC_GROUPS_MAX, sizeof *account->groups);
	if (account->groups == NULL)
		return -1;
	add_group(account, account->gid);
	for (const char *line = group; *line != '\0'; line = etc_next_line(line)) {
		size_t id_len, len;
		const char *id = etc_field(line, 2, &id_len);
		const char *members = etc_field(line, ETC_GROUP_FIELDS - 1, &len);
		unsigned gid;

		if (!is_row(line) || members == NULL || !read_id(id, id_len, &gid) ||
			!lists(members, len, account->name))
			continue;
		if (add_group(account, gid) < 0)
			return -2;
	}
	return 0;
}

int etc_account_find(const char *passwd, const char *group, const char *who, struct etc_account *account)
{
	const char *row = passwd != NULL ? row_named(passwd, who) : NULL, *uid, *gid;
	size_t uid_len = 0, gid_len = 0;
	unsigned number;
	int result;

	*account = (struct etc_account){0};
	if (row == NULL && passwd != NULL && read_id(who, strlen(who), &number))
		row = etc_row_of(passwd, ETC_PASSWD_FIELDS, number);
	if (row == NULL)
		return 0;
	uid = etc_field(row, 2, &uid_len);
	gid = etc_field(row, 3, &gid_len);
	if (!read_id(uid, uid_len, &account->uid) || !read_id(gid, gid_len, &account->gid))
		return 0;
	account->name = copy_field(row, 0);
	account->home = copy_field(row, 5);
	account->shell = copy_field(row, 6);
	if (account->name == NULL || account->home == NULL || account->shell == NULL)
		return -1;
	result = find_groups(group != NULL ? group : "", account);
	return result < 0 ? result : 1;
}

/* The first id from FIRST_MADE on without a row; 0: there is none. */
static unsigned free_id(const char *text)
{
	bool taken[MADE_TRIED] = {false};
	unsigned id;

	for (const char *line = text; *line != '\0'; line = etc_next_line(line)) {
		size_t len;
		const char *digits = etc_field(line, 2, &len);

		if (digits != NULL && read_id(digits, len, &id) && id >= FIRST_MADE && id - FIRST_MADE < MADE_TRIED)
			taken[id - FIRST_MADE] = true;
	}
	for (unsigned i = 0; i < MADE_TRIED; i++)
		if (!taken[i])
			return FIRST_MADE + i;
	return 0;
}

int etc_account_make(const char *passwd, const char *group, const char *name, struct etc_account *account)
{
	char home[256];

	snprintf(home, sizeof home, "/home/%s", name);
	*account = (struct etc_account){.name = strdup(name),
		.home = strdup(home),
		.shell = strdup("/bin/bash"),
		.uid = free_id(passwd != NULL ? passwd : ""),
		.gid = free_id(group != NULL ? group : ""),
		.made = true};
	if (account->name == NULL || account->home == NULL || account->shell == NULL || account->uid == 0 ||
		account->gid == 0)
		return -1;
	return find_groups(group != NULL ? group : "", account);
}

void etc_account_free(struct etc_account *account)
{
	free(account->name);
	free(account->home);
	free(account->shell);
	free(account->groups);
	*account = (struct etc_account){0};
}

void etc_passwd_names(const char *passwd, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (const char *line = passwd; *line != '\0'; line = etc_next_line(line)) {
		size_t len, last;
		const char *name = etc_field(line, 0, &len);

		if (!is_row(line) || len == 0 || etc_field(line, ETC_PASSWD_FIELDS - 1, &last) == NULL)
			continue;
		if (used + len + sizeof ", …" > size - sizeof ", …") {
			snprintf(text + used, size - used, ", …");
			return;
		}
		used += (size_t)snprintf(text + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)len, name);
	}
}
