/* What names tell of how often code runs. */
#ifndef HPLINT_RULES_WORDS_H
#define HPLINT_RULES_WORDS_H

#include <stdbool.h>

/* What a function is for that runs rarely: "configuration", "debugging"; NULL when its name tells
 * nothing. `once`: it runs once, so that words of start-up and shutdown count. */
extern const char words_configuration[], words_start_up[], words_shutdown[];
const char *words_role(const char *function, bool once);
/* The same for a file, by the words of its name and folders (relative to the project): "tests". */
const char *words_place(const char *path);

#endif
