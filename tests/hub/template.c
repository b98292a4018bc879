#include "tests/hub/template.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/memory.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN "${{"
#define CLOSE "}}"

/* Text within format('…'): quotes and braces are doubled. */
static void put_literal(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("'{}", text[i]) != NULL)
			fputc(text[i], out);
		fputc(text[i], out);
	}
}

static json_t *expression(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] == ' ')
		len--;
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	return must(json_pack("{s:i, s:s%}", "type", 3, "expr", text, len));
}

/* "a ${{ b }}": format('a {0}', b). One expression alone keeps its type. */
static json_t *text_token(json_t *value)
{
	const char *text = json_string_value(value), *open = strstr(text, OPEN), *close = NULL;
	_cleanup_(freep) char *literal = NULL, *arguments = NULL;
	_cleanup_(freep) char *whole = NULL;
	size_t literal_len, arguments_len, n = 0;
	FILE *literals, *rest;

	if (open != NULL)
		close = strstr(open, CLOSE);
	if (close == NULL)
		return json_incref(value);
	if (open == text && close[strlen(CLOSE)] == '\0')
		return expression(text + strlen(OPEN), (size_t)(close - text) - strlen(OPEN));
	literals = must(open_memstream(&literal, &literal_len));
	rest = must(open_memstream(&arguments, &arguments_len));
	while (close != NULL) {
		put_literal(literals, text, (size_t)(open - text));
		fprintf(literals, "{%zu}", n++);
		fprintf(rest, ",%.*s", (int)(close - open - (ptrdiff_t)strlen(OPEN)), open + strlen(OPEN));
		text = close + strlen(CLOSE);
		open = strstr(text, OPEN);
		close = open == NULL ? NULL : strstr(open, CLOSE);
	}
	put_literal(literals, text, strlen(text));
	fclose(literals);
	fclose(rest);
	whole = must(format("format('%s'%s)", literal, arguments));
	return expression(whole, strlen(whole));
}

static json_t *mapping_token(json_t *object)
{
	json_t *pairs = must(json_array()), *value;
	const char *key;

	json_object_foreach (object, key, value) {
		json_array_append_new(pairs, must(json_pack("{s:s, s:o}", "Key", key, "Value", template_token(value))));
	}
	return must(json_pack("{s:i, s:o}", "type", 2, "map", pairs));
}

json_t *template_token(json_t *value)
{
	json_t *list, *member;
	size_t i;

	if (json_is_string(value))
		return text_token(value);
	if (json_is_object(value))
		return mapping_token(value);
	if (!json_is_array(value))
		return json_incref(value);
	list = must(json_array());
	json_array_foreach (value, i, member) {
		json_array_append_new(list, template_token(member));
	}
	return must(json_pack("{s:i, s:o}", "type", 1, "seq", list));
}

char *template_condition(const char *text)
{
	static const char *const statuses[] = {"success()", "always()", "failure()", "cancelled()"};
	_cleanup_(freep) char *bare = NULL;
	const char *close;

	if (text == NULL)
		return copy_text("success()");
	close = strstr(text, CLOSE);
	if (strncmp(text, OPEN, strlen(OPEN)) == 0 && close != NULL)
		bare = must(strndup(text + strlen(OPEN), (size_t)(close - text) - strlen(OPEN)));
	else
		bare = copy_text(text);
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (strstr(bare, statuses[i]) != NULL)
			return copy_text(bare);
	return must(format("success() && (%s)", bare));
}
