/* Ends what a job has left running, before its sandbox is held: its environment may have secrets. */
#pragma once

/* Kills all other processes but the sandbox's own, and waits until they are gone. NULL, or why they are not. */
const char *hold_others_end(void);
