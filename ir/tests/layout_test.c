/* pg_best_layout against the compiler: random records are compiled to learn their layout,
 * reordered, and compiled again. Sizes must be as foretold and never larger; some must shrink. */
#include "ir/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RECORDS = 150, MAX_FIELDS = 12 };

typedef struct Kind {
  const char *before, *after; /* the declarator: before NAME after */
  uint64_t size, align;
  uint32_t width; /* bit-fields */
} Kind;
static const Kind kinds[] = {
    {"char", "", 1, 1, 0},
    {"unsigned char", "[3]", 3, 1, 0},
    {"short", "", 2, 2, 0},
    {"short", "[5]", 10, 2, 0},
    {"int", "", 4, 4, 0},
    {"float", "[3]", 12, 4, 0},
    {"long", "", 8, 8, 0},
    {"void *", "", 8, 8, 0},
    {"double", "", 8, 8, 0},
    {"long double", "", 16, 16, 0},
    {"struct inner", "", 16, 8, 0},
    {"struct inner", "[2]", 32, 8, 0},
    {"union either", "", 12, 4, 0},
    {"_Bool", ": 1", 1, 1, 1},
    {"unsigned char", ": 3", 1, 1, 3},
    {"unsigned short", ": 9", 2, 2, 9},
    {"unsigned", ": 7", 4, 4, 7},
    {"unsigned", ": 30", 4, 4, 30},
    {"unsigned long", ": 33", 8, 8, 33},
};
enum { NKINDS = sizeof kinds / sizeof *kinds, FLEXIBLE = NKINDS };

typedef struct Made {
  uint32_t kinds[MAX_FIELDS], n;
  IrRecord record;
  IrField fields[MAX_FIELDS];
  IrUnit unit;
  PgLayout layout;
} Made;

static IrType types[NKINDS + 1];

static uint32_t next_random(void) {
  static uint64_t state = 20240607;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static uint8_t log2_of(uint64_t n) {
  return (uint8_t)__builtin_ctzll(n);
}

static void make_types(void) {
  for (uint32_t i = 0; i < NKINDS; i++)
    types[i] =
        (IrType){.kind = IR_T_INT, .align_log2 = log2_of(kinds[i].align), .size = kinds[i].size};
  types[FLEXIBLE] = (IrType){.kind = IR_T_ARRAY, .align_log2 = 1};
}

static void declare(FILE *out, const Made *m, const uint32_t *order, const char *prefix,
                    int number) {
  fprintf(out, "struct %s%d {", prefix, number);
  for (uint32_t i = 0; i < m->n; i++) {
    uint32_t f = order ? order[i] : i;
    if (m->kinds[f] == FLEXIBLE)
      fprintf(out, " short f%u[];", f);
    else
      fprintf(out, " %s f%u%s;", kinds[m->kinds[f]].before, f, kinds[m->kinds[f]].after);
  }
  fprintf(out, " };\n");
}

static void print_layout(FILE *out, const Made *m, int number) {
  fprintf(out, "  printf(\"%%zu %%zu\", sizeof(struct s%d), _Alignof(struct s%d));\n", number,
          number);
  for (uint32_t i = 0; i < m->n; i++)
    if (m->kinds[i] != FLEXIBLE && kinds[m->kinds[i]].width)
      fprintf(out, "  { static struct s%d v; v.f%u = -1; printf(\" %%u\", first_bit(&v)); }\n",
              number, i);
    else
      fprintf(out, "  printf(\" %%zu\", 8 * offsetof(struct s%d, f%u));\n", number, i);
  fprintf(out, "  puts(\"\");\n");
}

/* Compiles and runs a program; its output can be read from the result. */
static FILE *run(const char *path) {
  char command[1200];
  snprintf(command, sizeof command, "cc -w -o %s.exe %s && %s.exe", path, path, path);
  FILE *in = popen(command, "r");
  assert_non_null(in);
  return in;
}

static FILE *create(char *path) {
  int fd = mkstemps(path, 2);
  assert_true(fd >= 0);
  FILE *out = fdopen(fd, "w");
  fprintf(out, "#include <stddef.h>\n#include <stdio.h>\nstruct inner { char c; long l; };\n"
               "union either { char c[9]; int i; };\nstatic unsigned first_bit(void *p) {\n"
               "  unsigned n = 0;\n"
               "  while (!(((unsigned char *)p)[n / 8] >> n %% 8 & 1)) n++;\n  return n;\n}\n");
  return out;
}

static void discard(const char *path) {
  char binary[1200];
  snprintf(binary, sizeof binary, "%s.exe", path);
  remove(binary);
  remove(path);
}

static void learn(Made *made) {
  char path[] = "/tmp/layout_test_XXXXXX.c";
  FILE *out = create(path);
  for (int i = 0; i < RECORDS; i++)
    declare(out, &made[i], NULL, "s", i);
  fprintf(out, "int main(void) {\n");
  for (int i = 0; i < RECORDS; i++)
    print_layout(out, &made[i], i);
  fprintf(out, "}\n");
  fclose(out);
  FILE *in = run(path);
  for (int i = 0; i < RECORDS; i++) {
    Made *m = &made[i];
    unsigned long long size, align, offset;
    assert_int_equal(fscanf(in, "%llu %llu", &size, &align), 2);
    m->record = (IrRecord){.size = size, .align = align, .nfields = m->n};
    for (uint32_t f = 0; f < m->n; f++) {
      assert_int_equal(fscanf(in, "%llu", &offset), 1);
      bool tail = m->kinds[f] == FLEXIBLE;
      uint32_t width = tail ? 0 : kinds[m->kinds[f]].width;
      m->fields[f] = (IrField){.type = m->kinds[f],
                               .offset_bits = offset,
                               .width_bits = width ? width : (uint32_t)types[m->kinds[f]].size * 8,
                               .flags = tail    ? IR_FIELD_FLEXIBLE
                                        : width ? (uint32_t)IR_FIELD_BITFIELD
                                                : 0};
    }
    m->unit = (IrUnit){.types = types, .fields = m->fields};
  }
  assert_int_equal(pclose(in), 0);
  discard(path);
}

static void order_is_permutation(const Made *m, const uint32_t *order) {
  uint32_t seen = 0;
  for (uint32_t i = 0; i < m->n; i++)
    seen |= 1u << order[i];
  assert_int_equal(seen, (1u << m->n) - 1);
}

static void sizes_as_compiled(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  Made *made = hp_calloc(RECORDS, sizeof *made);
  for (int i = 0; i < RECORDS; i++) {
    made[i].n = 1 + next_random() % MAX_FIELDS;
    for (uint32_t f = 0; f < made[i].n; f++)
      made[i].kinds[f] = next_random() % NKINDS;
    if (made[i].n > 1 && next_random() % 5 == 0)
      made[i].kinds[made[i].n - 1] = FLEXIBLE;
  }
  learn(made);

  char path[] = "/tmp/layout_test_XXXXXX.c";
  FILE *out = create(path);
  for (int i = 0; i < RECORDS; i++) {
    made[i].layout = pg_best_layout(&made[i].unit, &made[i].record, arena);
    order_is_permutation(&made[i], made[i].layout.order);
    declare(out, &made[i], made[i].layout.order, "r", i);
  }
  fprintf(out, "int main(void) {\n");
  for (int i = 0; i < RECORDS; i++)
    fprintf(out, "  printf(\"%%zu\\n\", sizeof(struct r%d));\n", i);
  fprintf(out, "}\n");
  fclose(out);

  FILE *in = run(path);
  int smaller = 0;
  for (int i = 0; i < RECORDS; i++) {
    unsigned long long size;
    assert_int_equal(fscanf(in, "%llu", &size), 1);
    assert_int_equal(size, made[i].layout.best_size);
    assert_true(size <= made[i].record.size);
    smaller += size < made[i].record.size;
    if (made[i].kinds[made[i].n - 1] == FLEXIBLE)
      assert_int_equal(made[i].layout.order[made[i].n - 1], made[i].n - 1);
  }
  assert_int_equal(pclose(in), 0);
  assert_true(smaller > RECORDS / 4);
  discard(path);
  free(made);
  hp_arena_free(arena);
}

/* Any fields may be wanted first: the order that results is as large as foretold, and they are. */
static void wanted_fields_come_first(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  Made *made = hp_calloc(RECORDS, sizeof *made);
  for (int i = 0; i < RECORDS; i++) {
    made[i].n = 1 + next_random() % MAX_FIELDS;
    for (uint32_t f = 0; f < made[i].n; f++)
      made[i].kinds[f] = next_random() % NKINDS;
  }
  learn(made);
  char path[] = "/tmp/layout_test_XXXXXX.c";
  FILE *out = create(path);
  uint64_t sizes[RECORDS];
  for (int i = 0; i < RECORDS; i++) {
    Made *m = &made[i];
    bool first[MAX_FIELDS] = {false};
    uint64_t offsets[MAX_FIELDS];
    for (uint32_t f = 0; f < m->n; f++)
      first[f] = next_random() % 3 == 0;
    uint32_t *order = pg_order_with_first(&m->unit, &m->record, first, arena);
    order_is_permutation(m, order);
    sizes[i] = pg_lay_out(&m->unit, &m->record, order, offsets);
    bool rest = false; /* a field that is not wanted was met; runs of bit-fields move as one */
    for (uint32_t k = 0; k < m->n; k++) {
      bool bits = kinds[m->kinds[order[k]]].width;
      assert_false(rest && first[order[k]] && !bits);
      rest |= !first[order[k]] && !bits;
      if (k && !bits && !kinds[m->kinds[order[k - 1]]].width)
        assert_true(offsets[order[k]] > offsets[order[k - 1]]);
    }
    declare(out, m, order, "h", i);
  }
  fprintf(out, "int main(void) {\n");
  for (int i = 0; i < RECORDS; i++)
    fprintf(out, "  printf(\"%%zu\\n\", sizeof(struct h%d));\n", i);
  fprintf(out, "}\n");
  fclose(out);
  FILE *in = run(path);
  for (int i = 0; i < RECORDS; i++) {
    unsigned long long size;
    assert_int_equal(fscanf(in, "%llu", &size), 1);
    assert_int_equal(size, sizes[i]);
  }
  assert_int_equal(pclose(in), 0);
  discard(path);
  free(made);
  hp_arena_free(arena);
}

/* ---- small cases ----------------------------------------------------------------------------- */

enum { CHAR = 0, SHORT = 2, INT = 4, LONG = 6 };

static PgLayout layout_of(HpArena *arena, IrRecord record, const uint32_t (*fields)[2]) {
  IrField *f = HP_NEW(arena, IrField, record.nfields);
  IrUnit unit = {.types = types, .fields = f};
  for (uint32_t i = 0; i < record.nfields; i++)
    f[i] = (IrField){.type = fields[i][0],
                     .offset_bits = fields[i][1] * 8,
                     .width_bits = (uint32_t)types[fields[i][0]].size * 8};
  return pg_best_layout(&unit, &record, arena);
}

static void holes_and_padding(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  PgLayout l = layout_of(arena, (IrRecord){.size = 24, .align = 8, .nfields = 3},
                         (const uint32_t[][2]){{CHAR, 0}, {LONG, 8}, {SHORT, 16}});
  assert_int_equal(l.size, 24);
  assert_int_equal(l.holes, 7);
  assert_int_equal(l.padding, 6);
  assert_int_equal(l.best_size, 16);
  assert_int_equal(l.order[0], 1);
  assert_int_equal(l.order[1], 2);
  assert_int_equal(l.order[2], 0);
  hp_arena_free(arena);
}

/* Where no order is smaller the declared one stays, also if it is not sorted. */
static void best_already(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  PgLayout l = layout_of(arena, (IrRecord){.size = 16, .align = 8, .nfields = 3},
                         (const uint32_t[][2]){{INT, 0}, {INT, 4}, {LONG, 8}});
  assert_int_equal(l.best_size, 16);
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(l.order[i], i);
  assert_int_equal(l.holes + l.padding, 0);
  hp_arena_free(arena);
}

/* A record aligned to a line keeps that: its size stays a multiple of the line. */
static void record_alignment_is_kept(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  PgLayout l =
      layout_of(arena, (IrRecord){.size = 64, .align = 64, .nfields = 3, .flags = IR_REC_ALIGNED},
                (const uint32_t[][2]){{CHAR, 0}, {LONG, 8}, {CHAR, 16}});
  assert_int_equal(l.best_size, 64);
  assert_int_equal(l.padding, 47);
  hp_arena_free(arena);
}

static void stays_as_it_is(HpArena *arena, IrRecord record, const uint32_t (*fields)[2]) {
  PgLayout l = layout_of(arena, record, fields);
  assert_int_equal(l.best_size, record.size);
  for (uint32_t i = 0; i < record.nfields; i++)
    assert_int_equal(l.order[i], i);
}

static void rules_not_known(void **state) {
  (void)state;
  make_types();
  HpArena *arena = hp_arena_new();
  /* packed */
  stays_as_it_is(arena, (IrRecord){.size = 11, .align = 1, .nfields = 3, .flags = IR_REC_PACKED},
                 (const uint32_t[][2]){{CHAR, 0}, {LONG, 1}, {SHORT, 9}});
  /* #pragma pack(4) */
  stays_as_it_is(arena, (IrRecord){.size = 16, .align = 4, .nfields = 3},
                 (const uint32_t[][2]){{CHAR, 0}, {LONG, 4}, {SHORT, 12}});
  /* a field with an alignment of its own */
  stays_as_it_is(arena, (IrRecord){.size = 64, .align = 32, .nfields = 3, .flags = IR_REC_ALIGNED},
                 (const uint32_t[][2]){{CHAR, 0}, {CHAR, 32}, {LONG, 40}});
  /* a union */
  stays_as_it_is(arena, (IrRecord){.size = 8, .align = 8, .nfields = 2, .flags = IR_REC_UNION},
                 (const uint32_t[][2]){{CHAR, 0}, {LONG, 0}});
  hp_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_as_compiled),        cmocka_unit_test(wanted_fields_come_first),
      cmocka_unit_test(holes_and_padding),        cmocka_unit_test(best_already),
      cmocka_unit_test(record_alignment_is_kept), cmocka_unit_test(rules_not_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
