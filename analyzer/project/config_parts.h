/* What config.c and config_library.c share: the file being read, and how it is said what is wrong.
 */
#ifndef HPLINT_ANALYZER_PROJECT_CONFIG_PARTS_H
#define HPLINT_ANALYZER_PROJECT_CONFIG_PARTS_H

#include "analyzer/project/parts.h"

#include <yaml.h>

typedef struct ConfigReader {
  const char *path;
  yaml_document_t *document;
  ProjectConfig *out;
  uint32_t seen; /* bit k: key k of the top level */
  HpError *err;
} ConfigReader;

/* One line with the file, the node's line and the text; always false. */
bool config_bad(const ConfigReader *r, const yaml_node_t *node, const char *fmt, ...)
    HP_PRINTF(3, 4);
/* "unknown key", with the nearest of those that exist, or all of them. */
bool config_unknown_key(const ConfigReader *r, const yaml_node_t *key, const char *const *names,
                        size_t count);
/* The text of a scalar, NULL of anything else. */
const char *config_scalar(const yaml_node_t *node);
/* `library:`, what functions do. */
bool config_library(const ConfigReader *r, const yaml_node_t *value);
void config_library_free(ProjectConfig *c);

#endif
