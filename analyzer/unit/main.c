/* hplint-unit: the unit step. Without arguments it is a worker that answers requests on its
 * standard input (worker.h); with -o it writes one unit record, for builds that spread units
 * themselves. */
#include "analyzer/frontend/frontend.h"
#include "analyzer/unit/worker.h"
#include "ir/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hplint-unit -o FILE.hpu [--deps FILE.d] -- COMPILER ARGUMENTS... FILE.c\n"
    "       hplint-unit --version | --help\n"
    "Parses one C file as its compiler would and writes the unit record that `hplint link` reads.\n"
    "--deps writes the files that were read, as make and ninja understand them.\n"
    "The compiler itself is not run. Without arguments: serves hplint over standard input and\n"
    "output.\n";

/* ---- worker ---------------------------------------------------------------------------------- */

/* Moves everything the front end found into the reply; `out` is only good for freeing then. */
static void fill_result(UnitResult *r, FrontendOutput *out) {
  *r = (UnitResult){.status = (int)out->status,
                    .reason = out->reason,
                    .missing = out->missing,
                    .nmissing = out->nmissing,
                    .opaque = out->opaque,
                    .parse_seconds = out->parse_seconds,
                    .lower_seconds = out->lower_seconds};
  out->reason = NULL;
  out->missing = NULL;
  out->nmissing = 0;
  r->files = hp_calloc(out->nfiles + 1, sizeof *r->files);
  r->nfiles = out->nfiles;
  for (uint32_t i = 0; i < out->nfiles; i++) {
    FrontendFile *f = &out->files[i];
    r->files[i] = (DbFileStamp){f->path, f->size, f->mtime_ns, f->hash};
    f->path = NULL;
  }
  r->absent = out->absent;
  r->nabsent = out->nabsent;
  out->absent = NULL;
  out->nabsent = 0;
  if (out->unit) {
    HpBuf record = {0};
    ir_write_unit(&record, out->unit);
    r->record_size = record.length;
    r->record = hp_buf_take(&record);
  }
}

/* Where measurements go, for tests/bench: one JSON object a line and unit; NULL: nowhere. */
static const char *stats_path(void) {
  return getenv("HPLINT_UNIT_STATS");
}

static void write_stats(const FrontendOutput *out, size_t record_bytes) {
  int fd = open(stats_path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0)
    return;
  dprintf(fd,
          "{\"parse_seconds\": %.6f, \"lower_seconds\": %.6f, \"parser_bytes\": %llu, "
          "\"unit_bytes\": %llu, \"lower_peak_bytes\": %llu, \"record_bytes\": %zu}\n",
          out->parse_seconds, out->lower_seconds, (unsigned long long)out->memory.parser,
          (unsigned long long)out->memory.unit, (unsigned long long)out->memory.lower_peak,
          record_bytes);
  close(fd);
}

static bool answer(Frontend *f, const HpBuf *message, int to, HpError *err) {
  WorkerRequest request;
  if (!worker_request_decode(message->text, message->length, &request, err))
    return false;
  FrontendText *texts = hp_calloc(request.ntexts, sizeof *texts);
  for (uint32_t i = 0; i < request.ntexts; i++)
    texts[i] = (FrontendText){request.texts[i].path, request.texts[i].text, request.texts[i].size};
  FrontendInput in = {.texts = texts,
                      .ntexts = request.ntexts,
                      .file = request.file,
                      .directory = request.directory,
                      .args = (const char *const *)request.args,
                      .nargs = request.nargs,
                      .unsaved = request.unsaved,
                      .unsaved_size = request.unsaved_size,
                      .measure = stats_path() != NULL};
  FrontendOutput out;
  frontend_run(f, &in, &out);
  UnitResult result;
  fill_result(&result, &out);
  if (in.measure)
    write_stats(&out, result.record_size);
  HpBuf reply = {0};
  worker_encode(&reply, &result);
  bool sent = message_write(to, reply.text, reply.length);
  hp_buf_free(&reply);
  unit_result_free(&result);
  frontend_output_free(&out);
  free(texts);
  worker_request_free(&request);
  return sent || hp_fail(err, "the main program is gone");
}

/* Nothing a library prints may get between the messages: descriptor 1 becomes that of stderr. */
static int serve(void) {
  int to = dup(1);
  if (to < 0 || dup2(2, 1) < 0)
    return 2;
  Frontend *f = frontend_new();
  HpBuf message = {0};
  HpError err = {0};
  while (message_read(0, &message, &err) > 0)
    if (!answer(f, &message, to, &err))
      break;
  if (err.set)
    fprintf(stderr, "hplint-unit: %s\n", err.text);
  hp_buf_free(&message);
  frontend_free(f);
  return err.set ? 2 : 0;
}

/* ---- one unit -------------------------------------------------------------------------------- */

static bool write_file(const char *path, const HpBuf *bytes, HpError *err) {
  FILE *file = fopen(path, "wb");
  bool ok = file && fwrite(hp_buf_text(bytes), 1, bytes->length, file) == bytes->length;
  int reason = errno;
  if (file && fclose(file)) {
    ok = false;
    reason = errno;
  }
  return ok || hp_fail(err, "%s: %s", path, strerror(reason));
}

static bool write_record(const char *path, const IrUnit *unit, HpError *err) {
  HpBuf record = {0};
  ir_write_unit(&record, unit);
  bool ok = write_file(path, &record, err);
  hp_buf_free(&record);
  return ok;
}

/* A name in a makefile. */
static void add_make_name(HpBuf *out, const char *name) {
  for (; *name; name++) {
    if (strchr(" #\\", *name))
      hp_buf_addc(out, '\\');
    if (*name == '$')
      hp_buf_addc(out, '$');
    hp_buf_addc(out, *name);
  }
}

/* "x.hpu: x.c x.h" */
static bool write_deps(const char *path, const char *output, const FrontendOutput *out,
                       HpError *err) {
  HpBuf text = {0};
  add_make_name(&text, output);
  hp_buf_addc(&text, ':');
  for (uint32_t i = 0; i < out->nfiles; i++) {
    hp_buf_add(&text, " \\\n  ");
    add_make_name(&text, out->files[i].path);
  }
  hp_buf_addc(&text, '\n');
  bool ok = write_file(path, &text, err);
  hp_buf_free(&text);
  return ok;
}

static void say(const char *file, const char *text) {
  HpBuf line = {0};
  hp_buf_add_escaped(&line, file);
  hp_buf_add(&line, ": ");
  hp_buf_add_escaped(&line, text);
  fprintf(stderr, "hplint-unit: %s\n", hp_buf_text(&line));
  hp_buf_free(&line);
}

/* Incomplete units are written too: facts that do not depend on what is missing still hold. */
static int analyse(const ProjectUnit *unit, const char *output, const char *deps) {
  Frontend *f = frontend_new();
  FrontendInput in = {.file = unit->file,
                      .directory = unit->directory,
                      .args = (const char *const *)unit->args,
                      .nargs = unit->nargs};
  FrontendOutput out;
  frontend_run(f, &in, &out);
  if (out.status != FRONTEND_OK)
    say(unit->file, out.reason);
  int status = out.unit ? 0 : 2;
  HpError err = {0};
  if (out.unit &&
      !(write_record(output, out.unit, &err) && (!deps || write_deps(deps, output, &out, &err)))) {
    fprintf(stderr, "hplint-unit: %s\n", err.text);
    status = 2;
  }
  frontend_output_free(&out);
  frontend_free(f);
  return status;
}

static void free_unit(ProjectUnit *unit) {
  for (uint32_t i = 0; i < unit->nargs; i++)
    free(unit->args[i]);
  free(unit->args);
  free(unit->file);
  free(unit->directory);
}

static int one_unit(const char *output, const char *deps, char **command, int count) {
  char *directory = getcwd(NULL, 0);
  ProjectUnit unit = {0};
  const char *why = "no C file";
  if (!directory ||
      !flags_from_command(NULL, directory, NULL, command, (uint32_t)count, &unit, &why)) {
    fprintf(stderr, "hplint-unit: nothing to analyse in this command: %s\n", why);
    free(directory);
    return 2;
  }
  int status = analyse(&unit, output, deps);
  free_unit(&unit);
  free(directory);
  return status;
}

int main(int argc, char **argv) {
  if (argc == 1)
    return serve();
  if (argc == 2 && !strcmp(argv[1], "--version")) {
    printf("hplint-unit %s (front end %u)\n", HPLINT_VERSION, FRONTEND_VERSION);
    return 0;
  }
  if (argc == 2 && !strcmp(argv[1], "--help")) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc > 4 && !strcmp(argv[1], "-o") && !strcmp(argv[3], "--"))
    return one_unit(argv[2], NULL, argv + 4, argc - 4);
  if (argc > 6 && !strcmp(argv[1], "-o") && !strcmp(argv[3], "--deps") && !strcmp(argv[5], "--"))
    return one_unit(argv[2], argv[4], argv + 6, argc - 6);
  fprintf(
      stderr,
      "hplint-unit: expected -o FILE.hpu [--deps FILE.d] -- COMPILER ARGUMENTS... (see --help)\n");
  return 2;
}
