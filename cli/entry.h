/* Makes memory the launcher's own before it is used: a call for many pages where each would be a page fault. */
#pragma once

/* The pages of the heap that a launch uses, except those that the C library's own start has used. */
void entry_populate_heap(void);
