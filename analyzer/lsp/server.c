/* The server's loop: one thread that reads messages, keeps the open documents and writes; a worker
 * thread that analyses. A document is analysed when it is opened or saved, and when nothing was
 * typed for a moment. An answer for a text that has changed since is thrown away: the next analysis
 * is on its way. */
#include "analyzer/lsp/lsp.h"

#include "analyzer/evidence/evidence.h"
#include "analyzer/lsp/internal.h"
#include "db/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DEBOUNCE_MS = 300 };
enum {
  ERROR_PARSE = -32700,
  ERROR_INVALID_REQUEST = -32600,
  ERROR_METHOD_NOT_FOUND = -32601,
  ERROR_INVALID_PARAMS = -32602,
  ERROR_CONTENT_MODIFIED = -32801,
  ERROR_NOT_INITIALIZED = -32002
};

typedef struct Document {
  char *uri, *path; /* path NULL: not a file of this machine, never analysed */
  LspText text;
  int64_t version;     /* counts our changes, not the client's */
  int64_t due_ms;      /* when to analyse; 0: nothing to do */
  json_t *diagnostics; /* those last published, and for which of our versions */
  int64_t diagnosed;
} Document;

/* A code action that a client wants the edits of. */
typedef struct Question {
  json_t *id, *action;
} Question;

typedef struct Server {
  int out;
  Document *documents;
  uint32_t count, cap;
  LspWorker *worker;
  Question *questions; /* in the order in which they came */
  uint32_t nquestions, questions_cap;
  char *rule_pages;
  bool initialized, shut_down, gone;
  int exit_status; /* -1 while running */
} Server;

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void transmit(Server *s, json_t *message) {
  json_object_set_new(message, "jsonrpc", json_string("2.0"));
  if (!lsp_send(s->out, message))
    s->gone = true;
}

/* Answers a request; takes `result`. */
static void answer(Server *s, const json_t *id, json_t *result) {
  transmit(s, json_pack("{sOso}", "id", id, "result", result));
}

/* `id` NULL: the message had none that could be read. */
static void answer_error(Server *s, const json_t *id, int code, const char *text) {
  json_t *any = id ? json_incref((json_t *)(uintptr_t)id) : json_null();
  transmit(s, json_pack("{sos{siss}}", "id", any, "error", "code", code, "message", text));
}

static void notify(Server *s, const char *method, json_t *params) {
  transmit(s, json_pack("{ssso}", "method", method, "params", params));
}

static void publish(Server *s, const char *uri, json_t *diagnostics) {
  notify(s, "textDocument/publishDiagnostics",
         json_pack("{soso}", "uri", db_json_text(uri), "diagnostics", diagnostics));
}

static void log_error(Server *s, const char *path, const char *text) {
  HpBuf line = {0};
  hp_buf_add_escaped(&line, path);
  hp_buf_add(&line, ": ");
  hp_buf_add_escaped(&line, text);
  notify(s, "window/logMessage",
         json_pack("{siso}", "type", 2, "message", db_json_text(hp_buf_text(&line))));
  hp_buf_free(&line);
}

/* ---- documents ------------------------------------------------------------------------------- */

static Document *find_document(Server *s, const char *uri) {
  for (uint32_t i = 0; uri && i < s->count; i++)
    if (strcmp(s->documents[i].uri, uri) == 0)
      return &s->documents[i];
  return NULL;
}

static void close_document(Server *s, Document *d) {
  free(d->uri);
  free(d->path);
  lsp_text_free(&d->text);
  json_decref(d->diagnostics);
  *d = s->documents[--s->count];
}

static const char *uri_of(const json_t *params) {
  return json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
}

static void did_open(Server *s, const json_t *params) {
  const json_t *item = json_object_get(params, "textDocument");
  const char *uri = uri_of(params);
  const json_t *text = json_object_get(item, "text");
  if (!uri || !json_is_string(text))
    return;
  Document *d = find_document(s, uri);
  if (d)
    close_document(s, d);
  HP_GROW(s->documents, s->count, s->cap);
  d = &s->documents[s->count++];
  *d = (Document){.uri = hp_strdup(uri),
                  .path = lsp_uri_path(uri),
                  .text = lsp_text_new(json_string_value(text), json_string_length(text)),
                  .version = 1,
                  .due_ms = now_ms()};
}

static int64_t member(const json_t *position, const char *name) {
  return json_integer_value(json_object_get(position, name));
}

static void apply_change(Document *d, const json_t *change) {
  const json_t *range = json_object_get(change, "range"), *text = json_object_get(change, "text");
  if (!json_is_string(text))
    return;
  size_t from = 0, to = d->text.size;
  if (json_is_object(range)) {
    const json_t *start = json_object_get(range, "start"), *end = json_object_get(range, "end");
    from = lsp_offset(&d->text, member(start, "line"), member(start, "character"));
    to = lsp_offset(&d->text, member(end, "line"), member(end, "character"));
  }
  lsp_text_replace(&d->text, from, to, json_string_value(text), json_string_length(text));
}

static void did_change(Server *s, const json_t *params) {
  Document *d = find_document(s, uri_of(params));
  const json_t *changes = json_object_get(params, "contentChanges"), *change;
  size_t i;
  if (!d)
    return;
  json_array_foreach(changes, i, change) apply_change(d, change);
  d->version++;
  d->due_ms = now_ms() + DEBOUNCE_MS;
}

static void did_save(Server *s, const json_t *params) {
  Document *d = find_document(s, uri_of(params));
  if (!d)
    return;
  const json_t *text = json_object_get(params, "text");
  if (json_is_string(text))
    lsp_text_replace(&d->text, 0, d->text.size, json_string_value(text), json_string_length(text));
  d->version++;
  d->due_ms = now_ms();
  /* It may be a header of the others; those that do not read it come from the cache. */
  for (uint32_t i = 0; i < s->count; i++)
    if (!s->documents[i].due_ms)
      s->documents[i].due_ms = d->due_ms + DEBOUNCE_MS;
}

static void did_close(Server *s, const json_t *params) {
  Document *d = find_document(s, uri_of(params));
  if (!d)
    return;
  publish(s, d->uri, json_array());
  close_document(s, d);
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool resolves_edits(const json_t *params) {
  static const char *const path[] = {"capabilities", "textDocument", "codeAction", "resolveSupport",
                                     "properties"};
  json_t *property;
  size_t i;
  for (i = 0; i < sizeof path / sizeof *path; i++)
    params = json_object_get(params, path[i]);
  json_array_foreach(params, i, property) {
    if (json_is_string(property) && !strcmp(json_string_value(property), "edit"))
      return true;
  }
  return false;
}

static json_t *initialize(Server *s, const json_t *params) {
  const json_t *options = json_object_get(params, "initializationOptions");
  const char *pages = json_string_value(json_object_get(options, "rulePages"));
  free(s->rule_pages);
  s->rule_pages = pages ? hp_strdup(pages) : NULL;
  s->initialized = true;
  json_t *actions =
      NULL; /* a fix takes an analysis: only for clients that ask when one is chosen */
  if (resolves_edits(params))
    actions = json_pack("{s[s]sb}", "codeActionKinds", "quickfix", "resolveProvider", 1);
  return json_pack("{s{sss{sbsis{sb}}so*}s{ssss}}", "capabilities", "positionEncoding", "utf-16",
                   "textDocumentSync", "openClose", 1, "change", 2, "save", "includeText", 0,
                   "codeActionProvider", actions, "serverInfo", "name", "hplint", "version",
                   HPLINT_VERSION);
}

static json_t *code_actions(Server *s, const json_t *params) {
  const Document *d = find_document(s, uri_of(params));
  return d && d->diagnostics && d->diagnosed == d->version
             ? lsp_actions(d->diagnostics, d->uri, d->version, params)
             : json_array();
}

/* The document that an action is for, if its text is still the one the action is about. */
static Document *document_of(Server *s, const json_t *action) {
  const json_t *data = json_object_get(action, "data");
  Document *d = find_document(s, json_string_value(json_object_get(data, "uri")));
  bool same = d && d->path && json_integer_value(json_object_get(data, "version")) == d->version &&
              json_is_string(json_object_get(data, "fingerprint"));
  return same ? d : NULL;
}

static void resolve(Server *s, const json_t *id, const json_t *action) {
  if (!json_is_string(json_object_get(json_object_get(action, "data"), "uri"))) {
    answer_error(s, id, ERROR_INVALID_PARAMS, "not an action of hplint's");
    return;
  }
  HP_GROW(s->questions, s->nquestions, s->questions_cap);
  s->questions[s->nquestions++] =
      (Question){json_incref((json_t *)(uintptr_t)id), json_incref((json_t *)(uintptr_t)action)};
}

static void handle_request(Server *s, const char *method, const json_t *id, const json_t *params) {
  if (s->shut_down)
    answer_error(s, id, ERROR_INVALID_REQUEST, "the server is shut down");
  else if (strcmp(method, "initialize") == 0)
    answer(s, id, initialize(s, params));
  else if (!s->initialized)
    answer_error(s, id, ERROR_NOT_INITIALIZED, "initialize comes first");
  else if (strcmp(method, "shutdown") == 0) {
    s->shut_down = true;
    answer(s, id, json_null());
  } else if (strcmp(method, "textDocument/codeAction") == 0)
    answer(s, id, code_actions(s, params));
  else if (strcmp(method, "codeAction/resolve") == 0)
    resolve(s, id, params);
  else
    answer_error(s, id, ERROR_METHOD_NOT_FOUND, "hplint has no such method");
}

static void handle_notification(Server *s, const char *method, const json_t *params) {
  static const struct {
    const char *method;
    void (*handle)(Server *s, const json_t *params);
  } table[] = {{"textDocument/didOpen", did_open},
               {"textDocument/didChange", did_change},
               {"textDocument/didSave", did_save},
               {"textDocument/didClose", did_close}};
  if (strcmp(method, "exit") == 0) {
    s->exit_status = s->shut_down ? 0 : 1;
    return;
  }
  if (!s->initialized || s->shut_down)
    return;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(method, table[i].method) == 0)
      table[i].handle(s, params);
}

static void handle_message(Server *s, const char *body, size_t size) {
  json_error_t error;
  json_t *message = json_loadb(body, size, 0, &error);
  const json_t *id = json_object_get(message, "id");
  const char *method = json_string_value(json_object_get(message, "method"));
  const json_t *params = json_object_get(message, "params");
  if (!message)
    answer_error(s, NULL, ERROR_PARSE, error.text);
  else if (!json_is_object(message))
    answer_error(s, NULL, ERROR_INVALID_REQUEST, "not a message");
  else if (method && id)
    handle_request(s, method, id, params);
  else if (method)
    handle_notification(s, method, params);
  else if (id && !json_object_get(message, "result") && !json_object_get(message, "error"))
    answer_error(s, id, ERROR_INVALID_REQUEST, "no method");
  json_decref(message);
}

/* ---- analysis -------------------------------------------------------------------------------- */

/* Does the file hold exactly this text? Then the unit may come from the cache. */
static bool file_holds(const char *path, const LspText *text) {
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return false;
  char block[65536];
  size_t at = 0;
  ssize_t n;
  bool same = true;
  while (same && (n = read(fd, block, sizeof block)) > 0) {
    same = at + (size_t)n <= text->size && memcmp(block, text->bytes + at, (size_t)n) == 0;
    at += (size_t)n;
  }
  close(fd);
  return same && at == text->size;
}

static LspJob *new_job(const Server *s, const Document *d) {
  LspJob *job = hp_calloc(1, sizeof *job);
  job->path = hp_strdup(d->path);
  job->uri = hp_strdup(d->uri);
  job->text = hp_strndup(d->text.bytes, d->text.size);
  job->size = d->text.size;
  job->version = d->version;
  job->saved = file_holds(d->path, &d->text);
  job->rule_pages = s->rule_pages ? hp_strdup(s->rule_pages) : NULL;
  return job;
}

static void drop_question(Server *s) {
  json_decref(s->questions[0].id);
  json_decref(s->questions[0].action);
  memmove(s->questions, s->questions + 1, --s->nquestions * sizeof *s->questions);
}

/* Somebody waits for the first question's answer. */
static void start_fix(Server *s) {
  while (s->nquestions && lsp_worker_idle(s->worker)) {
    Question *q = &s->questions[0];
    const Document *d = document_of(s, q->action);
    if (d) {
      LspJob *job = new_job(s, d);
      job->id = json_incref(q->id);
      job->action = json_incref(q->action);
      lsp_worker_give(s->worker, job);
    } else {
      answer_error(s, q->id, ERROR_CONTENT_MODIFIED, "the text has changed");
    }
    drop_question(s);
  }
}

/* Gives the document that has waited longest to the worker. */
static void start_analysis(Server *s) {
  Document *first = NULL;
  for (uint32_t i = 0; i < s->count; i++) {
    Document *d = &s->documents[i];
    if (d->due_ms && (!first || d->due_ms < first->due_ms))
      first = d;
  }
  if (!first || first->due_ms > now_ms() || !lsp_worker_idle(s->worker))
    return;
  first->due_ms = 0;
  if (!first->path)
    return;
  lsp_worker_give(s->worker, new_job(s, first));
}

/* The action with its edit, or as it was with a word about why it has none. */
static void answer_fix(Server *s, const LspJob *job) {
  if (!document_of(s, job->action)) {
    answer_error(s, job->id, ERROR_CONTENT_MODIFIED, "the text has changed");
    return;
  }
  json_t *action = json_copy(job->action);
  if (job->edits) {
    json_t *changes = json_object();
    json_object_set(changes, job->uri, job->edits);
    json_object_set_new(action, "edit", json_pack("{so}", "changes", changes));
  } else {
    char *text = hp_format("hplint has no fix here: %s", job->why ? job->why : job->err.text);
    notify(s, "window/showMessage", json_pack("{siso}", "type", 3, "message", db_json_text(text)));
    free(text);
  }
  answer(s, job->id, action);
}

static void keep_diagnostics(Document *d, json_t *diagnostics) {
  json_decref(d->diagnostics);
  d->diagnostics = json_incref(diagnostics);
  d->diagnosed = d->version;
}

static void finish_analysis(Server *s) {
  LspJob *job = lsp_worker_take(s->worker);
  if (!job)
    return;
  Document *d = find_document(s, job->uri);
  if (job->action) {
    answer_fix(s, job);
  } else if (d && d->version == job->version) {
    keep_diagnostics(d, job->diagnostics);
    if (job->diagnostics)
      publish(s, job->uri, json_incref(job->diagnostics));
    else
      log_error(s, job->path, job->err.text);
  }
  lsp_job_free(job);
}

/* Milliseconds until something is due; -1: never by itself. */
static int wait_time(Server *s) {
  int64_t least = -1, now = now_ms();
  if (!lsp_worker_idle(s->worker))
    return -1;
  for (uint32_t i = 0; i < s->count; i++) {
    int64_t due = s->documents[i].due_ms;
    if (!due)
      continue;
    int64_t left = due > now ? due - now : 0;
    if (least < 0 || left < least)
      least = left;
  }
  return (int)least;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void loop(Server *s, int in_fd, int wake_fd) {
  LspInput in = {0};
  while (s->exit_status < 0 && !s->gone) {
    start_fix(s);
    start_analysis(s);
    struct pollfd fds[] = {{.fd = in_fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    if (poll(fds, 2, wait_time(s)) < 0 && errno != EINTR)
      break;
    if (fds[1].revents) {
      char bytes[64];
      ssize_t ignored = read(wake_fd, bytes, sizeof bytes);
      (void)ignored;
      finish_analysis(s);
    }
    if (!fds[0].revents)
      continue;
    if (lsp_input_fill(&in, in_fd) <= 0)
      break;
    size_t size;
    /* hplint: ignore[HP201] handling a message takes far longer than its copy */
    for (char *body; s->exit_status < 0 && (body = lsp_input_next(&in, &size)); free(body))
      handle_message(s, body, size);
  }
  lsp_input_free(&in);
}

int lsp_serve_with(int in_fd, int out_fd, LspRun *run) {
  int wake[2];
  Server s = {.out = out_fd, .exit_status = -1};
  if (pipe2(wake, O_CLOEXEC) != 0)
    return 1;
  signal(SIGPIPE, SIG_IGN); /* a client that went away is an error of write */
  s.worker = lsp_worker_start(run, wake[1], NULL);
  if (!s.worker) {
    close(wake[1]);
  } else {
    loop(&s, in_fd, wake[0]);
    lsp_worker_stop(s.worker);
  }
  while (s.count)
    close_document(&s, &s.documents[0]);
  while (s.nquestions)
    drop_question(&s);
  free(s.questions);
  free(s.documents);
  free(s.rule_pages);
  close(wake[0]);
  return s.exit_status < 0 ? 1 : s.exit_status;
}

int lsp_serve(int in_fd, int out_fd) {
  return lsp_serve_with(in_fd, out_fd, evidence_main_job);
}
