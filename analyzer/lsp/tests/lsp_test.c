/* The server as a client sees it, over two pipes, with a stand-in for the analysis: it finds every
 * "malloc" of the text it is given, so that the test knows what was analysed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/lsp/internal.h"

#define T(text) ((char *)(uintptr_t)(text))

/* ---- the stand-in ---------------------------------------------------------------------------- */

static char *slurp(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f)
    return NULL;
  char *text = hp_calloc(1, 65536);
  size_t n = fread(text, 1, 65535, f);
  (void)n;
  fclose(f);
  return text;
}

static void add_finding(RunResult *r, const char *path, uint32_t line, uint32_t column,
                        bool from_file) {
  DbFinding *f = HP_NEW(r->findings.arena, DbFinding, 1);
  *f = (DbFinding){.rule = T("HP201"),
                   .name = T("alloc-in-loop"),
                   .file = hp_arena_strdup(r->findings.arena, path),
                   .line = line,
                   .column = column,
                   .end_line = line,
                   .end_column = column + 6,
                   .severity = 2,
                   .message = from_file ? T("from the file") : T("from the editor"),
                   .help = T("hoist it"),
                   .fingerprint = hp_arena_format(r->findings.arena, "%016x", r->findings.count),
                   .compiler_status = T("unchecked"),
                   .listed = true};
  f->group = f->fingerprint;
  f->places = HP_NEW(r->findings.arena, DbPlace, 1);
  f->nplaces = 1;
  f->places[0] = (DbPlace){f->file, 1, 1, 1, 2, T("it begins here")};
  HP_GROW(r->findings.items, r->findings.count, r->findings.cap);
  r->findings.items[r->findings.count++] = f;
}

/* Beside the file: says that the analysis is under way, and waits until it may go on. */
static char *beside(const char *path, const char *name) {
  return hp_format("%.*s%s", (int)(strrchr(path, '/') + 1 - path), path, name);
}

static void wait_for_file(const char *path, const char *name) {
  char *file = beside(path, name);
  while (access(file, F_OK))
    usleep(5 * 1000);
  free(file);
}

static void make_file(const char *path, const char *name) {
  char *file = beside(path, name);
  close(open(file, O_WRONLY | O_CREAT, 0666));
  free(file);
}

static void take_long(const char *path) {
  make_file(path, "begun");
  wait_for_file(path, "go");
}

static bool fake_run(const RunOptions *options, RunResult *out, HpError *err) {
  const char *path = options->project.paths[0];
  bool from_file = !options->unsaved;
  char *text = from_file ? slurp(path) : hp_strndup(options->unsaved, options->unsaved_size);
  if (!text || strstr(text, "FAIL")) {
    free(text);
    return hp_fail(err, "the analysis failed");
  }
  if (strstr(text, "SLOW"))
    take_long(path);
  out->project.root = hp_strdup("/");
  out->findings.arena = hp_arena_new();
  uint32_t line = 1;
  const char *start = text;
  for (const char *p = text; *p; p++) {
    if (strncmp(p, "malloc", 6) == 0)
      add_finding(out, path, line, (uint32_t)(p - start) + 1, from_file);
    if (*p == '\n')
      line++, start = p + 1;
  }
  free(text);
  return true;
}

/* ---- a client -------------------------------------------------------------------------------- */

typedef struct Client {
  pid_t pid;
  int to, from;
  LspInput in;
  char folder[64];
  char path[96], uri[112];
  HpBuf held; /* what is sent at once */
  bool hold;
} Client;

static int start(void **state) {
  Client *c = hp_calloc(1, sizeof *c);
  int to[2], from[2];
  assert_int_equal(pipe(to) | pipe(from), 0);
  snprintf(c->folder, sizeof c->folder, "/tmp/hplint-lsp-XXXXXX");
  assert_non_null(mkdtemp(c->folder));
  snprintf(c->path, sizeof c->path, "%s/a b.c", c->folder);
  snprintf(c->uri, sizeof c->uri, "file://%s/a%%20b.c", c->folder);
  c->pid = fork();
  if (c->pid == 0) {
    close(to[1]);
    close(from[0]);
    _exit(lsp_serve_with(to[0], from[1], fake_run));
  }
  close(to[0]);
  close(from[1]);
  c->to = to[1];
  c->from = from[0];
  *state = c;
  return 0;
}

static int stop(void **state) {
  Client *c = *state;
  close(c->to);
  close(c->from);
  lsp_input_free(&c->in);
  if (c->pid) {
    kill(c->pid, SIGKILL);
    waitpid(c->pid, NULL, 0);
  }
  static const char *const files[] = {"begun", "go"};
  for (int i = 0; i < 2; i++) {
    char *file = beside(c->path, files[i]);
    unlink(file);
    free(file);
  }
  unlink(c->path);
  rmdir(c->folder);
  free(c);
  return 0;
}

static void send_raw(Client *c, const char *bytes, size_t size) {
  if (c->hold)
    hp_buf_addn(&c->held, bytes, size);
  else
    assert_int_equal(write(c->to, bytes, size), size);
}

static void send_text(Client *c, const char *json) {
  HpBuf out = {0};
  hp_buf_addf(&out, "Content-Length: %zu\r\n\r\n%s", strlen(json), json);
  send_raw(c, out.text, out.length);
  hp_buf_free(&out);
}

static void send_json(Client *c, json_t *message) {
  assert_non_null(message);
  json_object_set_new(message, "jsonrpc", json_string("2.0"));
  char *text = json_dumps(message, 0);
  send_text(c, text);
  free(text);
  json_decref(message);
}

/* The next message, or NULL when `quiet_ms` passed without one. */
static json_t *receive_within(Client *c, int quiet_ms) {
  size_t size;
  char *body;
  while (!(body = lsp_input_next(&c->in, &size))) {
    struct pollfd fd = {.fd = c->from, .events = POLLIN};
    if (poll(&fd, 1, quiet_ms) == 0)
      return NULL;
    assert_int_equal(lsp_input_fill(&c->in, c->from), 1);
  }
  json_t *message = json_loadb(body, size, 0, NULL);
  assert_non_null(message);
  free(body);
  return message;
}

static json_t *receive(Client *c) {
  json_t *message = receive_within(c, 120 * 1000);
  assert_non_null(message);
  assert_string_equal(json_string_value(json_object_get(message, "jsonrpc")), "2.0");
  return message;
}

static json_t *request(Client *c, int id, const char *method, json_t *params) {
  send_json(c, json_pack("{sissso}", "id", id, "method", method, "params", params));
  json_t *reply = receive(c);
  assert_int_equal(json_integer_value(json_object_get(reply, "id")), id);
  return reply;
}

static void notify(Client *c, const char *method, json_t *params) {
  send_json(c, json_pack("{ssso}", "method", method, "params", params));
}

static int64_t error_code(json_t *reply) {
  int64_t code = json_integer_value(json_object_get(json_object_get(reply, "error"), "code"));
  json_decref(reply);
  return code;
}

static void hello(Client *c) {
  json_decref(request(c, 1, "initialize",
                      json_pack("{s{ss}}", "initializationOptions", "rulePages", "page:")));
  notify(c, "initialized", json_object());
}

static void open_text(Client *c, const char *text) {
  notify(c, "textDocument/didOpen",
         json_pack("{s{sssssiss}}", "textDocument", "uri", c->uri, "languageId", "c", "version", 1,
                   "text", text));
}

static json_t *point(int line, int character) {
  return json_pack("{sisi}", "line", line, "character", character);
}

static void change(Client *c, json_t *from, json_t *to, const char *text) {
  notify(c, "textDocument/didChange",
         json_pack("{s{sssi}s[{s{soso}ss}]}", "textDocument", "uri", c->uri, "version", 2,
                   "contentChanges", "range", "start", from, "end", to, "text", text));
}

static json_t *document(const Client *c) {
  return json_pack("{s{ss}}", "textDocument", "uri", c->uri);
}

/* The diagnostics of the next message, which must be about the client's file. */
static json_t *diagnostics(Client *c) {
  json_t *message = receive(c), *params = json_object_get(message, "params");
  assert_string_equal(json_string_value(json_object_get(message, "method")),
                      "textDocument/publishDiagnostics");
  assert_string_equal(json_string_value(json_object_get(params, "uri")), c->uri);
  json_t *list = json_incref(json_object_get(params, "diagnostics"));
  json_decref(message);
  return list;
}

static void expect_range(const json_t *d, int line, int from, int to) {
  int got[4];
  assert_int_equal(json_unpack((json_t *)(uintptr_t)d, "{s{s{sisi}s{sisi}}}", "range", "start",
                               "line", &got[0], "character", &got[1], "end", "line", &got[2],
                               "character", &got[3]),
                   0);
  assert_int_equal(got[0], line);
  assert_int_equal(got[1], from);
  assert_int_equal(got[2], line);
  assert_int_equal(got[3], to);
}

static void expect_exit(Client *c, int status) {
  int got;
  assert_int_equal(waitpid(c->pid, &got, 0), c->pid);
  c->pid = 0;
  assert_true(WIFEXITED(got));
  assert_int_equal(WEXITSTATUS(got), status);
}

static void expect_count(Client *c, size_t count) {
  json_t *list = diagnostics(c);
  assert_int_equal(json_array_size(list), count);
  json_decref(list);
}

/* ---- whole sessions ----------------------------------------------------------------------------
 */

static void session(void **state) {
  Client *c = *state;
  json_t *reply = request(c, 1, "initialize",
                          json_pack("{s{ss}}", "initializationOptions", "rulePages", "page:"));
  json_t *capabilities = json_object_get(json_object_get(reply, "result"), "capabilities");
  assert_int_equal(json_integer_value(json_object_get(
                       json_object_get(capabilities, "textDocumentSync"), "change")),
                   2);
  json_decref(reply);
  notify(c, "initialized", json_object());

  /* Open. The umlaut is 2 bytes and 1 unit, the smiley 4 bytes and 2 units. */
  open_text(c, "int x;\n/* \xc3\xa4 \xf0\x9f\x98\x80 */ p = malloc(1);\n");
  json_t *list = diagnostics(c), *d = json_array_get(list, 0);
  assert_int_equal(json_array_size(list), 1);
  expect_range(d, 1, 15, 21);
  assert_string_equal(json_string_value(json_object_get(d, "code")), "HP201");
  assert_string_equal(json_string_value(json_object_get(d, "source")), "hplint");
  assert_string_equal(json_string_value(json_object_get(d, "message")),
                      "from the editor\nhoist it");
  assert_int_equal(json_integer_value(json_object_get(d, "severity")), 2);
  assert_string_equal(
      json_string_value(json_object_get(json_object_get(d, "codeDescription"), "href")),
      "page:HP201.md");
  json_t *related = json_array_get(json_object_get(d, "relatedInformation"), 0);
  assert_string_equal(json_string_value(json_object_get(related, "message")), "it begins here");
  assert_string_equal(
      json_string_value(json_object_get(json_object_get(related, "location"), "uri")), c->uri);
  json_decref(list);

  /* Change: "p" behind the smiley becomes a second malloc; then an edit over two lines. */
  change(c, point(1, 11), point(1, 12), "malloc");
  list = diagnostics(c);
  assert_int_equal(json_array_size(list), 2);
  expect_range(json_array_get(list, 0), 1, 11, 17);
  expect_range(json_array_get(list, 1), 1, 20, 26);
  json_decref(list);
  change(c, point(0, 4), point(1, 20), "");
  list = diagnostics(c);
  expect_range(json_array_get(list, 0), 0, 4, 10);
  json_decref(list);

  /* Save: the text is the file's now, so it is read from there and may come from the cache. */
  FILE *f = fopen(c->path, "w");
  fputs("int malloc(1);\n", f);
  fclose(f);
  notify(c, "textDocument/didSave", document(c));
  list = diagnostics(c);
  assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "message")),
                      "from the file\nhoist it");
  json_decref(list);

  /* Close: cleared. */
  notify(c, "textDocument/didClose", document(c));
  expect_count(c, 0);
  reply = request(c, 2, "shutdown", json_null());
  assert_true(json_is_null(json_object_get(reply, "result")));
  json_decref(reply);
  assert_int_equal(error_code(request(c, 3, "textDocument/hover", json_object())), -32600);
  notify(c, "exit", json_null());
  expect_exit(c, 0);
}

static void unknown_methods(void **state) {
  Client *c = *state;
  assert_int_equal(error_code(request(c, 1, "shutdown", json_null())), -32002);
  hello(c);
  assert_int_equal(error_code(request(c, 2, "textDocument/hover", document(c))), -32601);
  assert_int_equal(error_code(request(c, 3, "no/such", json_null())), -32601);
  notify(c, "$/cancelRequest", json_pack("{si}", "id", 2));
  notify(c, "$/setTrace", json_object());
  notify(c, "workspace/didChangeConfiguration", json_object());
  notify(c, "textDocument/didChange", document(c)); /* never opened */
  notify(c, "textDocument/didClose", document(c));
  notify(c, "textDocument/didOpen", json_null());
  send_text(c, "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":null}"); /* a reply to nothing */
  assert_int_equal(error_code(request(c, 4, "no/such", json_null())), -32601);
  send_text(c, "{\"jsonrpc\":\"2.0\",\"id\":\"text\",\"method\":\"no/such\"}");
  json_t *reply = receive(c);
  assert_string_equal(json_string_value(json_object_get(reply, "id")), "text");
  json_decref(reply);
  notify(c, "exit", json_null()); /* without shutdown */
  expect_exit(c, 1);
}

static void garbage(void **state) {
  Client *c = *state;
  static const char deep[] = "Content-Length: 30\r\n\r\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
  static const char noise[] = "hello\r\n\r\n\0\xff\xfe\r\nContent-Lengt\r\n"
                              "Content-Length: nonsense\r\n\r\n"
                              "Content-Length: -5\r\n\r\n"
                              "Content-Length: 99999999999999999999999\r\n\r\n";
  send_raw(c, noise, sizeof noise - 1);
  send_text(c, "{ not json");
  assert_int_equal(error_code(receive(c)), -32700);
  send_text(c, "");
  assert_int_equal(error_code(receive(c)), -32700);
  send_raw(c, deep, sizeof deep - 1);
  assert_int_equal(error_code(receive(c)), -32700);
  send_text(c, "[1, 2]");
  assert_int_equal(error_code(receive(c)), -32600);
  send_text(c, "{\"id\": 1, \"method\": 5}");
  assert_int_equal(error_code(receive(c)), -32600);
  hello(c);
  send_text(c, "{\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":5}}}");
  open_text(c, "malloc");
  expect_count(c, 1);
  notify(c, "textDocument/didChange",
         json_pack("{s{ss}s[i{}{si}]}", "textDocument", "uri", c->uri, "contentChanges", 3, "text",
                   7));
  expect_count(c, 1);
  change(c, point(-3, -3), point(1 << 30, 1 << 30), "malloc malloc"); /* all of it */
  expect_count(c, 2);
  change(c, point(5, 0), point(0, 0), "x"); /* ends before it begins */
  expect_count(c, 0);
}

/* A message that is far too large is thrown away without being kept; what follows is served. */
static void oversized(void **state) {
  Client *c = *state;
  char block[65536];
  memset(block, 'x', sizeof block);
  hello(c);
  const char header[] = "Content-Length: 67174400\r\n\r\n"; /* 1025 blocks */
  send_raw(c, header, sizeof header - 1);
  for (int i = 0; i < 1025; i++)
    send_raw(c, block, sizeof block);
  assert_int_equal(error_code(request(c, 2, "no/such", json_null())), -32601);
}

/* A message that comes a byte at a time, two that come at once. */
static void pieces(void **state) {
  Client *c = *state;
  const char message[] = "Content-Type: x\r\ncontent-length: 34\r\nOther: y\r\n\r\n"
                         "{\"id\":1,\"method\":\"initialize\"    }"
                         "Content-Length: 27\r\n\r\n{\"id\":2,\"method\":\"unknown\"}";
  for (size_t i = 0; i < 60; i++)
    send_raw(c, message + i, 1);
  send_raw(c, message + 60, sizeof message - 1 - 60);
  json_t *reply = receive(c);
  assert_non_null(json_object_get(reply, "result"));
  json_decref(reply);
  assert_int_equal(error_code(receive(c)), -32601);
}

/* While an analysis runs, requests are answered; its result for an old text is not shown. */
static void stays_responsive(void **state) {
  Client *c = *state;
  hello(c);
  open_text(c, "SLOW malloc malloc");
  wait_for_file(c->path, "begun");
  assert_int_equal(error_code(request(c, 2, "no/such", json_null())), -32601);
  change(c, point(0, 0), point(0, 18), "malloc");
  json_decref(request(c, 3, "no/such", json_null())); /* it knows of the change now */
  make_file(c->path, "go");
  expect_count(c, 1);
  assert_null(receive_within(c, 300));
}

/* Typing does not start an analysis a key. */
static void debounced(void **state) {
  Client *c = *state;
  hello(c);
  open_text(c, "");
  expect_count(c, 0);
  c->hold = true; /* however slow this machine is, there is no time between the keys */
  for (int i = 0; i < 5; i++)
    change(c, point(0, 0), point(0, 0), "malloc ");
  c->hold = false;
  send_raw(c, c->held.text, c->held.length);
  hp_buf_free(&c->held);
  expect_count(c, 5);
  assert_null(receive_within(c, 600));
}

static void closed_while_analysed(void **state) {
  Client *c = *state;
  hello(c);
  open_text(c, "SLOW malloc");
  wait_for_file(c->path, "begun");
  notify(c, "textDocument/didClose", document(c));
  expect_count(c, 0);
  make_file(c->path, "go");
  assert_null(receive_within(c, 1000));
}

static void failed_analysis(void **state) {
  Client *c = *state;
  hello(c);
  open_text(c, "FAIL");
  json_t *message = receive(c);
  assert_string_equal(json_string_value(json_object_get(message, "method")), "window/logMessage");
  const char *text =
      json_string_value(json_object_get(json_object_get(message, "params"), "message"));
  assert_non_null(strstr(text, "the analysis failed"));
  json_decref(message);
  change(c, point(0, 0), point(0, 4), "malloc");
  expect_count(c, 1);
}

static void not_a_file(void **state) {
  Client *c = *state;
  hello(c);
  snprintf(c->uri, sizeof c->uri, "untitled:Untitled-1");
  open_text(c, "malloc");
  snprintf(c->uri, sizeof c->uri, "file://elsewhere/a.c");
  open_text(c, "malloc");
  assert_null(receive_within(c, 500));
}

static void client_goes_away(void **state) {
  Client *c = *state;
  hello(c);
  open_text(c, "malloc");
  expect_count(c, 1);
  close(c->to);
  c->to = open("/dev/null", O_WRONLY);
  expect_exit(c, 1);
}

/* ---- parts -------------------------------------------------------------------------------------
 */

static void uris(void **state) {
  (void)state;
  char *path = lsp_uri_path("file:///a%20b/%C3%A4%2fc.c"), *uri = lsp_path_uri("/a b/\xc3\xa4:?.c");
  assert_string_equal(path, "/a b/\xc3\xa4/c.c");
  assert_string_equal(uri, "file:///a%20b/%C3%A4%3A%3F.c");
  free(path);
  free(uri);
  assert_null(lsp_uri_path("file:///a%00b"));
  assert_null(lsp_uri_path("file://host/a"));
  assert_null(lsp_uri_path("https://host/a"));
  path = lsp_uri_path("FILE://localhost/a%zz%4");
  assert_string_equal(path, "/a%zz%4");
  free(path);
}

static void positions(void **state) {
  (void)state;
  const char text[] = "a\r\n\xf0\x9f\x98\x80z\n\xff\xc3\n\n";
  LspText t = lsp_text_new(text, sizeof text - 1);
  assert_int_equal(t.nlines, 5);
  assert_int_equal(lsp_offset(&t, 0, 99), 1); /* not past the line break */
  assert_int_equal(lsp_offset(&t, 1, 0), 3);
  assert_int_equal(lsp_offset(&t, 1, 1), 3); /* within a surrogate pair: before it */
  assert_int_equal(lsp_offset(&t, 1, 2), 7);
  assert_int_equal(lsp_offset(&t, 1, 3), 8);
  assert_int_equal(lsp_offset(&t, 2, 2), 11); /* bytes that are no characters */
  assert_int_equal(lsp_offset(&t, 99, 0), sizeof text - 1);
  json_t *p = lsp_position(&t, 2, 5);
  assert_int_equal(json_integer_value(json_object_get(p, "character")), 2);
  json_decref(p);
  p = lsp_position(&t, 99, 7);
  assert_int_equal(json_integer_value(json_object_get(p, "line")), 4);
  json_decref(p);
  lsp_text_free(&t);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
  const struct CMUnitTest tests[] = {TEST(session),
                                     TEST(unknown_methods),
                                     TEST(garbage),
                                     TEST(oversized),
                                     TEST(pieces),
                                     TEST(stays_responsive),
                                     TEST(debounced),
                                     TEST(closed_while_analysed),
                                     TEST(failed_analysis),
                                     TEST(not_a_file),
                                     TEST(client_goes_away),
                                     cmocka_unit_test(uris),
                                     cmocka_unit_test(positions)};
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
