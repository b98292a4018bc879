#include "sandbox/sudo/request.h"

#include <string.h>

#define FIXED 3 /* user, group, directory */

bool sudo_head_is_good(const struct sudo_head *head)
{
	return head->magic == SUDO_MAGIC && head->version == SUDO_VERSION && head->size <= SUDO_SIZE_MAX &&
	       (head->flags & ~(uint32_t)SUDO_FLAGS) == 0 && head->n_args <= SUDO_ARGS_MAX &&
	       head->n_assignments <= SUDO_ENV_MAX && head->n_keep <= SUDO_ENV_MAX && head->n_env <= SUDO_ENV_MAX &&
	       head->umask <= 0777 && head->reserved == 0;
}

size_t sudo_request_pointers(const struct sudo_head *head)
{
	return (size_t)head->n_args + head->n_assignments + head->n_keep + head->n_env + 4;
}

/* What is left to read; `left` 0 and a string wanted is an error. */
struct rest {
	char *at;
	size_t left;
	bool bad;
};

static char *next(struct rest *rest)
{
	char *text = rest->at;
	const char *end = rest->left == 0 ? NULL : memchr(text, '\0', rest->left);
	size_t len;

	if (end == NULL) {
		rest->bad = true;
		return NULL;
	}
	len = (size_t)(end - text) + 1;
	rest->at += len;
	rest->left -= len;
	return text;
}

static char **list(struct rest *rest, uint32_t n, char ***pointers)
{
	char **first = *pointers;

	for (uint32_t i = 0; i < n && !rest->bad; i++)
		first[i] = next(rest);
	first[n] = NULL;
	*pointers += n + 1;
	return first;
}

bool sudo_request_read(const struct sudo_head *head, char *text, char **pointers, struct sudo_request *request)
{
	struct rest rest = {.at = text, .left = head->size};
	const uint64_t strings = (uint64_t)head->n_args + head->n_assignments + head->n_keep + head->n_env + FIXED;

	if (strings > head->size)
		return false;
	request->user = next(&rest);
	request->group = next(&rest);
	request->directory = next(&rest);
	request->args = list(&rest, head->n_args, &pointers);
	request->assignments = list(&rest, head->n_assignments, &pointers);
	request->keep = list(&rest, head->n_keep, &pointers);
	request->env = list(&rest, head->n_env, &pointers);
	if (rest.bad || rest.left != 0)
		return false;
	for (char **one = request->assignments; *one != NULL; one++)
		if (!sudo_is_assignment(*one))
			return false;
	return true;
}

static bool starts_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool sudo_is_assignment(const char *text)
{
	if (!starts_name(*text))
		return false;
	while (starts_name(*text) || (*text >= '0' && *text <= '9'))
		text++;
	return *text == '=';
}
