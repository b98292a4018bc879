/* The Listener's exit codes, facts 1.a. */
#pragma once

enum exit_code {
	EXIT_OK = 0,
	EXIT_TERMINATED_ERROR = 1,
	EXIT_RETRYABLE_ERROR = 2,
	EXIT_UPDATING = 3,
	EXIT_SESSION_CONFLICT = 5,
	EXIT_VERSION_DEPRECATED = 7,
	/* What .NET makes of a SIGTERM that nobody turned into an exit code. */
	EXIT_SIGTERM = 143,
};
