/* The status page: plain HTML without scripts and without anything from elsewhere, for a keyboard, a phone, a screen
 * reader, light and dark. It has no form: nothing can be changed by it. */
#pragma once

#include "common/error.h"

#include <sqlite3.h>
#include <stdio.h>

#define PAGE_TYPE "text/html; charset=utf-8"

/* Prints the page of the journal. 0, or -1 with err: what is printed then is not complete. */
int page_print(FILE *out, sqlite3 *db, struct error *err);

/* Prints text for elements and quoted attributes: the five characters of HTML that mean something become entities. */
void page_text(FILE *out, const char *text);
