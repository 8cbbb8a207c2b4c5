/* `hplint dis --coverage`: how much of the code the IR models. */
#ifndef HPLINT_ANALYZER_CLI_COVERAGE_H
#define HPLINT_ANALYZER_CLI_COVERAGE_H

#include "analyzer/cli/cli.h"

/* Over the files or folders in `args`, or the project of the current folder: stored units where
 * they are up to date, the others analysed now (and not stored). Exit status. */
int cli_coverage(const CliArgs *args, const char *database, bool json);

#endif
