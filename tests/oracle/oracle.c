/* oracle-compare: do clang's bitcode and hplint's unit record say the same? */
#include "tests/oracle/oracle.h"
#include "ir/build.h"
#include "ir/serial.h"
#include "ir/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: oracle-compare [--json | --facts] UNIT.bc [SECOND.bc] UNIT.hpu|UNIT.ir\n"
    "       oracle-compare --flags | --second-flags -- COMPILER ARGUMENTS... FILE.c\n"
    "       oracle-compare --ir UNIT.hpu\n"
    "Compares, function by function, callees, loops and field accesses of clang's unoptimised\n"
    "bitcode with those of hplint's IR (docs/oracle.md): 0 all agree, 1 some differ, 2 cannot.\n"
    "A function that UNIT.bc lacks or that differs there may agree with SECOND.bc.\n"
    "--facts prints both sides' facts, --flags and --second-flags the arguments for clang that\n"
    "make the two (each ended by NUL), --ir the text form of the record.\n";

static bool read_file(const char *path, HpBuf *out, HpError *err) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return hp_fail(err, "%s: %s", path, strerror(errno));
  char block[1 << 16];
  for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
    hp_buf_addn(out, block, n);
  bool ok = !ferror(file);
  fclose(file);
  return ok || hp_fail(err, "%s: cannot be read", path);
}

static IrUnit *read_unit(const char *path, HpError *err) {
  HpBuf bytes = {0};
  IrUnit *unit = NULL;
  size_t length = strlen(path);
  if (read_file(path, &bytes, err))
    unit = length > 3 && !strcmp(path + length - 3, ".ir")
               ? ir_parse_unit(hp_buf_text(&bytes), bytes.length, path, err)
               : ir_read_unit(bytes.text, bytes.length, path, err);
  hp_buf_free(&bytes);
  return unit;
}

/* ---- output ---------------------------------------------------------------------------------- */

static void print_text(const Comparison *c) {
  for (uint32_t i = 0; i < c->ndifferences; i++) {
    const Difference *d = &c->differences[i];
    printf("%s:%u: %s: %s\n", d->file, d->line, d->function, d->what);
    if (*d->clang)
      printf("  only clang:  %s\n", d->clang);
    if (*d->hplint)
      printf("  only hplint: %s\n", d->hplint);
  }
  printf("%u functions;", c->functions);
  for (uint32_t k = 0; k < CRITERIA; k++)
    printf(" %s: %u agree (%u facts)%s", criterion_names[k], c->agree[k], c->facts[k],
           k + 1 < CRITERIA ? "," : "\n");
}

static void print_json(const Comparison *c) {
  json_t *agree = json_object(), *facts = json_object(), *differences = json_array();
  for (uint32_t k = 0; k < CRITERIA; k++) {
    json_object_set_new(agree, criterion_names[k], json_integer(c->agree[k]));
    json_object_set_new(facts, criterion_names[k], json_integer(c->facts[k]));
  }
  for (uint32_t i = 0; i < c->ndifferences; i++) {
    const Difference *d = &c->differences[i];
    json_array_append_new(differences,
                          json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "function", d->function,
                                    "file", d->file, "line", (int)d->line, "what", d->what, "clang",
                                    d->clang, "hplint", d->hplint));
  }
  json_t *root = json_pack("{s:i, s:o, s:o, s:o}", "functions", (int)c->functions, "agree", agree,
                           "facts", facts, "differences", differences);
  json_dumpf(root, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(root);
}

static void print_facts(const char *side, const UnitFacts *u) {
  for (uint32_t i = 0; i < u->nfunctions; i++)
    for (uint32_t k = 0; k < CRITERIA; k++) {
      const FactList *list = &u->functions[i].lists[k];
      for (uint32_t m = 0; m < list->count; m++)
        printf("%s\t%s\t%s\t%s%s%s\n", u->functions[i].name, criterion_names[k], side,
               list->items[m].text, list->items[m].flags & FACT_OPTIONAL ? " (optional)" : "",
               list->items[m].flags & FACT_ONCE ? " (once)" : "");
    }
}

/* ---- what is asked --------------------------------------------------------------------------- */

typedef enum Form { TEXT, JSON, FACTS } Form;

static int compare(char **bitcode, int count, const char *record, Form form) {
  HpError err = {0};
  IrUnit *unit = read_unit(record, &err);
  UnitFacts *hplint = unit ? facts_of_ir(unit) : NULL;
  UnitFacts *sides[2] = {NULL, NULL};
  bool ok = hplint != NULL;
  for (int i = 0; ok && i < count; i++)
    ok = (sides[i] = facts_of_bitcode(bitcode[i], hplint, &err)) != NULL;
  int status = 2;
  if (ok) {
    Comparison *c = compare_units(sides[0], sides[1], hplint);
    status = c->ndifferences ? 1 : 0;
    if (form == FACTS) {
      print_facts("clang", sides[0]);
      print_facts("hplint", hplint);
    } else if (form == JSON) {
      print_json(c);
    } else {
      print_text(c);
    }
    comparison_free(c);
  } else {
    fprintf(stderr, "oracle-compare: %s\n", err.text);
  }
  unit_facts_free(sides[0]);
  unit_facts_free(sides[1]);
  unit_facts_free(hplint);
  if (unit)
    ir_unit_free(unit);
  return status;
}

static int print_ir(const char *record) {
  HpError err = {0};
  IrUnit *unit = read_unit(record, &err);
  if (!unit) {
    fprintf(stderr, "oracle-compare: %s\n", err.text);
    return 2;
  }
  HpBuf out = {0};
  ir_print_unit(&out, unit);
  fputs(hp_buf_text(&out), stdout);
  hp_buf_free(&out);
  ir_unit_free(unit);
  return 0;
}

int main(int argc, char **argv) {
  bool second = argc > 3 && !strcmp(argv[1], "--second-flags");
  if (argc > 3 && (second || !strcmp(argv[1], "--flags")) && !strcmp(argv[2], "--"))
    return print_command(argv + 3, argc - 3, second);
  if (argc == 3 && !strcmp(argv[1], "--ir"))
    return print_ir(argv[2]);
  Form form = TEXT;
  int first = 1;
  if (argc > 1 && argv[1][0] == '-') {
    form = !strcmp(argv[1], "--json") ? JSON : FACTS;
    first = form == JSON || !strcmp(argv[1], "--facts") ? 2 : argc;
  }
  if (argc - first == 2 || argc - first == 3)
    return compare(argv + first, argc - first - 1, argv[argc - 1], form);
  fputs(usage, stderr);
  return 2;
}
