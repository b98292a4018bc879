/* What a process of a job sends the broker of sudo, and what stands in the /etc of an image: a request that is taken
 * has exactly the strings that its head counts, and an environment made of it is whole and without what a loader would
 * take for code. */
#include "sandbox/sudo/accounts.h"
#include "sandbox/sudo/environ.h"
#include "sandbox/sudo/request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static size_t count(char *const *list, const char *from, const char *to)
{
	size_t n = 0;

	for (; list[n] != NULL; n++)
		CHECK(list[n] >= from && list[n] + strlen(list[n]) < to);
	return n;
}

static void build(const struct sudo_head *head, const struct sudo_request *request)
{
	static const struct account somebody = {.name = "somebody", .home = "/", .shell = "/bin/sh"};
	const struct environ_call call = {.request = request,
		.flags = head->flags,
		.target = &somebody,
		.caller = &somebody,
		.command = request->args[0] != NULL ? request->args[0] : ""};
	struct environ env = {.room = environ_entries(head), .size = environ_bytes(head)};

	env.entries = malloc(env.room * sizeof(char *));
	env.text = malloc(env.size);
	CHECK(env.entries != NULL && env.text != NULL && environ_build(&call, &env));
	CHECK(environ_get(env.entries, "PATH") != NULL && environ_get(env.entries, "SUDO_USER") != NULL);
	if (request->assignments[0] == NULL && request->keep[0] == NULL) {
		CHECK(strcmp(environ_get(env.entries, "PATH"), SUDO_SECURE_PATH) == 0);
		for (char **entry = env.entries; *entry != NULL; entry++)
			CHECK(strncmp(*entry, "LD_", 3) != 0 && strncmp(*entry, "BASH_ENV=", 9) != 0);
	}
	free(env.entries);
	free(env.text);
}

static void accounts(const char *text, size_t len)
{
	struct account account;
	char name[ACCOUNT_NAME_MAX];
	gid_t groups[4], gid = 5;

	if (sudo_find_user(text, len, NULL, 0, &account))
		CHECK(account.uid == 0 && account.name[0] != '\0' && account.shell[0] != '\0');
	if (sudo_find_user(text, len, "bob", 0, &account))
		CHECK(strcmp(account.name, "bob") == 0);
	if (sudo_find_group(text, len, NULL, &gid, name))
		CHECK(gid == 5 && name[0] != '\0');
	CHECK(sudo_user_groups(text, len, "bob", 7, groups, 4) <= 4);
	CHECK(groups[0] == 7);
}

/* A head, then the strings; and all of it once more as a file of /etc. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sudo_head head = {.magic = SUDO_MAGIC, .version = SUDO_VERSION};
	struct sudo_request request;
	char *text, **pointers;

	accounts((const char *)data, size);
	if (size < 6)
		return 0;
	head.flags = data[0] | (uint32_t)(data[1] & 1) << 8;
	head.n_args = data[2];
	head.n_assignments = data[3] & 7;
	head.n_keep = data[4] & 7;
	head.n_env = data[5];
	head.size = (uint32_t)size - 6;
	CHECK(sudo_head_is_good(&head));
	text = malloc(head.size + 1);
	pointers = malloc(sudo_request_pointers(&head) * sizeof *pointers);
	CHECK(text != NULL && pointers != NULL);
	memcpy(text, data + 6, head.size);
	if (sudo_request_read(&head, text, pointers, &request)) {
		CHECK(count(request.args, text, text + head.size) == head.n_args);
		CHECK(count(request.assignments, text, text + head.size) == head.n_assignments);
		CHECK(count(request.keep, text, text + head.size) == head.n_keep);
		CHECK(count(request.env, text, text + head.size) == head.n_env);
		build(&head, &request);
	}
	free(text);
	free(pointers);
	return 0;
}
