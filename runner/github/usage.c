#include "runner/github/usage.h"

#include <unistd.h>

const char *const github_outcome_names[GITHUB_OUTCOME_COUNT] = {
	"answered", "declined", "limited", "failed", "unanswered"};

static struct github_usage counted = {.remaining = -1, .reset = -1};
static pid_t owner;

static void begin(void)
{
	if (owner != getpid())
		counted = (struct github_usage){.remaining = -1, .reset = -1};
	owner = getpid();
}

static enum github_outcome outcome_of(long status, bool limited)
{
	if (status == 0)
		return GITHUB_UNANSWERED;
	if (limited)
		return GITHUB_LIMITED;
	if (status >= 500)
		return GITHUB_FAILED;
	return status >= 400 ? GITHUB_DECLINED : GITHUB_ANSWERED;
}

void github_usage_add(long status, bool limited, const struct ratelimit *limit)
{
	begin();
	counted.n[outcome_of(status, limited)]++;
	if (limit->remaining < 0)
		return;
	counted.remaining = limit->remaining;
	counted.reset = limit->reset;
}

void github_usage_take(struct github_usage *usage)
{
	begin();
	*usage = counted;
	owner = 0;
}
