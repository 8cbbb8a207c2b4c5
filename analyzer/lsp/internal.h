/* The parts of the language server: framing, texts and positions, diagnostics, the worker thread.
 */
#ifndef HPLINT_ANALYZER_LSP_INTERNAL_H
#define HPLINT_ANALYZER_LSP_INTERNAL_H

#include <jansson.h>

#include "analyzer/engine/run.h"

/* ---- framing (frame.c) ------------------------------------------------------------------------
 */

/* Input as it arrives; zero-initialise. */
typedef struct LspInput {
  HpBuf bytes;
  size_t skip; /* body bytes of an oversized message still to be thrown away */
} LspInput;
/* Reads what is there: 1, 0 at the end of the stream, -1 on an error. Blocks when nothing is. */
int lsp_input_fill(LspInput *in, int fd);
/* The next whole message's body (heap, NUL-terminated), or NULL when there is none yet. Bytes that
 * are no header are skipped. */
char *lsp_input_next(LspInput *in, size_t *size);
void lsp_input_free(LspInput *in);
/* Writes a message; takes the reference. False when the client is gone. */
bool lsp_send(int fd, json_t *message);

/* ---- texts (text.c) -----------------------------------------------------------------------------
 */

/* A document's text with the offsets of its lines. */
typedef struct LspText {
  char *bytes;
  size_t size;
  size_t *lines; /* where each begins */
  uint32_t nlines, lines_cap;
} LspText;
LspText lsp_text_new(const char *bytes, size_t size);
void lsp_text_free(LspText *t);
/* Byte offset of an LSP position: line from 0, character in UTF-16 units; beyond the end of the
 * line or text means its end. */
size_t lsp_offset(const LspText *t, int64_t line, int64_t character);
/* Our line and column (from 1, bytes) as an LSP position. */
json_t *lsp_position(const LspText *t, uint32_t line, uint32_t column);
/* Replaces a range; offsets in the wrong order are swapped. */
void lsp_text_replace(LspText *t, size_t from, size_t to, const char *with, size_t size);

/* ---- file: URIs (uri.c)
 * ---------------------------------------------------------------------------- */

/* Both on the heap; the path is NULL for what is no file on this machine. */
char *lsp_uri_path(const char *uri);
char *lsp_path_uri(const char *path);

/* ---- diagnostics (diagnostics.c)
 * ------------------------------------------------------------------- */

/* The diagnostics for `path`, whose analysed text is `text`, as a JSON array. `rule_pages` is put
 * before RULE.md to make the link to a rule's page; NULL: the installed pages, if there are. */
json_t *lsp_diagnostics(const RunResult *r, const char *path, const LspText *text,
                        const char *rule_pages);

/* ---- fixes (actions.c) --------------------------------------------------------------------------
 */

/* What a finding's stored fix would do, in words; NULL when an editor offers none. */
const char *lsp_fix_title(const char *fix);
/* The code actions for a codeAction request on a document with these diagnostics: without edits,
 * and with what it takes to find them as `data`. */
json_t *lsp_actions(const json_t *diagnostics, const char *uri, int64_t version,
                    const json_t *params);
/* The text edits that fix one finding of a run over `path`, whose text is `text`; NULL with `why`
 * (heap) when it cannot be fixed, or with `err`. */
json_t *lsp_fix(const RunOptions *run, const RunResult *result, const char *fingerprint,
                const char *path, const LspText *text, char **why, HpError *err);

/* ---- the worker thread (worker.c) ---------------------------------------------------------------
 */

/* run_main_job, or what a test puts in its place. */
typedef bool LspRun(const RunOptions *options, RunResult *out, HpError *err);

/* One analysis: the text as it was when it was asked for. For its diagnostics, or for the fix of
 * one finding. */
typedef struct LspJob {
  char *path;
  char *uri;
  char *text;
  size_t size;
  int64_t version;
  bool saved; /* the text is what the file holds: the cache may be used */
  char *rule_pages;
  json_t *id, *action; /* the request to resolve an action; NULL: diagnostics are wanted */
  /* the answer */
  json_t *diagnostics; /* NULL on failure */
  json_t *edits;       /* NULL: there is no fix, and `why` or `err` says why */
  char *why;
  HpError err;
} LspJob;
void lsp_job_free(LspJob *job);

typedef struct LspWorker LspWorker;
/* `wake` gets a byte when a job is done; the worker closes it at its end. */
LspWorker *lsp_worker_start(LspRun *run, int wake, HpError *err);
/* True when a job may be given. */
bool lsp_worker_idle(LspWorker *w);
/* Takes the job over; the worker must be idle. */
void lsp_worker_give(LspWorker *w, LspJob *job);
/* The finished job, NULL when none is. The caller frees it. */
LspJob *lsp_worker_take(LspWorker *w);
/* Ends the thread. A job that does not end within two seconds is left to die with the process. */
void lsp_worker_stop(LspWorker *w);

/* ---- the server (server.c)
 * ------------------------------------------------------------------------ */

int lsp_serve_with(int in_fd, int out_fd, LspRun *run);

#endif
