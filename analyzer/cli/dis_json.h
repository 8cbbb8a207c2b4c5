/* JSON of `hplint dis`: what listings and comparisons share. */
#ifndef HPLINT_ANALYZER_CLI_DIS_JSON_H
#define HPLINT_ANALYZER_CLI_DIS_JSON_H

#include "analyzer/cli/dis.h"
#include "db/json.h"

#include <jansson.h>

/* An object with schema version, kind ("listing", "diff") and tool. */
json_t *dis_json_head(const char *kind);
/* All rows of a function, without costs. */
json_t *dis_json_rows(const IrUnit *u, const IrFunction *fn, const IrAnalysis *an);
/* Writes the object and lets go of it. */
void dis_json_print(HpBuf *out, json_t *root);

#endif
