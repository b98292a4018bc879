/* The names of capabilities(7): CAP_CHOWN is 0. Our own table, for libcap asks the kernel six questions before main()
 * of every program that has one of its functions for names. Pure. */
#pragma once

/* The number of a name, in capitals or not; -1: there is none such. */
int capability_number(const char *name);

/* "CAP_CHOWN"; NULL: a number without a name. */
const char *capability_name(unsigned number);
