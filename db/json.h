/* Text as JSON values. */
#ifndef HPLINT_DB_JSON_H
#define HPLINT_DB_JSON_H

#include <jansson.h>

/* JSON cannot hold text that is no UTF-8 (paths, identifiers): such text is shown escaped. NULL
 * becomes null. */
json_t *db_json_text(const char *text);

#endif
