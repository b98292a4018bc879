/* early: begins at once, while PID 1 is still becoming what it is, and tries to open its memory, again and again. */
#include "tests/escape/probe.h"

#include <fcntl.h>

#define TRIES 40000

int main(void)
{
	for (int i = 0; i < TRIES; i++)
		if (open("/proc/1/mem", O_RDWR | O_CLOEXEC) >= 0)
			succeeded("open the memory of PID 1");
	blocked("open the memory of PID 1: %s", errno_name(errno));
}
