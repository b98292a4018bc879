#include "runner/common/random_id.h"

#include <stdlib.h>
#include <sys/random.h>

void random_id(char id[RANDOM_ID_LEN + 1])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[RANDOM_ID_LEN];

	/* Up to 256 bytes come whole once the pool is ready; before that the call waits. getrandom(2) */
	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		abort();
	for (int i = 0; i < RANDOM_ID_LEN; i++)
		id[i] = digits[bytes[i] % 32];
	id[RANDOM_ID_LEN] = '\0';
}
