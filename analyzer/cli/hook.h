/* The git pre-commit hook: a commit is stopped when it adds findings of high severity. */
#ifndef HPLINT_ANALYZER_CLI_HOOK_H
#define HPLINT_ANALYZER_CLI_HOOK_H

#include "analyzer/engine/run.h"

/* Writes the pre-commit hook of the repository around the current folder (where core.hooksPath
 * says, if it does). A hook that is not ours is left alone, unless `force`: then it is kept beside
 * ours as pre-commit.before-hplint, and ours runs it first. 0, or 2 and `err`. */
int hook_install(bool force, HpError *err);

/* Lints the staged C files as they are staged, and prints findings of high severity that HEAD's
 * version of the file does not have. 0: none, or nothing to check. 1: some. 2 and `err`: git cannot
 * be asked. A file that cannot be analysed is said and stops no commit. */
int hook_run(HpError *err);

/* run_main_job, or what a test puts in its place. */
typedef bool HookRun(const RunOptions *options, RunResult *out, HpError *err);
int hook_run_with(HookRun *run, HpError *err);

/* git (git.c): runs it with the arguments (NULL-terminated, without "git") and collects its output.
 * False and `err` when it cannot be run or ends with another status than 0; its own messages go to
 * stderr unless `quiet`. */
bool git_output(const char *const *args, bool quiet, HpBuf *out, HpError *err);

#endif
