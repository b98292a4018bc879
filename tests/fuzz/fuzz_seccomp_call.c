/* What `policy test` takes: a call, a line of a table, a verdict. Read or refused with a reason; a verdict that is read
 * prints as one that is read the same. */
#include "policy/explain/call.h"
#include "policy/seccomp/expr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), printed[64];
	struct expr expr;
	struct seccomp_data call;
	uint32_t verdict, again;
	struct error err = {0};

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (seccomp_call_parse(text, &call, &err) < 0 && err.text[0] == '\0')
		abort();
	err.text[0] = '\0';
	if (seccomp_table_line(text, &call, &verdict, &err) < 0 && err.text[0] == '\0')
		abort();
	if (seccomp_action_parse(text, &verdict, &err) == 0) {
		seccomp_action_print(verdict, printed, sizeof printed);
		if (seccomp_action_parse(printed, &again, &err) < 0 || again != verdict)
			abort();
	}
	err.text[0] = '\0';
	if (expr_parse(text, &expr, &err) < 0 && err.text[0] == '\0')
		abort();
	expr_free(&expr);
	free(text);
	return 0;
}
