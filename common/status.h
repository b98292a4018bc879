/* Exit codes of a launcher that are not the command's own, as in env(1), timeout(1) and Docker. */
#pragma once

#define STATUS_TIMEOUT 124     /* the time limit ended the command */
#define STATUS_LAUNCHER 125    /* the launcher failed: nothing was run */
#define STATUS_CANNOT_EXEC 126 /* the command exists but cannot be executed */
#define STATUS_NOT_FOUND 127
