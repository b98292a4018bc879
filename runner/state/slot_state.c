#include "runner/state/slot_state.h"

#include "runner/common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int slot_state_pipe(int *from, int *to, struct error *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set(err, errno, "pipe");
	*from = p[0];
	*to = p[1];
	return 0;
}

void slot_state_tell(int to, unsigned slot, enum slot_state state)
{
	const struct slot_message message = {(unsigned char)slot, (unsigned char)state};

	if (to > 0 && write(to, &message, sizeof message) < 0)
		log_line("the slot's state: %s: the supervisor does not know of it", strerror(errno));
}

bool slot_state_next(int from, struct slot_message *message)
{
	return read(from, message, sizeof *message) == (ssize_t)sizeof *message && message->state < SLOT_STATE_COUNT;
}
