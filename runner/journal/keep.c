#include "runner/journal/keep.h"

#include "common/cleanup.h"
#include "common/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int journal_keep_parse(const char *text, struct journal_keep *keep, struct error *err)
{
	const size_t len = strcspn(text, ",");
	_cleanup_(freep) char *duration = strndup(text, len);

	if (duration == NULL)
		return error_set(err, ENOMEM, "%s", text);
	if ((len > 0 || text[len] == '\0') && parse_duration(duration, &keep->ns, err) < 0)
		return error_hint(err, "expected DURATION, DURATION,ROWS or ,ROWS, such as 30d,5000");
	if (text[len] == ',' && parse_count(text + len + 1, JOURNAL_KEEP_ROWS_MAX, &keep->rows, err) < 0)
		return -1;
	return keep->rows > 0 ? 0 : error_set(err, 0, "%s: must be at least 1 row", text);
}
