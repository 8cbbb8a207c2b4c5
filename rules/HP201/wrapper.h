/* For wrapper.c and wrapper+more.c. */
#include <stddef.h>

void *checked_alloc(size_t size);
char *copy_text(const char *text);
void release(void *block);
