/* Parsing one translation unit, and what came of it: diagnostics, the files read, the IR.
 *
 * libclang parses on a thread of its own with 8 MB of stack unless LIBCLANG_NOTHREADS is set, which
 * deep expressions overflow; here it runs on our thread with a large stack, and so does the
 * lowering. */
#include "analyzer/frontend/frontend.h"

#include "analyzer/frontend/lookup.h"
#include "analyzer/frontend/lower.h"
#include "analyzer/frontend/preamble.h"
#include "analyzer/project/project.h"

#include <clang-c/Index.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { MOST_DIAGNOSTICS = 20 };
static const size_t stack_bytes = (size_t)512 << 20;
static const size_t guard_bytes = 64 << 10;

struct Frontend {
  CXIndex index;
  void *stack; /* of the thread that parses, kept from unit to unit; NULL: no room for it */
  char *builtin_headers; /* -isystem for libclang's own headers when it does not find them */
  bool searched;
  LookupCache *lookups;
};

/* libclang allocates tens of megabytes in small pieces, on a thread of ours. That thread shares the
 * main heap, which grows in large steps and is kept from unit to unit: 5% of the CPU less. */
static void set_heap(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 32 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

Frontend *frontend_new(void) {
  set_heap();
  setenv("LIBCLANG_NOTHREADS", "1", 1);
  Frontend *f = hp_calloc(1, sizeof *f);
  f->index = clang_createIndex(1, 0); /* 1: without the declarations of preambles */
  void *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack != MAP_FAILED) {
    mprotect(stack, guard_bytes, PROT_NONE);
    f->stack = stack;
  }
  return f;
}

void frontend_free(Frontend *f) {
  if (!f)
    return;
  clang_disposeIndex(f->index);
  if (f->stack)
    munmap(f->stack, stack_bytes);
  free(f->builtin_headers);
  lookup_cache_free(f->lookups);
  free(f);
}

/* ---- flags ----------------------------------------------------------------------------------- */

typedef struct Flags {
  const char **list;
  uint32_t count, cap;
  char *directory; /* -working-directory=... */
} Flags;

static void add_flag(Flags *f, const char *flag) {
  HP_GROW(f->list, f->count, f->cap);
  f->list[f->count++] = flag;
}

/* With OpenMP on, libclang shows nothing of the bodies of its regions (captured statements);
 * without it they are plain code, as the serial program has it. Code that asks for _OPENMP stays.
 */
static const char *without_openmp(const char *flag) {
  if (strncmp(flag, "-fopenmp", 8))
    return flag;
  return flag[8] && flag[8] != '=' ? NULL : "-D_OPENMP=202011";
}

static void make_flags(Flags *f, const Frontend *fe, const FrontendInput *in,
                       const char *preamble) {
  *f = (Flags){.directory = hp_format("-working-directory=%s", in->directory)};
  bool language = false;
  for (uint32_t i = 0; i < in->nargs; i++)
    language |= !strncmp(in->args[i], "-x", 2);
  if (!language)
    add_flag(f, "-xc");
  add_flag(f, f->directory);
  for (uint32_t i = 0; i < in->nargs; i++) {
    const char *flag = without_openmp(in->args[i]);
    if (flag)
      add_flag(f, flag);
  }
  if (fe->builtin_headers) {
    add_flag(f, "-isystem");
    add_flag(f, fe->builtin_headers);
  }
  /* No warnings, all errors, no suggestions for misspelt names. */
  add_flag(f, "-w");
  add_flag(f, "-ferror-limit=0");
  add_flag(f, "-fno-spell-checking");
  if (preamble) {
    add_flag(f, "-include-pch");
    add_flag(f, preamble);
  }
}

static void free_flags(Flags *f) {
  free(f->list);
  free(f->directory);
}

/* The headers that come with the compiler (stddef.h ...) lie beside libclang: lib/clang/N/include.
 */
static char *find_builtin_headers(void) {
  Dl_info info;
  if (!dladdr((void *)(uintptr_t)clang_createIndex, &info) || !info.dli_fname)
    return NULL;
  char *real = realpath(info.dli_fname, NULL);
  char *slash = real ? strrchr(real, '/') : NULL;
  char *found = NULL;
  if (slash) {
    *slash = 0;
    char *folder = hp_format("%s/clang", real);
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
      char *path = hp_format("%s/%s/include", folder, e->d_name);
      /* hplint: ignore[HP201] one or two versions of clang, and once a process */
      char *probe = hp_format("%s/stddef.h", path);
      if (e->d_name[0] != '.' && access(probe, R_OK) == 0) {
        found = path;
        path = NULL;
      }
      free(path);
      free(probe);
    }
    if (dir)
      closedir(dir);
    free(folder);
  }
  free(real);
  return found;
}

static bool is_builtin_header(const char *name) {
  static const char *const names[] = {"stddef.h", "stdarg.h",    "stdint.h",    "stdbool.h",
                                      "limits.h", "float.h",     "stdalign.h",  "stdatomic.h",
                                      "iso646.h", "immintrin.h", "emmintrin.h", "x86intrin.h"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

/* ---- diagnostics ----------------------------------------------------------------------------- */

static char *place_text(const FrontendInput *in, CXDiagnostic d, bool column) {
  CXFile file = NULL;
  unsigned line = 0, col = 0;
  clang_getExpansionLocation(clang_getDiagnosticLocation(d), &file, &line, &col, NULL);
  if (!file)
    return hp_strdup("");
  CXString name = clang_getFileName(file);
  char *full = path_absolute(clang_getCString(name), in->directory);
  clang_disposeString(name);
  size_t length = strlen(in->directory);
  const char *shown = full;
  if (!strncmp(full, in->directory, length) && full[length] == '/')
    shown = full + length + 1;
  char *text = column ? hp_format("%s:%u:%u", shown, line, col) : hp_format("%s:%u", shown, line);
  free(full);
  return text;
}

/* "'lua.h' file not found": the name, on the heap; NULL for any other message. */
static char *missing_header(const char *message) {
  const char *end = strstr(message, "' file not found");
  return message[0] == '\'' && end ? hp_strndup(message + 1, (size_t)(end - message - 1)) : NULL;
}

static void add_missing(FrontendOutput *out, char *name) {
  for (uint32_t i = 0; i < out->nmissing; i++)
    if (!strcmp(out->missing[i], name)) {
      free(name);
      return;
    }
  HP_GROW(out->missing, out->nmissing, out->missing_cap);
  out->missing[out->nmissing++] = name;
}

static void add_diagnostic(const FrontendInput *in, FrontendOutput *out, CXDiagnostic d) {
  CXString spelled = clang_getDiagnosticSpelling(d);
  const char *message = clang_getCString(spelled);
  out->status = FRONTEND_INCOMPLETE;
  char *header = missing_header(message);
  if (!out->reason) {
    char *at = place_text(in, d, false);
    const char *what = header ? header : message;
    const char *more = header ? ": file not found" : "";
    out->reason = *at ? hp_format("%s%s (%s)", what, more, at) : hp_format("%s%s", what, more);
    free(at);
  }
  if (out->ndiagnostics < MOST_DIAGNOSTICS) {
    char *at = place_text(in, d, true);
    if (!out->diagnostics)
      out->diagnostics = hp_calloc(MOST_DIAGNOSTICS, sizeof *out->diagnostics);
    out->diagnostics[out->ndiagnostics++] =
        *at ? hp_format("%s: %s", at, message) : hp_strdup(message);
    free(at);
  }
  if (header)
    add_missing(out, header);
  clang_disposeString(spelled);
}

static void read_diagnostics(CXTranslationUnit tu, const FrontendInput *in, FrontendOutput *out) {
  unsigned count = clang_getNumDiagnostics(tu);
  for (unsigned i = 0; i < count; i++) {
    CXDiagnostic d = clang_getDiagnostic(tu, i);
    if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error)
      add_diagnostic(in, out, d);
    clang_disposeDiagnostic(d);
  }
}

static void drop_diagnostics(FrontendOutput *out) {
  for (uint32_t i = 0; i < out->nmissing; i++)
    free(out->missing[i]);
  for (uint32_t i = 0; i < out->ndiagnostics; i++)
    free(out->diagnostics[i]);
  free(out->missing);
  free(out->diagnostics);
  free(out->reason);
  out->missing = out->diagnostics = NULL;
  out->reason = NULL;
  out->nmissing = out->missing_cap = out->ndiagnostics = 0;
  out->status = FRONTEND_OK;
}

/* ---- files read ------------------------------------------------------------------------------ */

typedef struct Inclusions {
  Contents *contents;
  const FrontendInput *in;
  FrontendOutput *out;
  const Preamble *preamble;
  PtrMap seen;
  uint32_t cap;
} Inclusions;

static void push_file(Inclusions *s, FrontendFile f) {
  HP_GROW(s->out->files, s->out->nfiles, s->cap);
  s->out->files[s->out->nfiles++] = f;
}

static void add_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
  (void)stack, (void)depth;
  Inclusions *s = data;
  if (map_get(&s->seen, file) != MAP_NONE)
    return;
  map_put(&s->seen, file, 1);
  CXString name = clang_getFileName(file);
  FrontendFile f = {.path = path_absolute(clang_getCString(name), s->in->directory)};
  clang_disposeString(name);
  if (s->preamble && preamble_file(s->preamble, f.path)) {
    free(f.path);
    return;
  }
  size_t size = 0;
  const char *text = contents_of(s->contents, file, &size);
  f.hash = text ? XXH3_64bits(text, size) : 0;
  if (s->preamble && !s->out->nfiles) /* the main file, of which only the rest was parsed */
    f.hash = s->preamble->hash;
  f.size = (int64_t)size;
  struct stat st;
  if (stat(f.path, &st) == 0) {
    f.size = (int64_t)st.st_size;
    f.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
  }
  push_file(s, f);
}

/* As they were when the preamble was found to hold. */
static void add_preamble_files(Inclusions *s) {
  for (uint32_t i = 0; s->preamble && i < s->preamble->nfiles; i++) {
    FrontendFile f = s->preamble->files[i];
    f.path = hp_strdup(f.path);
    push_file(s, f);
  }
}

static void read_files(Contents *contents, const FrontendInput *in, const Preamble *preamble,
                       FrontendOutput *out) {
  Inclusions s = {.contents = contents, .in = in, .out = out, .preamble = preamble};
  CXFile main_file = clang_getFile(contents->tu, in->file);
  if (main_file)
    add_file(main_file, NULL, 0, &s);
  add_preamble_files(&s);
  clang_getInclusions(contents->tu, add_file, &s);
  map_free(&s.seen);
}

/* ---- one unit -------------------------------------------------------------------------------- */

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { PARSE = CXTranslationUnit_KeepGoing | CXTranslationUnit_VisitImplicitAttributes };

static enum CXErrorCode parse_text(Frontend *fe, const FrontendInput *in, const char *preamble,
                                   unsigned options, CXTranslationUnit *tu) {
  Flags flags;
  make_flags(&flags, fe, in, preamble);
  uint32_t nunsaved = in->ntexts;
  struct CXUnsavedFile *unsaved = hp_calloc(in->ntexts + 1, sizeof *unsaved);
  for (uint32_t i = 0; i < in->ntexts; i++)
    unsaved[i] = (struct CXUnsavedFile){in->texts[i].path, in->texts[i].text, in->texts[i].size};
  if (in->unsaved)
    unsaved[nunsaved++] = (struct CXUnsavedFile){in->file, in->unsaved, in->unsaved_size};
  *tu = NULL;
  enum CXErrorCode code = clang_parseTranslationUnit2(
      fe->index, in->file, flags.list, (int)flags.count, unsaved, nunsaved, options, tu);
  free(unsaved);
  free_flags(&flags);
  return code;
}

static CXTranslationUnit parse(Frontend *fe, const FrontendInput *in, unsigned options,
                               FrontendOutput *out) {
  CXTranslationUnit tu;
  enum CXErrorCode code = parse_text(fe, in, NULL, options, &tu);
  if (code == CXError_Success && tu) {
    read_diagnostics(tu, in, out);
    return tu;
  }
  out->status = FRONTEND_FAILED;
  out->reason = hp_strdup(code == CXError_Crashed ? "the parser crashed"
                                                  : "the parser refused the file or its flags");
  return NULL;
}

/* With the preamble, if it holds and there is no doubt that it is as good as its text: then
 * *preamble is set. NULL: to be parsed without. */
static CXTranslationUnit parse_rest(Frontend *fe, const FrontendInput *in, Preamble **preamble) {
  Preamble *p = in->preamble ? preamble_for(in->preamble, in) : NULL;
  CXTranslationUnit tu = NULL;
  FrontendOutput errors = {0};
  FrontendInput rest = *in;
  rest.unsaved = p ? p->rest : NULL;
  rest.unsaved_size = p ? p->rest_size : 0;
  enum CXErrorCode code = p ? parse_text(fe, &rest, in->preamble, PARSE, &tu) : CXError_Failure;
  if (p && code == CXError_ASTReadError)
    preamble_remove(in->preamble); /* of another libclang: the next run makes one anew */
  if (tu)
    read_diagnostics(tu, in, &errors);
  if (tu && errors.status == FRONTEND_OK) {
    *preamble = p;
    return tu;
  }
  drop_diagnostics(&errors);
  clang_disposeTranslationUnit(tu);
  preamble_free(p);
  return NULL;
}

/* A missing stddef.h and the like: libclang may not know where its own headers are. */
static bool lacks_builtin_headers(Frontend *fe, const FrontendOutput *out) {
  bool lacks = false;
  for (uint32_t i = 0; i < out->nmissing; i++)
    lacks |= is_builtin_header(out->missing[i]);
  if (!lacks || fe->searched)
    return false;
  fe->searched = true;
  fe->builtin_headers = find_builtin_headers();
  return fe->builtin_headers != NULL;
}

static uint32_t count_opaque(const IrUnit *unit) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < unit->nfunctions; i++)
    /* hplint: ignore[HP105] once a unit, which took a parse */
    for (uint32_t k = 0; k < unit->functions[i].ninsns; k++)
      count += unit->functions[i].insns[k].op == IR_OPAQUE;
  return count;
}

static void lower(Contents *contents, const FrontendInput *in, const Preamble *preamble,
                  FrontendOutput *out) {
  Lower l = {.tu = contents->tu,
             .contents = contents,
             .preamble = preamble,
             .directory = in->directory,
             .main_path = in->file,
             .spell = in->spell};
  for (uint32_t i = 0; i < in->nargs; i++)
    if (!strcmp(in->args[i], "-fwrapv") || !strcmp(in->args[i], "-fno-strict-overflow"))
      l.wrapv = true;
  char *spelt = in->spell ? in->spell(in->file) : NULL;
  l.ub = ir_unit_begin(spelt ? spelt : in->file);
  free(spelt);
  l.unit = ir_unit_peek(l.ub);
  lower_unit(&l);
  out->unit = ir_unit_end(l.ub);
  lower_free(&l);
  out->opaque = count_opaque(out->unit);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint64_t heap_bytes(void) {
  struct mallinfo2 m = mallinfo2();
  return m.uordblks + m.hblkhd;
}

/* Source files are mapped, not read, where the system allows it. */
static uint64_t mapped_bytes(CXTranslationUnit tu) {
  CXTUResourceUsage usage = clang_getCXTUResourceUsage(tu);
  uint64_t bytes = 0;
  for (unsigned i = 0; i < usage.numEntries; i++)
    if (usage.entries[i].kind == CXTUResourceUsage_SourceManager_Membuffer_MMap)
      bytes += usage.entries[i].amount;
  clang_disposeCXTUResourceUsage(usage);
  return bytes;
}

/* Bytes behind a word of /proc/self/status: "VmRSS:", "VmHWM:" (the highest so far). */
static uint64_t status_bytes(const char *word) {
  FILE *file = fopen("/proc/self/status", "r");
  unsigned long long kib = 0;
  char line[256];
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, word, strlen(word)))
      kib = strtoull(line + strlen(word), NULL, 10);
  if (file)
    fclose(file);
  return kib * 1024;
}

static void forget_highest(void) {
  FILE *file = fopen("/proc/self/clear_refs", "w");
  if (!file)
    return;
  fputs("5", file);
  fclose(file);
}

static void lower_timed(Contents *contents, const FrontendInput *in, const Preamble *preamble,
                        FrontendOutput *out) {
  uint64_t before = 0;
  if (in->measure) {
    forget_highest();
    before = status_bytes("VmRSS:");
  }
  double start = cpu_seconds();
  lower(contents, in, preamble, out);
  out->lower_seconds = cpu_seconds() - start;
  if (!in->measure)
    return;
  uint64_t highest = status_bytes("VmHWM:");
  out->memory.lower_peak = highest > before ? highest - before : 0;
  out->memory.unit = hp_arena_bytes(out->unit->arena);
}

static CXTranslationUnit parse_all(Frontend *fe, const FrontendInput *in, unsigned options,
                                   FrontendOutput *out) {
  CXTranslationUnit tu = parse(fe, in, options, out);
  if (!tu || !lacks_builtin_headers(fe, out))
    return tu;
  clang_disposeTranslationUnit(tu);
  drop_diagnostics(out);
  return parse(fe, in, options, out);
}

static void look_up(Frontend *fe, Contents *contents, const FrontendInput *in,
                    const Preamble *preamble, FrontendOutput *out, Lookups *lookups) {
  if (preamble)
    lookup_known(&fe->lookups, preamble->absent, preamble->nabsent);
  *lookups = lookups_of(contents, in->directory, preamble ? &preamble->lookups : NULL);
  lookup_absent(&fe->lookups, lookups, in, out);
}

static void run(Frontend *fe, const FrontendInput *in, FrontendOutput *out) {
  uint64_t heap_before = in->measure ? heap_bytes() : 0;
  double start = cpu_seconds();
  Preamble *preamble = NULL;
  CXTranslationUnit tu = parse_rest(fe, in, &preamble);
  if (!tu)
    tu = parse_all(fe, in, PARSE, out);
  out->parse_seconds = cpu_seconds() - start;
  if (!tu)
    return;
  if (in->measure)
    out->memory.parser = heap_bytes() - heap_before + mapped_bytes(tu);
  Contents contents = {.tu = tu};
  Lookups lookups;
  read_files(&contents, in, preamble, out);
  lower_timed(&contents, in, preamble, out);
  look_up(fe, &contents, in, preamble, out, &lookups);
  lookups_free(&lookups);
  contents_free(&contents);
  clang_disposeTranslationUnit(tu);
  preamble_free(preamble);
}

static bool make_preamble(Frontend *fe, const FrontendInput *in, const char *path) {
  Preamble *there = preamble_open(path, in);
  preamble_free(there);
  if (there)
    return true;
  FrontendOutput out = {0};
  CXTranslationUnit tu = parse_all(
      fe, in, PARSE | CXTranslationUnit_Incomplete | CXTranslationUnit_ForSerialization, &out);
  Contents contents = {.tu = tu};
  bool made = false;
  if (tu && out.status == FRONTEND_OK) {
    Lookups lookups;
    read_files(&contents, in, NULL, &out);
    look_up(fe, &contents, in, NULL, &out, &lookups);
    made = preamble_save(&contents, in, &out, &lookups, path);
    lookups_free(&lookups);
  }
  contents_free(&contents);
  clang_disposeTranslationUnit(tu);
  frontend_output_free(&out);
  return made;
}

/* ---- the thread ------------------------------------------------------------------------------ */

typedef struct Job {
  Frontend *fe;
  const FrontendInput *in;
  FrontendOutput *out;
  const char *path; /* of a preamble to be made; NULL: a unit is parsed */
  bool made;
} Job;

static void *run_job(void *data) {
  Job *job = data;
  if (job->path)
    job->made = make_preamble(job->fe, job->in, job->path);
  else
    run(job->fe, job->in, job->out);
  return NULL;
}

/* 0, or why there is no thread. */
static int on_large_stack(Job *job) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (job->fe->stack)
    pthread_attr_setstack(&attributes, (char *)job->fe->stack + guard_bytes,
                          stack_bytes - guard_bytes);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, run_job, job);
  pthread_attr_destroy(&attributes);
  if (!failed)
    pthread_join(thread, NULL);
  return failed;
}

bool frontend_make_preamble(Frontend *f, const FrontendInput *in, const char *path) {
  Job job = {.fe = f, .in = in, .path = path};
  return !on_large_stack(&job) && job.made;
}

void frontend_run(Frontend *f, const FrontendInput *in, FrontendOutput *out) {
  *out = (FrontendOutput){0};
  bool given = in->unsaved != NULL;
  for (uint32_t i = 0; i < in->ntexts; i++)
    given |= !strcmp(in->texts[i].path, in->file);
  if (!given && access(in->file, R_OK)) {
    out->status = FRONTEND_FAILED;
    out->reason = hp_format("cannot be read: %s", strerror(errno));
    return;
  }
  Job job = {.fe = f, .in = in, .out = out};
  int failed = on_large_stack(&job);
  if (failed) {
    out->status = FRONTEND_FAILED;
    out->reason = hp_format("no thread to parse on: %s", strerror(failed));
  }
}

void frontend_output_free(FrontendOutput *out) {
  drop_diagnostics(out);
  ir_unit_free(out->unit);
  for (uint32_t i = 0; i < out->nfiles; i++)
    free(out->files[i].path);
  free(out->files);
  for (uint32_t i = 0; i < out->nabsent; i++)
    free(out->absent[i]);
  free(out->absent);
  *out = (FrontendOutput){0};
}
