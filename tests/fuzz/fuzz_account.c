/* A hostile passwd(5) and group(5): finding and making a user ends, with ids that are ids and groups within the bound.
 * The bytes up to the first NUL are whom is looked for, those up to the second one file, the rest the other. */
#include "policy/etc/etc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check(int found, const struct etc_account *account)
{
	if (found != 1)
		return;
	CHECK(account->uid != UINT32_MAX && account->gid != UINT32_MAX);
	CHECK(account->n_groups >= 1 && account->n_groups <= ETC_GROUPS_MAX);
	CHECK(strpbrk(account->name, ":\n") == NULL && strpbrk(account->home, ":\n") == NULL);
}

static char *next(char *text, const char *end)
{
	const size_t len = strlen(text);

	return text + len < end ? text + len + 1 : text + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *who = calloc(1, size + 1), *passwd, *group, names[256];
	struct etc_account account;

	if (who == NULL)
		abort();
	memcpy(who, data, size);
	passwd = next(who, who + size);
	group = next(passwd, who + size);
	check(etc_account_find(passwd, group, who, &account), &account);
	etc_account_free(&account);
	check(etc_account_make(passwd, group, "runner", &account) == 0 ? 1 : 0, &account);
	if (account.n_groups > 0 && account.uid != 0) {
		char *text = etc_passwd(
			passwd, &(struct etc_user){account.uid, account.gid, "runner", "/home/runner", "/bin/bash"});

		CHECK(text != NULL && etc_passwd_has(text, account.uid));
		free(text);
	}
	etc_account_free(&account);
	etc_passwd_names(passwd, names, sizeof names);
	free(who);
	return 0;
}
