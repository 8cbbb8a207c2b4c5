/* hplint-unit: the unit step. Without arguments it is a worker that answers requests on its
 * standard input (worker.h); with -o it writes one unit record, for builds that spread units
 * themselves (single.c). */
#include "analyzer/frontend/frontend.h"
#include "analyzer/unit/single.h"
#include "analyzer/unit/worker.h"
#include "ir/serial.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hplint-unit [OPTIONS] -o FILE.hpu -- COMPILER ARGUMENTS... FILE.c\n"
    "       hplint-unit --ir FILE -- COMPILER ARGUMENTS... FILE.c\n"
    "       hplint-unit --version | --help\n"
    "Parses one C file as its compiler would and writes the unit record that `hplint link` reads.\n"
    "The compiler itself is not run. Without arguments: serves hplint over standard input and\n"
    "output.\n"
    "\n"
    "options\n"
    "  -o FILE                 where the record goes\n"
    "  --deps FILE             write the files that were read, as make and ninja understand them\n"
    "  --map FROM=TO           the folder FROM is TO in the record: for sandboxes and other "
    "machines,\n"
    "                          where the tree is not where `hplint link` will find it; repeatable\n"
    "  --unit-timeout SECONDS  after which the unit counts as failed (default 120)\n"
    "  --unit-memory MB        address space it may take (default 4096)\n"
    "  --ir FILE               the bare IR, from this very process; for tests of the front end\n"
    "\n"
    "exit status: 0 the record is written; if the file has errors, or could not be parsed at all,\n"
    "stderr and the record say so, and `hplint link` will. 2: nothing is written\n";

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
                      .measure = stats_path() != NULL,
                      .preamble = request.preamble,
                      .spell = single_spell};
  FrontendOutput out = {0};
  if (!request.make_preamble)
    frontend_run(f, &in, &out);
  else if (!request.preamble || !frontend_make_preamble(f, &in, request.preamble))
    out.status = FRONTEND_FAILED;
  UnitResult result;
  fill_result(&result, &out);
  if (in.measure && !request.make_preamble)
    write_stats(&out, result.record_size);
  bool sent = worker_send(to, &result);
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

/* The value of an option, and NULL when there is none. */
static const char *value(int argc, char **argv, int *i) {
  return *i + 1 < argc && strcmp(argv[*i + 1], "--") ? argv[++*i] : NULL;
}

static bool number(const char *text, unsigned *out) {
  char *end;
  unsigned long n = text ? strtoul(text, &end, 10) : 0;
  if (!n || n > 1000000 || *end)
    return false;
  *out = (unsigned)n;
  return true;
}

/* One option and its value; false: it is none, or has none. */
static bool take_option(SingleOptions *o, int argc, char **argv, int *i) {
  const char *name = argv[*i], *text = value(argc, argv, i);
  if (!text)
    return false;
  if (!strcmp(name, "-o"))
    return (o->output = text) != NULL;
  if (!strcmp(name, "--ir"))
    return (o->ir = text) != NULL;
  if (!strcmp(name, "--deps"))
    return (o->deps = text) != NULL;
  if (!strcmp(name, "--unit-timeout"))
    return number(text, &o->seconds);
  if (!strcmp(name, "--unit-memory"))
    return number(text, &o->megabytes);
  if (strcmp(name, "--map") || !strchr(text, '=') || *text == '=')
    return false;
  HP_GROW(o->maps, o->nmaps, o->maps_cap);
  o->maps[o->nmaps++] = text;
  return true;
}

static int one_unit(int argc, char **argv) {
  SingleOptions o = {.serve = serve};
  int i = 1;
  const char *bad = NULL;
  while (i < argc && strcmp(argv[i], "--") && !bad) {
    const char *name = argv[i];
    if (!take_option(&o, argc, argv, &i))
      bad = name;
    i++;
  }
  bool good = !bad && i + 1 < argc && !strcmp(argv[i], "--") && !o.output != !o.ir &&
              (!o.ir || !(o.deps || o.nmaps));
  int status = 2;
  if (good) {
    o.command = argv + i + 1;
    o.ncommand = (uint32_t)(argc - i - 1);
    status = single_unit(&o);
  } else if (bad) {
    fprintf(stderr, "hplint-unit: cannot use %s so (see --help)\n", bad);
  } else {
    fputs("hplint-unit: expected -o FILE.hpu -- COMPILER ARGUMENTS... (see --help)\n", stderr);
  }
  free(o.maps);
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
  return one_unit(argc, argv);
}
