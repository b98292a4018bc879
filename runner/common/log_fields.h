/* What is known of a log line beside its text. */
#pragma once

#include <time.h>

struct log_fields {
	time_t time;
	const char *level; /* info, error */
	unsigned slot;     /* 0: none */
	const char *job;   /* its id, or NULL */
	const char *from;  /* the program whose line it is, or NULL: ours */
};
