/* Findings for people: a line that terminals and editors can jump to, the source with a caret, and
 * under it the reasons, the numbers, what it is worth and what to do. */
#include "analyzer/output/output.h"
#include "ir/files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const severities[] = {"low", "medium", "high"};
static const char *const confidences[] = {"low", "medium", "high"};

typedef struct Writer {
  HpBuf *out;
  const RunResult *run;
  const OutputOptions *options;
  const char *here; /* the current folder */
  HpLines source;   /* of the finding shown last */
} Writer;

static const char *style(const Writer *w, const char *code) {
  return w->options->colour ? code : "";
}
#define BOLD(w) style(w, "\033[1m")
#define DIM(w) style(w, "\033[2m")
#define PLAIN(w) style(w, "\033[0m")

static const char *severity_colour(const Writer *w, int severity) {
  static const char *const codes[] = {"\033[36m", "\033[33m", "\033[1;31m"};
  return style(w, codes[severity]);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* 4021 -> "4,021"; fractions keep two digits at most. */
static void add_number(HpBuf *out, double value) {
  if (fabs(value) < 1000 && value != floor(value)) {
    hp_buf_addf(out, "%.*f", fabs(value) < 10 ? 2 : 1, value);
    return;
  }
  char digits[64];
  int length = snprintf(digits, sizeof digits, "%.0f", value);
  for (int i = 0; i < length; i++) {
    hp_buf_addc(out, digits[i]);
    int rest = length - 1 - i;
    if (rest && rest % 3 == 0 && digits[i] != '-')
      hp_buf_addc(out, ',');
  }
}

/* ---- source ---------------------------------------------------------------------------------- */

/* Line `number` of a file; NULL when it cannot be read. */
static const char *source_line(Writer *w, const char *file, uint32_t number) {
  char *path = hp_path_in(w->run->project.root, file);
  hp_lines_read(&w->source, path);
  free(path);
  return hp_lines_at(&w->source, number);
}

/* Appends columns [from, to) (bytes, from 0) with tabs as two spaces and the rest escaped; returns
 * the width. */
static size_t add_source(HpBuf *out, const char *line, size_t from, size_t to) {
  HpBuf piece = {0}, shown = {0};
  for (size_t i = from; i < to && line[i]; i++)
    hp_buf_addn(&piece, line[i] == '\t' ? "  " : &line[i], line[i] == '\t' ? 2 : 1);
  hp_buf_add_escaped(&shown, hp_buf_text(&piece));
  size_t width = 0;
  for (size_t i = 0; i < shown.length; i++)
    width += ((unsigned char)shown.text[i] & 0xC0) != 0x80;
  if (out)
    hp_buf_addn(out, hp_buf_text(&shown), shown.length);
  hp_buf_free(&piece);
  hp_buf_free(&shown);
  return width;
}

static void excerpt(Writer *w, const DbFinding *f) {
  const char *line = source_line(w, f->file, f->line);
  if (!line)
    return;
  size_t length = strlen(line), start = f->column ? f->column - 1 : 0;
  size_t end = f->end_line == f->line && f->end_column > f->column ? f->end_column - 1u : length;
  if (start > length)
    start = length;
  if (end > length)
    end = length;
  hp_buf_addf(w->out, "%s%6u |%s ", DIM(w), f->line, PLAIN(w));
  add_source(w->out, line, 0, length > 160 ? 160 : length);
  hp_buf_addf(w->out, "\n%s       |%s ", DIM(w), PLAIN(w));
  for (size_t i = add_source(NULL, line, 0, start); i > 0; i--)
    hp_buf_addc(w->out, ' ');
  hp_buf_addf(w->out, "%s^", severity_colour(w, f->severity));
  size_t width = add_source(NULL, line, start, end);
  for (size_t i = 1; i < width && i < 120; i++)
    hp_buf_addc(w->out, '~');
  hp_buf_addf(w->out, "%s\n", PLAIN(w));
}

/* ---- one finding ----------------------------------------------------------------------------- */

/* Wrapped text under a label: continuation lines are indented to the text. */
static void labelled(Writer *w, const char *label, const char *text) {
  enum { INDENT = 15 };
  uint32_t width = w->options->width ? w->options->width : 100;
  HpBuf safe = {0};
  hp_buf_add_escaped(&safe, text);
  hp_buf_addf(w->out, "       %s%6s:%s ", BOLD(w), label, PLAIN(w));
  size_t column = INDENT;
  for (char *word = safe.text, *next; word && *word; word = next) {
    size_t length = strcspn(word, " ");
    next = word + length + (word[length] == ' ');
    if (column > INDENT && column + length > width) {
      hp_buf_addf(w->out, "\n%*s", INDENT, "");
      column = INDENT;
    } else if (column > INDENT) {
      hp_buf_addc(w->out, ' ');
    }
    hp_buf_addn(w->out, word, length);
    column += length + 1;
  }
  hp_buf_addc(w->out, '\n');
  hp_buf_free(&safe);
}

/* "1 load", "2 loads", "5%". Units are plurals, as in the other formats. */
static void add_unit(HpBuf *text, const DbFact *fact) {
  size_t length = fact->unit ? strlen(fact->unit) : 0;
  if (!length)
    return;
  bool one = fact->value == 1 && length > 1 && fact->unit[length - 1] == 's';
  hp_buf_addf(text, "%s%.*s", strcmp(fact->unit, "%") ? " " : "", (int)(length - one), fact->unit);
}

static void facts(Writer *w, const DbFinding *f) {
  HpBuf text = {0};
  for (uint32_t i = 0; i < f->nfacts; i++) {
    const DbFact *fact = &f->facts[i];
    hp_buf_addf(&text, "%s%s: ", i ? "; " : "", fact->name);
    if (fact->text) {
      hp_buf_add(&text, fact->text);
      continue;
    }
    add_number(&text, fact->value);
    add_unit(&text, fact);
  }
  if (f->nfacts)
    labelled(w, "facts", hp_buf_text(&text));
  hp_buf_free(&text);
}

/* What the profile says; executions and instructions are no time, so they promise no speed-up. */
static void worth(Writer *w, const DbFinding *f) {
  if (!f->by_profile)
    return;
  HpBuf text = {0};
  const char *label = w->run->profile_label ? w->run->profile_label : "profile";
  if (f->share <= 0)
    hp_buf_addf(&text, "no cost at its places in the profile (%s)", label);
  else {
    hp_buf_addf(&text, "%.*f%% of the profile (%s)", f->share < 0.1 ? 1 : 0, f->share * 100, label);
    if (f->bound > 1.005)
      hp_buf_addf(&text, "; estimated %.2f×, never more than %.2f×", f->estimate, f->bound);
  }
  labelled(w, "worth", hp_buf_text(&text));
  hp_buf_free(&text);
}

/* What the optimiser leaves of it. */
static void compiled(Writer *w, const DbFinding *f) {
  if (!f->compiler_status || !strcmp(f->compiler_status, "unchecked"))
    return;
  HpBuf text = {0};
  hp_buf_add(&text, f->compiler_status);
  if (f->compiler_witness)
    hp_buf_addf(&text, " (%s)", f->compiler_witness);
  if (f->compiler_reason)
    hp_buf_addf(&text, ": %s", f->compiler_reason);
  labelled(w, "clang", hp_buf_text(&text));
  hp_buf_free(&text);
}

static bool has_fact(const DbFinding *f, const char *name) {
  for (uint32_t i = 0; i < f->nfacts; i++)
    if (!strcmp(f->facts[i].name, name))
      return true;
  return false;
}

static void certainty(Writer *w, const DbFinding *f) {
  HpBuf text = {0};
  hp_buf_addf(&text, "confidence %s", confidences[f->confidence]);
  bool told = has_fact(f, "runs rarely");
  if (f->cold && !told)
    hp_buf_add(&text, "; runs rarely: a cold path or code that runs once");
  if (f->suppressed)
    hp_buf_addf(&text, "; suppressed: %s", f->suppressed);
  if (text.length && (f->confidence != 2 || (f->cold && !told) || f->suppressed))
    labelled(w, "note", hp_buf_text(&text));
  hp_buf_free(&text);
}

/* A file as the reader can open it from where they are: the part below the current folder, else the
 * whole path. */
static void add_path(const Writer *w, const char *file) {
  char *path = file[0] == '/' ? hp_strdup(file) : hp_format("%s/%s", w->run->project.root, file);
  size_t here = w->here ? strlen(w->here) : 0;
  bool below = here && !strncmp(path, w->here, here) && path[here] == '/';
  hp_buf_add_escaped(w->out, below ? path + here + 1 : path);
  free(path);
}

static int by_place(const void *a, const void *b) {
  const DbFinding *x = *(const DbFinding *const *)a, *y = *(const DbFinding *const *)b;
  int order = strcmp(x->file, y->file);
  if (!order)
    order = (x->line > y->line) - (x->line < y->line);
  return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

static bool in_one_function(const DbFinding *a, const DbFinding *b) {
  return a->function && b->function && !strcmp(a->function, b->function) &&
         !strcmp(a->file, b->file);
}

/* "at lines 3, 5, in g (line 8), in h (b.c:4)": those of the finding's own function come first. */
static void other_place(HpBuf *text, const DbFinding *f, const DbFinding *const *rest,
                        uint32_t count, uint32_t i) {
  const DbFinding *other = rest[i];
  hp_buf_add(text, i ? ", " : "");
  if (in_one_function(f, other)) {
    bool several = count > 1 && in_one_function(f, rest[1]);
    hp_buf_addf(text, "%s%u", i ? "" : several ? "at lines " : "at line ", other->line);
    return;
  }
  bool first = !i || in_one_function(f, rest[i - 1]);
  hp_buf_addf(text, "%s%s (", first ? "in " : "",
              other->function ? other->function : other->message);
  if (strcmp(other->file, f->file) != 0)
    hp_buf_addf(text, "%s:%u)", other->file, other->line);
  else
    hp_buf_addf(text, "line %u)", other->line);
}

/* Moves those of the finding's own function to the front, in their order. */
static void own_first(const DbFinding *f, const DbFinding **rest, uint32_t count) {
  for (uint32_t i = 0, own = 0; i < count; i++) {
    const DbFinding *other = rest[i];
    if (!in_one_function(f, other))
      continue;
    memmove(&rest[own + 1], &rest[own], (i - own) * sizeof *rest);
    rest[own++] = other;
  }
}

/* The other findings that one stands for. */
static void others(Writer *w, const DbFinding *f) {
  enum { MOST = 8 };
  const DbFindings *all = &w->run->findings;
  const DbFinding **rest = hp_calloc(all->count, sizeof *rest);
  uint32_t count = 0, instances = 0;
  for (uint32_t i = 0; i < all->count && !w->options->all; i++) {
    const DbFinding *other = all->items[i];
    if (other == f || !other->listed || other->suppressed || !output_same_cause(f, other))
      continue;
    instances += output_same_line(f, other);
    if (!output_same_line(f, other))
      rest[count++] = other;
  }
  if (count)
    qsort(rest, count, sizeof *rest, by_place);
  own_first(f, rest, count);
  HpBuf text = {0};
  if (instances)
    hp_buf_addf(&text, "the line is compiled %u times", instances + 1);
  if (count)
    hp_buf_add(&text, instances ? "; the same " : "the same ");
  for (uint32_t i = 0; i < count && i < MOST; i++)
    other_place(&text, f, rest, count < MOST ? count : MOST, i);
  if (count > MOST)
    hp_buf_addf(&text, " and %u more", count - MOST);
  if (text.length)
    labelled(w, "also", hp_buf_text(&text));
  hp_buf_free(&text);
  free(rest);
}

static void finding(Writer *w, const DbFinding *f) {
  HpBuf *out = w->out;
  hp_buf_add(out, BOLD(w));
  add_path(w, f->file);
  hp_buf_addf(out, ":%u:%u:%s %s%s:%s ", f->line, f->column, PLAIN(w),
              severity_colour(w, f->severity), severities[f->severity], PLAIN(w));
  hp_buf_add_escaped(out, f->message);
  hp_buf_addf(out, " %s[%s %s]%s\n", DIM(w), f->rule, f->name, PLAIN(w));
  excerpt(w, f);
  HpBuf why = {0};
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    hp_buf_clear(&why);
    if (strcmp(p->file, f->file) == 0)
      hp_buf_addf(&why, "line %u: %s", p->line, p->text);
    else
      hp_buf_addf(&why, "%s:%u: %s", p->file, p->line, p->text);
    labelled(w, "why", hp_buf_text(&why));
  }
  hp_buf_free(&why);
  others(w, f);
  facts(w, f);
  worth(w, f);
  compiled(w, f);
  certainty(w, f);
  if (f->help)
    labelled(w, "help", f->help);
  hp_buf_addc(out, '\n');
}

/* ---- closing lines --------------------------------------------------------------------------- */

static void plural(HpBuf *out, uint32_t count, const char *what) {
  add_number(out, count);
  hp_buf_addf(out, " %s%s", what, count == 1 ? "" : "s");
}

/* What was not shown, counted by rule in the rules' order. */
static void the_rest(Writer *w, const DbFinding **shown, uint32_t count) {
  const DbFindings *all = &w->run->findings;
  uint32_t *by_rule = hp_calloc(nrules, sizeof *by_rule), rest = 0, suppressed = 0, away = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    const DbFinding *f = all->items[i];
    bool is_shown = false;
    for (uint32_t k = 0; k < count && !is_shown; k++)
      is_shown = shown[k] == f;
    if (is_shown)
      continue;
    if (f->suppressed) {
      suppressed++;
      continue;
    }
    if (f->compiler_status && !strcmp(f->compiler_status, "optimised-away")) {
      away++;
      continue;
    }
    for (uint32_t k = 0; k < nrules; k++)
      by_rule[k] += strcmp(rules[k]->id, f->rule) == 0;
    rest++;
  }
  if (rest) {
    plural(w->out, rest, "more finding");
    hp_buf_add(w->out, " not shown (");
    const char *separator = "";
    for (uint32_t k = 0; k < nrules; k++) {
      if (!by_rule[k])
        continue;
      hp_buf_addf(w->out, "%s%s %s %u", separator, rules[k]->id, rules[k]->name, by_rule[k]);
      separator = ", ";
    }
    hp_buf_add(w->out, "): --all shows them\n");
  }
  if (suppressed) {
    plural(w->out, suppressed, "finding");
    hp_buf_add(w->out, " suppressed in the source\n");
  }
  if (away) {
    plural(w->out, away, "finding");
    hp_buf_addf(w->out, " hidden, since clang's optimiser removes what %s about: --all shows %s\n",
                away == 1 ? "it is" : "they are", away == 1 ? "it" : "them");
  }
  free(by_rule);
}

static void failures(Writer *w) {
  const RunResult *r = w->run;
  for (uint32_t i = 0; i < r->nfailures; i++) {
    const RunFailure *f = &r->failures[i];
    hp_buf_add(w->out, "note: ");
    plural(w->out, f->units, "unit");
    hp_buf_add(w->out, f->incomplete ? " analysed in part: " : " failed: ");
    hp_buf_add_escaped(w->out, f->cause);
    hp_buf_add(w->out, f->units == 1 ? " (" : " (first: ");
    hp_buf_add_escaped(w->out, f->example);
    hp_buf_addf(w->out, ")%s%s\n", f->advice ? "; " : "", f->advice ? f->advice : "");
  }
  for (uint32_t i = 0; i < r->project.nnotes; i++) {
    hp_buf_add(w->out, "note: ");
    hp_buf_add_escaped(w->out, r->project.notes[i]);
    hp_buf_addc(w->out, '\n');
  }
}

enum { HOT_NAMED = 12 };
static const double HOT_LEAST = 0.01;

/* Where the profile's time goes that the findings do not speak of, so that their silence is seen.
 */
static void where_time_is(Writer *w, const DbFinding **shown, uint32_t count) {
  const DbHot *hot = &w->run->hot;
  HpBuf names = {0};
  double covered = 0, named = 0;
  uint32_t nnamed = 0;
  for (uint32_t i = 0; i < hot->count; i++) {
    const DbHotFunction *f = &hot->items[i];
    if (output_covers(shown, count, f)) {
      covered += f->share;
    } else if (f->share >= HOT_LEAST && nnamed < HOT_NAMED) {
      hp_buf_add(&names, nnamed++ ? ", " : "");
      hp_buf_add_escaped(&names, f->name);
      hp_buf_addf(&names, " %.1f%%", f->share * 100);
      named += f->share;
    }
  }
  if (hot->count)
    hp_buf_addf(
        w->out,
        "%.0f%% of the profile is in this project's functions: %.0f%% in those of findings shown",
        hot->share * 100, covered * 100);
  if (nnamed)
    hp_buf_addf(w->out, ", %.0f%% where no finding is shown (%s)", named * 100,
                hp_buf_text(&names));
  if (hot->count)
    hp_buf_add(w->out, ", the rest in small parts\n");
  hp_buf_free(&names);
}

static void closing(Writer *w, const DbFinding **shown, uint32_t count) {
  const RunResult *r = w->run;
  the_rest(w, shown, count);
  where_time_is(w, shown, count);
  failures(w);
  plural(w->out, count, "finding");
  if (r->since) {
    hp_buf_add(w->out, " new since ");
    hp_buf_add_escaped(w->out, r->since);
    hp_buf_addf(w->out, " (%u known)", r->known);
  }
  hp_buf_add(w->out, " shown, ");
  plural(w->out, r->analysed, "unit");
  hp_buf_add(w->out, " analysed");
  if (r->cached)
    hp_buf_addf(w->out, " (%u unchanged)", r->cached);
  hp_buf_addf(w->out, " in %.2f s. ", r->seconds);
  if (r->profile_label)
    hp_buf_addf(w->out, "Ranked by profile: %s.\n", r->profile_label);
  else
    hp_buf_add(w->out, "Ranked by a static estimate: a profile ranks by real time "
                       "(hplint record -- COMMAND).\n");
}

void output_text(HpBuf *out, const RunResult *r, const OutputOptions *options) {
  char *here = getcwd(NULL, 0);
  Writer w = {.out = out, .run = r, .options = options, .here = here};
  const DbFinding **shown = hp_calloc(r->findings.count, sizeof *shown);
  uint32_t count = output_select(r, options, shown);
  for (uint32_t i = 0; i < count; i++)
    finding(&w, shown[i]);
  if (!options->quiet)
    closing(&w, shown, count);
  hp_lines_free(&w.source);
  free(shown);
  free(here);
}
