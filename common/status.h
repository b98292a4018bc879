/* Exit codes of what runs a command, where it is not the command's own: as env(1), timeout(1) and Docker have them. */
#pragma once

#define STATUS_TIMEOUT 124     /* the time limit ended it */
#define STATUS_LAUNCHER 125    /* we could not do our part: nothing was run */
#define STATUS_CANNOT_EXEC 126 /* there, but it cannot be executed */
#define STATUS_NOT_FOUND 127
