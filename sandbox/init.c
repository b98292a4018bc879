#include "sandbox/init.h"

#include "common/cleanup.h"
#include "sandbox/caps.h"
#include "sandbox/image.h"
#include "sandbox/message.h"
#include "sandbox/payload.h"
#include "sandbox/shared.h"
#include "sandbox/title.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sandbox/init/main.c, linked as a program of its own. Global symbols: of local ones the aarch64 assembler makes one
 * section symbol with offsets, which the linker forgets in its table of addresses. */
#define NAME "cofferdam-init"
__asm__(".pushsection .rodata\n"
	".globl init_image, init_image_end\n"
	".hidden init_image, init_image_end\n"
	"init_image:\n\t.incbin \"" COFFERDAM_INIT "\"\n"
	"init_image_end:\n"
	".popsection\n");
extern const char init_image[], init_image_end[];

/* Nobody may read the file, so what runs it is not dumpable from its first instruction on: no process inside can look
 * into PID 1 or reach the file through /proc/1/exe (CVE-2019-5736). */
static int open_image(struct error *err)
{
	return image_open("init", NAME, init_image, init_image_end, 0111, err);
}

/* The socket becomes descriptor 0, and nothing else stays open: a kept descriptor and 0-2 are the command's alone, or a
 * pipe of the caller's would stay open as long as PID 1 lives. */
static int become(const struct plan *plan, int image, int sock, pid_t command, struct error *err)
{
	char number[16];
	char *argv[] = {(char[]){NAME}, number, NULL}, *no_environment[] = {NULL};

	snprintf(number, sizeof number, "%d", command);
	if (dup2(sock, 0) < 0 || close_range(1, 2, 0) < 0)
		return error_set(err, errno, "init: descriptors");
	/* To who has CAP_DAC_OVERRIDE every file is readable, ours too. */
	if (plan->capabilities != 0 && caps_lay_down(err) < 0)
		return -1;
	execveat(image, "", argv, no_environment, AT_EMPTY_PATH);
	return error_set(err, errno, "init: execveat");
}

struct command {
	const struct plan *plan;
	int sock;
};

static int run_command(void *data)
{
	const struct command *command = data;

	payload_run(command->plan, command->sock);
}

static char **copy(char *const *argv)
{
	size_t n = 0;
	char **copied;

	while (argv[n] != NULL)
		n++;
	copied = calloc(n + 1, sizeof *copied);
	for (size_t i = 0; copied != NULL && i < n; i++)
		if ((copied[i] = strdup(argv[i])) == NULL)
			return NULL;
	return copied;
}

int init_run(const struct plan *plan, int sock, struct error *err)
{
	static shared_stack stack;
	struct plan for_command = *plan;
	struct command command = {&for_command, sock};
	_cleanup_(close_fd) int image = -1;
	pid_t pid;

	if (setsid() < 0)
		return error_set(err, errno, "init: session");
	/* Before there is anybody who could read the launcher's command line in ours, of which the command's is a part.
	 */
	for_command.argv = copy(plan->argv);
	if (for_command.argv == NULL)
		return error_set(err, ENOMEM, "init");
	image = open_image(err);
	if (image < 0)
		return -1;
	title_set(NAME); /* until the exec below it is the launcher's command line that the command could read */
	pid = plan->start_fd == 0 ? shared_clone(run_command, &stack, 0, &command, NULL) : fork();
	if (pid == 0)
		run_command(&command);
	if (pid < 0)
		return error_set(err, errno, "init: clone");
	return become(plan, image, sock, pid, err);
}
