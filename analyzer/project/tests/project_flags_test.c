/* The allowlist, and the words of commands. */
#include "tree.h"

/* ---- splitting ------------------------------------------------------------------------------ */

static void check_split(const char *text, WordStyle style, const char *want) {
  Words words = {0};
  words_split(text, style, &words);
  HpBuf got = {0};
  for (uint32_t i = 0; i < words.count; i++)
    hp_buf_addf(&got, "[%s]", words.items[i]);
  assert_string_equal(hp_buf_text(&got), want);
  hp_buf_free(&got);
  words_free(&words);
}

static void shell_quoting(void **state) {
  (void)state;
  static const struct {
    const char *text, *want;
  } table[] = {
      {"", ""},
      {"  \t\n ", ""},
      {"cc -c  a.c", "[cc][-c][a.c]"},
      {"a\\ b c", "[a b][c]"},
      {"'a b' c", "[a b][c]"},
      {"'a\\b'", "[a\\b]"},
      {"\"a b\"", "[a b]"},
      {"\"a\\\"b\\$c\\`d\\\\e\"", "[a\"b$c`d\\e]"},
      {"\"a\\nb\"", "[a\\nb]"}, /* other backslashes stay */
      {"-DX='\"it\"'", "[-DX=\"it\"]"},
      {"-DX=\\\"it\\\"", "[-DX=\"it\"]"},
      {"'it'\\''s'", "[it's]"},
      {"a''b \"\" ''", "[ab][][]"},
      {"a\\\nb", "[ab]"}, /* a continued line */
      {"'open quote", "[open quote]"},
      {"trailing\\", "[trailing\\]"},
      {"$(rm -rf x) `y` $HOME *", "[$(rm][-rf][x)][`y`][$HOME][*]"}, /* nothing is expanded */
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    check_split(table[i].text, WORDS_SHELL, table[i].want);
}

static void response_quoting(void **state) {
  (void)state;
  check_split("-DA=1\n-I'x y' \"p q\"\r\n", WORDS_RESPONSE, "[-DA=1][-Ix y][p q]");
  check_split("'it\\'s' a\\ b \"c\\nd\"", WORDS_RESPONSE, "[it's][a b][cnd]");
}

/* ---- the allowlist -------------------------------------------------------------------------- */

/* Flags that are left of a command; "skipped: WHY" when it has no C. */
static const char *left_of(Project *p, const char *command, ProjectUnit *unit) {
  static char text[8192];
  Words words = {0};
  words_split(command, WORDS_SHELL, &words);
  const char *why = NULL;
  if (flags_from_command(p, *tree ? tree : "/src", NULL, words.items, words.count, unit, &why))
    snprintf(text, sizeof text, "%s", unit_flags(unit));
  else
    snprintf(text, sizeof text, "skipped: %s", why);
  words_free(&words);
  return text;
}

typedef struct Case {
  const char *command, *want;
} Case;

static void check_cases(const Case *cases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    ProjectUnit unit;
    const char *got = left_of(NULL, cases[i].command, &unit);
    if (strcmp(got, cases[i].want))
      fail_msg("%s\n  gives %s\n  not   %s", cases[i].command, got, cases[i].want);
    unit_free(&unit);
  }
}

static void allowed_flags(void **state) {
  (void)state;
  static const Case cases[] = {
      {"cc -c a.c -o a.o", ""},
      {"cc -std=gnu99 -ansi -c a.c", "-std=gnu99 -ansi"},
      {"cc -std=gnu23 -c a.c", "-std=gnu2x"},
      {"cc -std=c++17 -c a.c", ""},
      {"cc -DA -D B=1 -UC -U D -c a.c", "-DA -DB=1 -UC -UD"},
      {"cc -Ix -I y -isystem z -isystemw -iquote q -idirafter r a.c",
       "-Ix -Iy -isystem z -isystem w -iquote q -idirafter r"},
      {"cc -include pre.h -imacros m.h --sysroot=/s -isysroot /t -nostdinc a.c",
       "-include pre.h -imacros m.h --sysroot=/s -isysroot /t -nostdinc"},
      {"gcc -m32 -march=native -mtune=generic -mavx2 -mno-sse4.1 a.c",
       "-m32 -march=native -mtune=generic -mavx2 -mno-sse4.1"},
      {"cc -O0 -O2 -Ofast -Owrong a.c", "-O0 -O2 -Ofast"},
      {"cc -fshort-enums -fpack-struct=1 -funsigned-char -fno-strict-aliasing -fwrapv -ffast-math "
       "-fno-builtin -fno-builtin-malloc -ffreestanding -fms-extensions -fopenmp -pthread a.c",
       "-fshort-enums -fpack-struct=1 -funsigned-char -fno-strict-aliasing -fwrapv -ffast-math "
       "-fno-builtin -fno-builtin-malloc -ffreestanding -fms-extensions -fopenmp -pthread"},
      {"cc -Wall -Wno-x -w -g3 -ggdb -pipe -Wl,-z,now -lm -L/x -static a.c", ""},
      {"cc -fconserve-stack -fipa-pta -fno-allow-store-data-races -mpreferred-stack-boundary=3 "
       "-mindirect-branch=thunk-extern -fzero-call-used-regs=used-gpr -fmade-up -mmade-up a.c",
       ""},
      {"cc -Wp,-MD,a.d,-D_FORTIFY_SOURCE=2 -Wp,-DX a.c", "-D_FORTIFY_SOURCE=2 -DX"},
      {"cc -Xclang -include -Xclang cmake_pch.h -Xclang -include-pch -Xclang a.pch -c a.c",
       "-include cmake_pch.h"},
      {"cc -DX -- a.c", "-DX"},
      {"cc -x c -DX a.inc", "-DX -xc"},
      {"cc -DX a.i", "-DX"},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
}

/* Each of these runs code, writes a file or smuggles a flag if it reaches a compiler. */
static void hostile_flags(void **state) {
  (void)state;
  static const Case cases[] = {
      {"cc -fplugin=evil.so -fplugin-arg-evil-x=1 -DX a.c", "-DX"},
      {"cc -fpass-plugin=evil.so a.c", ""},
      {"cc -Xclang -load -Xclang evil.so -Xclang -add-plugin -Xclang evil a.c", ""},
      {"cc -Xclang -plugin-arg-evil -Xclang x a.c", ""},
      {"cc -mllvm -load=evil.so -mllvm=-load=evil.so a.c", ""},
      {"cc -B /evil -B/evil -specs=evil --specs=evil -specs evil -wrapper evil,--args a.c", ""},
      {"cc --config=evil.cfg --config evil.cfg --config-user-dir=. a.c", ""},
      {"cc -ivfsoverlay evil.yaml -fprebuilt-module-path=evil a.c", ""},
      {"cc -MD -MMD -MF out -MFout -MT t -MQ q -MJ j -M -MM -Wp,-MMD,out a.c", ""},
      {"cc -o out -oout --output=out -save-temps -save-temps=obj --save-temps a.c", ""},
      {"cc -fdump-tree-all -ftime-trace=out -fsave-optimization-record=yaml -aux-info out a.c", ""},
      {"cc -fmodules -fmodules-cache-path=out -serialize-diagnostics out -dumpdir out a.c", ""},
      {"cc -foptimization-record-file=out -fcrash-diagnostics-dir=out -fstack-usage a.c", ""},
      {"cc -fprofile-generate=out -fprofile-use=in -fcoverage-mapping --coverage -pg a.c", ""},
      /* an empty value would let the next argument become the value, and shift the rest */
      {"cc -D '' -include -fplugin=evil.so a.c", ""},
      {"cc -I '' -isystem -fplugin=evil.so a.c", ""},
      {"cc -include '' -DX a.c", "-DX"},
      /* a driver would read the file named by @ */
      {"cc -isystem @evil.rsp -include @evil.rsp a.c", ""},
      {"cc a.c -D", ""},
      {"cc a.c -include", ""},
      {"cc a.c -isystem", ""},
      {"cc -include /dev/stdin -imacros /dev/zero a.c", ""},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
}

static void other_inputs(void **state) {
  (void)state;
  static const Case cases[] = {
      {"c++ -c a.cpp", "skipped: C++"},
      {"g++ -c a.c", "skipped: C++"},
      {"x86_64-linux-gnu-g++-12 -c a.c", "skipped: C++"},
      {"clang++ -x c -c a.c", ""},
      {"cc -x c++ -c a.c", "skipped: C++"},
      {"cc -c a.S", "skipped: assembler"},
      {"cc -x assembler-with-cpp -c a.c", "skipped: assembler"},
      {"clang -c a.m", "skipped: Objective-C"},
      {"gfortran -c a.f90", "skipped: Fortran"},
      {"cc a.o b.o -lm -o prog", "skipped: no C file"},
      {"cc", "skipped: no C file"},
      {"", "skipped: no C file"},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
}

static void wrappers_and_targets(void **state) {
  (void)state;
  static const Case cases[] = {
      {"ccache gcc -DX -c a.c", "-DX"},
      {"/usr/bin/ccache /usr/bin/distcc gcc-12 -DX -c a.c", "-DX"},
      {"ccache -DX -c a.c", "-DX"},
      {"env CC=x ccache gcc -DX a.c", "-DX"},
      {"/bin/sh ../libtool --tag=CC --mode=compile gcc -DX -c a.c -o a.lo", "-DX"},
      {"aarch64-linux-gnu-gcc-12 -DX a.c", "--target=aarch64-linux-gnu -DX"},
      {"ccache /opt/bin/arm-none-eabi-gcc a.c", "--target=arm-none-eabi"},
      {"my-own-gcc -DX a.c", "-DX"},
      {"clang -target armv7-linux a.c", "--target=armv7-linux"},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
}

static void cc1_lines(void **state) {
  (void)state;
  static const Case cases[] = {
      {"clang -cc1 -triple x86_64-pc-linux-gnu -emit-obj -disable-free -main-file-name a.c "
       "-mrelocation-model pic -pic-level 2 -target-cpu haswell -target-feature +avx2 "
       "-target-feature -sse4a -target-feature +madeup -resource-dir /r -I inc -D X=1 -O2 "
       "-internal-isystem /usr/include -fdebug-compilation-dir=/src -o a.o -x c a.c",
       "--target=x86_64-pc-linux-gnu -march=haswell -mavx2 -mno-sse4a -Iinc -DX=1 -O2"},
      {"clang -cc1 -triple aarch64-linux-gnu -target-cpu cortex-a53 -load evil.so -x c a.c",
       "--target=aarch64-linux-gnu -mcpu=cortex-a53"},
  };
  check_cases(cases, sizeof cases / sizeof *cases);
}

static void what_the_flags_say(void **state) {
  (void)state;
  static const struct {
    const char *command;
    bool optimised, instrumented;
  } table[] = {
      {"cc a.c", false, false},
      {"cc -O a.c", true, false},
      {"cc -O0 a.c", false, false},
      {"cc -O3 -O0 a.c", false, false},
      {"cc -O0 -Os a.c", true, false},
      {"cc -fsanitize=address a.c", false, true},
      {"cc -O2 --coverage a.c", true, true},
      {"cc -O2 -fno-sanitize=all -fprofile-use=x a.c", true, false},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    ProjectUnit unit;
    left_of(NULL, table[i].command, &unit);
    assert_int_equal(unit.optimised, table[i].optimised);
    assert_int_equal(unit.instrumented, table[i].instrumented);
    unit_free(&unit);
  }
}

static void keys_tell_units_apart(void **state) {
  (void)state;
  ProjectUnit a, b, c, d;
  left_of(NULL, "cc -DA -DB a.c", &a);
  left_of(NULL, "gcc -g -DA -Wall -D B -c -o x.o a.c", &b);
  left_of(NULL, "cc -DAB a.c", &c);
  left_of(NULL, "cc -DA -DB b.c", &d);
  assert_true(a.key == b.key);
  assert_true(a.key != c.key && a.key != d.key && c.key != d.key);
  project_add_arg(&a, "-DC");
  assert_true(a.key != b.key);
  assert_string_equal(a.args[a.nargs - 1], "-DC");
  assert_null(a.args[a.nargs]);
  unit_free(&a), unit_free(&b), unit_free(&c), unit_free(&d);
}

static void response_files(void **state) {
  (void)state;
  tree_file("a.rsp", "-DA='1 2' @more.rsp -fplugin=evil.so\n-o out");
  tree_file("more.rsp", "-I inc a.c");
  tree_file("self.rsp", "-DS @self.rsp @self.rsp @self.rsp @self.rsp @self.rsp");
  mkdir("folder.rsp", 0755);
  mkfifo("pipe.rsp", 0644);
  ProjectUnit unit;
  assert_string_equal(left_of(NULL, "cc -c @a.rsp", &unit), "-DA=1 2 -Iinc");
  assert_string_equal(path_name(unit.file), "a.c");
  unit_free(&unit);
  assert_string_equal(left_of(NULL, "cc @gone.rsp @folder.rsp @pipe.rsp @/dev/zero -DX a.c", &unit),
                      "-DX");
  unit_free(&unit);
  left_of(NULL, "cc a.c @self.rsp", &unit); /* ends */
  assert_true(unit.nargs > 0);
  unit_free(&unit);
}

static void dropped_flags_are_said_once(void **state) {
  (void)state;
  Project p = {0};
  ProjectUnit unit;
  for (int i = 0; i < 3; i++) {
    left_of(&p, "cc -fplugin=evil.so -B /evil -save-temps -fmade-up -Wall -MD -o a.o a.c", &unit);
    unit_free(&unit);
  }
  left_of(&p, "cc -fplugin='\033[31m' a.c", &unit);
  unit_free(&unit);
  tally_flush(&p);
  assert_int_equal(p.nnotes, 3);
  assert_says(p.notes[0], "dropped 7 compiler flags that would run code");
  assert_says(p.notes[0], "-B /evil, -fplugin=evil.so, -fplugin=\\x1b[31m");
  assert_says(p.notes[1], "dropped 3 compiler flags that would write files: -save-temps");
  assert_says(p.notes[2], "dropped 3 unknown compiler flags: -fmade-up");
  project_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shell_quoting),
      cmocka_unit_test(response_quoting),
      cmocka_unit_test(allowed_flags),
      cmocka_unit_test(hostile_flags),
      cmocka_unit_test(other_inputs),
      cmocka_unit_test(wrappers_and_targets),
      cmocka_unit_test(cc1_lines),
      cmocka_unit_test(what_the_flags_say),
      cmocka_unit_test(keys_tell_units_apart),
      TREE_TEST(response_files),
      TREE_TEST(dropped_flags_are_said_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
