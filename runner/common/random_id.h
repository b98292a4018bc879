/* Makes short random names. */
#pragma once

#define RANDOM_ID_LEN 8

/* Writes RANDOM_ID_LEN characters of [a-z2-7] (40 bits of getrandom(2)) and a NUL. */
void random_id(char id[RANDOM_ID_LEN + 1]);
