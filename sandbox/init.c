#include "sandbox/init.h"

#include "sandbox/identity/caps.h"
#include "sandbox/process/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* sandbox/init/main.c, linked as a program of its own. Global symbols: of local ones the aarch64 assembler makes one
 * section symbol with offsets, which the linker forgets in its table of addresses. */
__asm__(".pushsection .rodata\n"
	".globl init_image, init_image_end\n"
	".hidden init_image, init_image_end\n"
	"init_image:\n\t.incbin \"" COFFERDAM_INIT "\"\n"
	"init_image_end:\n"
	".popsection\n");
extern const char init_image[], init_image_end[];

int init_open(struct error *err)
{
	return image_open("init", INIT_NAME, init_image, init_image_end, 0111, err);
}

/* From here on a kept descriptor and 0-2 are the command's alone, or a pipe of the caller's would stay open as long as
 * PID 1 lives. Of a prepared sandbox PID 1 has them until the command executes, as the waiting process has. */
int init_become(int image, int sock, pid_t command, pid_t broker, bool capable, struct error *err)
{
	char number[16], second[16];
	char *argv[] = {(char[]){INIT_NAME}, number, broker != 0 ? second : NULL, NULL}, *no_environment[] = {NULL};

	snprintf(number, sizeof number, "%d", command);
	if (broker != 0)
		snprintf(second, sizeof second, "%d", broker);
	if (dup2(sock, 0) < 0 || close_range(1, 2, 0) < 0)
		return error_set(err, errno, "init: descriptors");
	/* To who has CAP_DAC_OVERRIDE every file is readable, ours too. */
	if (capable && caps_lay_down(err) < 0)
		return -1;
	execveat(image, "", argv, no_environment, AT_EMPTY_PATH);
	return error_set(err, errno, "init: execveat");
}
