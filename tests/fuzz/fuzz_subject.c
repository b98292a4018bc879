/* What a Listener, or something in its place, sends as the job's message: whatever it is, the texts end within their
 * bounds, and hold no NUL before. */
#include "runner/worker/subject.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input that begins with '8' is ASCII, so that the fuzzer need not find out about UTF-16. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t step = size > 0 && data[0] == '8' ? 2 : 1;
	const size_t len = size > 1 ? step * (size - 1) : 0;
	uint8_t *message = calloc(len > 0 ? len : 1, 1); /* it ends where the message does */
	struct subject subject;

	if (message == NULL)
		return 0;
	for (size_t i = 1; i < size; i++)
		message[step * (i - 1)] = data[i];
	memset(&subject, 0xff, sizeof subject);
	subject_read(message, len, &subject);
	if (memchr(subject.repository, '\0', sizeof subject.repository) == NULL ||
		memchr(subject.workflow, '\0', sizeof subject.workflow) == NULL ||
		memchr(subject.job, '\0', sizeof subject.job) == NULL)
		abort();
	free(message);
	return 0;
}
