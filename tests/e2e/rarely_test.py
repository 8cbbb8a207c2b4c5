#!/usr/bin/env python3
"""What is listed without a profile: not what runs rarely for what it is there for, and each cause once."""
import json
import unittest

from common import Case

HEAD = "#include <stdlib.h>\n#include <string.h>\nvoid use(char *);\n"


def churn(name, static=False, nest=2):
    """A function with an allocation in each iteration: HP201."""
    return (f"{'static ' if static else ''}void {name}(int n, const int *sizes) {{\n" +
            ("  for (int k = 0; k < n; k++)\n" if nest > 1 else "") +
            "  for (int i = 0; i < n; i++) {\n"
            "    char *b = malloc(sizes[i]);\n    use(b);\n    free(b);\n  }\n}\n")


# Enough code to be the product beside small programs.
BULK = "".join(f"long bulk{i}(long a, long b) {{ return a * {i} + b / 3 - (a ^ b) + bulk{i - 1}(b, a); }}\n"
               for i in range(1, 60))
BULK = "long bulk0(long a, long b) { return a * b; }\n" + BULK


class Rarely(Case):
    def listed(self, *args):
        result = self.findings(*args)
        self.all = {f["function"]: f for f in result["findings"]}
        return sorted(f["function"] for f in result["findings"] if f["listed"])

    def why(self, function):
        self.assertFalse(self.all[function]["listed"])
        self.assertTrue(self.all[function]["cold"])
        return self.all[function]["facts"]["runs rarely"]["value"]

    def test_names_tell_what_code_is_for(self):
        self.write("a.c", HEAD + churn("work") + churn("dump_table") + churn("load_config") + churn("helper"))
        self.assertEqual(self.listed("."), ["helper", "work"])
        self.assertEqual(self.why("load_config"), "configuration")
        shown = self.run_hplint("--all", "--no-evidence", "--exit-zero").out
        self.assertIn("runs rarely: configuration", shown)
        self.assertIn("2 more findings not shown", self.run_hplint("--no-evidence", "--exit-zero").out)

    def test_what_only_such_code_calls(self):
        self.write("a.c", HEAD + churn("inner", True) + churn("both", True) +
                   "static void middle(int n, const int *s) { inner(n, s); both(n, s); }\n"
                   "void debug_all(int n, const int *s) { middle(n, s); }\n"
                   "void work(int n, const int *s) { both(n, s); }\n")
        self.assertEqual(self.listed("."), ["both"])
        self.assertEqual(self.why("inner"), "debugging; called from middle")

    def test_recursion_among_such_code(self):
        self.write("a.c", HEAD + churn("leaf", True) +
                   "static void down(int n, const int *s);\n"
                   "static void up(int n, const int *s) { leaf(n, s); if (n) down(n - 1, s); }\n"
                   "static void down(int n, const int *s) { if (n) up(n - 1, s); }\n"
                   "void debug_all(int n, const int *s) { up(n, s); }\n")
        self.assertEqual(self.listed("."), [])
        self.assertIn("debugging", self.why("leaf"))

    def test_a_function_others_may_call_stays(self):
        self.write("a.c", HEAD + churn("exported") +
                   "void debug_all(int n, const int *s) { exported(n, s); }\n")
        self.assertEqual(self.listed("."), ["exported"])

    def test_a_name_does_not_count_in_a_usual_loop(self):
        self.write("a.c", HEAD + churn("apply_config", True) +
                   "void work(int n, const int *s) { for (int i = 0; i < n; i++) apply_config(i, s); }\n")
        self.assertEqual(self.listed("."), ["apply_config"])

    HOOKS = ("typedef struct command { const char *name; void (*set)(int, const int *); "
             "void (*run)(int, const int *); } command;\n"
             "static const command commands[] = {{\"a\", hook, handler}, {\"b\", 0, 0}};\n"
             "void parse_config(int k, int n, const int *s) { if (commands[k].set) commands[k].set(n, s); }\n"
             "void serve(int k, int n, const int *s) { commands[k].run(n, s); }\n")

    def test_hooks_of_configuration_tables(self):
        self.write("a.c", HEAD + churn("hook", True) + churn("handler", True) + self.HOOKS)
        self.assertEqual(self.listed("."), ["handler"])
        self.assertEqual(self.why("hook"), "configuration; called from parse_config")

    def test_a_handler_named_after_configuration(self):
        handler = churn("find_config_phase", True)
        self.write("a.c", HEAD + churn("hook", True) + handler + self.HOOKS.replace("handler", "find_config_phase"))
        self.assertEqual(self.listed("."), ["find_config_phase"])

    def test_hooks_that_call_each_other(self):
        self.write("a.c", HEAD + churn("hook", True) +
                   "typedef struct command { const char *name; void (*set)(int, const int *); } command;\n"
                   "void parse_conf(int k, int n, const int *s);\n"
                   "static void conf_include(int n, const int *s) { for (int i = 0; i < n; i++) parse_conf(i, n, s); }\n"
                   "static const command commands[] = {{\"a\", hook}, {\"include\", conf_include}};\n"
                   "void parse_conf(int k, int n, const int *s) { commands[k].set(n, s); }\n")
        self.assertEqual(self.listed("."), [])

    def test_a_hook_that_is_set_in_code(self):
        self.write("a.c", HEAD + churn("hook", True) + churn("other", True) +
                   "typedef struct parser { void (*handler)(int, const int *); } parser;\n"
                   "typedef struct server { void (*handler)(int, const int *); } server;\n"
                   "void read_block(parser *p, server *v) { p->handler = hook; v->handler = other; }\n"
                   "void parse_config(parser *p, int n, const int *s) { p->handler(n, s); }\n"
                   "void serve(server *v, int n, const int *s) { v->handler(n, s); }\n")
        self.assertEqual(self.listed("."), ["other"])

    def test_programs_beside_the_main_one(self):
        self.write("server.c", HEAD + BULK + churn("work") + "void shared(int, const int *);\n"
                   "int main(int c, char **v) { work(c, (int *)v); shared(c, (int *)v); return bulk59(c, 2); }\n")
        self.write("client.c", HEAD + churn("talk") + "void shared(int, const int *);\n"
                   "int main(int c, char **v) { talk(c, (int *)v); shared(c, (int *)v); }\n")
        self.write("shared.c", HEAD + churn("shared"))
        self.assertEqual(self.listed("."), ["shared", "work"])
        self.assertEqual(self.why("talk"), "only programs beside the main one reach client.c")

    def test_a_stand_in_of_a_client(self):
        self.write("server.c", HEAD + BULK + churn("work") + "void shared(int, const int *);\nvoid complain(void) {}\n"
                   "int serve(int c, char **v) { work(c, (int *)v); shared(c, (int *)v); return bulk59(c, 2); }\n")
        self.write("main.c", "int serve(int, char **);\nint main(int c, char **v) { return serve(c, v); }\n")
        self.write("stub.c", "#include <stdlib.h>\nvoid complain(void) { abort(); }\n")
        self.write("client.c", HEAD + churn("talk") + "void shared(int, const int *);\n"
                   "int main(int c, char **v) { talk(c, (int *)v); shared(c, (int *)v); }\n")
        self.write("shared.c", HEAD + "void complain(void);\n" + churn("shared").replace("use(b)", "complain(), use(b)"))
        self.assertEqual(self.listed("."), ["shared", "work"])

    def test_programs_of_a_size(self):
        for name in ("one", "two", "three"):
            self.write(name + ".c", HEAD + churn(name) +
                       f"int main(int c, char **v) {{ {name}(c, (int *)v); return 0; }}\n")
        self.assertEqual(self.listed("."), ["one", "three", "two"])

    def test_tools_beside_a_library(self):
        self.write("lib1.c", HEAD + BULK + churn("work"))
        self.write("lib2.c", HEAD + BULK.replace("bulk", "more") + churn("more_work"))
        self.write("lib3.c", HEAD + BULK.replace("bulk", "third"))
        self.write("tool.c", HEAD + churn("generate") + "int main(int c, char **v) { generate(c, (int *)v); return 0; }\n")
        self.assertEqual(self.listed("."), ["more_work", "work"])

    MAIN = "int main(int c, char **v) { work(c, (int *)v); run(taken, c, (int *)v); return bulk59(c, 2); }\n"
    RUN = "static void run(void (*f)(int, const int *), int n, const int *s) { f(n, s); }\n"

    def test_what_nothing_in_a_program_calls(self):
        self.write("a.c", HEAD + BULK + churn("inner", True) + churn("work") + churn("taken") + churn("orphan") +
                   "void orphan_of_two(int n, const int *s) { inner(n, s); }\n" + self.RUN + self.MAIN)
        self.assertEqual(self.listed("."), ["taken", "work"])
        self.assertEqual(self.why("orphan"), "nothing in the program calls it")
        self.assertEqual(self.why("inner"), "nothing in the program calls it; called from orphan_of_two")

    def test_what_a_library_with_a_program_exports(self):
        exported = "".join(churn(f"exported{i}") for i in range(5))
        self.write("a.c", HEAD + BULK + churn("work") + churn("taken") + exported + self.RUN + self.MAIN)
        self.assertIn("exported3", self.listed("."))
        self.write("b.c", HEAD + BULK.replace("bulk", "more") + churn("orphan"))
        self.assertIn("orphan", self.listed("."))

    def test_folders_of_tests(self):
        self.write("src/a.c", HEAD + BULK + churn("work"))
        self.write("demo/check.c", HEAD + churn("check"))
        self.assertEqual(self.listed("."), ["work"])
        self.assertEqual(self.why("check"), "examples (demo/check.c)")

    def test_a_tree_that_is_all_tests(self):
        self.write("demo/check.c", HEAD + churn("check"))
        self.assertEqual(self.listed("."), ["check"])

    def test_the_same_after_an_edit_as_anew(self):
        inner = HEAD + churn("inner", True)
        rare = inner + "void debug_all(int n, const int *s) { inner(n, s); }\n"
        often = rare.replace("debug_all", "serve_all")
        for text, expected in ((rare, []), (often, ["inner"]), (rare, [])):
            self.write("a.c", text)
            self.assertEqual(self.listed("."), expected)
            self.assertEqual(self.listed("."), expected)
            self.assertEqual(self.listed(".", "--no-store"), expected)

    def test_one_line_compiled_several_times(self):
        self.write("body.h", churn("NAME").replace("sizes[i]", "sizes[i] * sizeof(TYPE)"))
        self.write("a.c", HEAD + "".join(f"#define NAME {n}\n#define TYPE {t}\n#include \"body.h\"\n#undef NAME\n#undef TYPE\n"
                                         for n, t in (("f", "float"), ("d", "double"), ("g", "long"))))
        out = self.run_hplint("--no-evidence", "--exit-zero").out
        self.assertEqual(out.count("[HP201"), 1, out)
        self.assertIn("also: the line is compiled 3 times", out)
        self.assertEqual(len(self.findings(".")["findings"]), 3)

    def test_one_cause_in_many_loops(self):
        self.write("a.c", HEAD +
                   "static int match(const char *s, int n) {\n  char *b = malloc(n);\n  int i;\n"
                   "  for (i = 0; i < n; i++) b[i] = s[n - i];\n  use(b);\n  i = b[0];\n  free(b);\n  return i;\n}\n" +
                   "".join(f"int {f}(char **s, int n, const int *l) {{\n  int t = 0;\n"
                           f"  for (int i = 0; i < n; i++)\n    t += match(s[i], l[i]);\n  return t;\n}}\n"
                           for f in ("first", "second", "third")))
        out = self.run_hplint("a.c", "--no-evidence", "--exit-zero", "--select", "HP202").out
        self.assertEqual(out.count("[HP202"), 1, out)
        self.assertRegex(out, r"also: the same in \w+ \(line \d+\), \w+ \(line \d+\)")

    def test_one_command_of_many(self):
        names = [f"command{i}" for i in range(12)]
        self.write("a.c", "#include <stdio.h>\n" + HEAD + BULK +
                   "".join(f"static long *list{k};\nstatic int count{k};\nstatic void add{k}(long x) {{\n"
                           f"  list{k} = realloc(list{k}, sizeof(long) * (count{k} + 1));\n"
                           f"  if (!list{k})\n    abort();\n  list{k}[count{k}++] = x;\n}}\n" for k in (1, 2)) +
                   "void run(FILE *in) {\n  char line[100];\n  while (fgets(line, sizeof line, in)) {\n    add1(line[0]);\n    " +
                   " else ".join(f'if (!strcmp(line, "{n}\\n"))\n      use(line + {i});\n   ' for i, n in enumerate(names)) +
                   ' else if (!strcmp(line, "add\\n"))\n      add2(line[1]);\n  }\n}\n' + churn("work"))
        self.assertEqual(self.listed("."), ["add1", "work"])

    def test_records_of_one_name_in_several_programs(self):
        record = ("#include <stdlib.h>\nvoid use(char *);\nstruct item {{ char on; long {0}; char last; }};\n"
                  "long walk_{0}(struct item *all, int n) {{\n  long sum = 0;\n  for (int i = 0; i < n; i++)\n"
                  "    sum += all[i].on + all[i].{0} * 3;\n  return sum;\n}}\n"
                  "struct item *make_{0}(void) {{ return calloc(5000, sizeof(struct item)); }}\n")
        self.write("a.c", record.format("number") + BULK + churn("work"))
        self.write("bench/b.c", record.format("other"))
        found = [f for f in self.findings(".")["findings"] if f["record"] == "struct item"]
        cold = {f["file"]: f["cold"] for f in found}
        self.assertEqual(cold, {"a.c": False, "bench/b.c": True})

    def test_a_small_program_is_no_library(self):
        self.write("main.c", HEAD + churn("work") + "int main(int c, char **v) { work(c, (int *)v); return 0; }\n")
        for i in range(30):
            self.write(f"unit{i}.c", f"int f{i}(int x) {{ return x + {i}; }}\n")
        self.assertEqual(self.listed("."), ["work"])

    def test_one_function_that_allocates(self):
        self.write("a.c", HEAD +
                   "struct walk { const char **at, **end; };\n"
                   "char *next(struct walk *w) {\n  if (w->at == w->end) return 0;\n  char *b = malloc(strlen(*w->at) + 1);\n"
                   "  if (b) strcpy(b, *w->at++);\n  return b;\n}\n"
                   "char *some(int n) {\n  char *b = malloc(n * 2 + 1);\n  if (b) b[0] = 0;\n  return b;\n}\n"
                   "void own(struct walk *w, struct walk *v) {\n  char *s;\n  while ((s = next(w))) { use(s); free(s); }\n"
                   "  while ((s = next(v))) { use(s); use(s); free(s); }\n}\n"
                   "void others(struct walk *w) {\n  char *s;\n  while ((s = next(w))) { use(s); free(s); }\n}\n"
                   "void direct(int n, const int *l) {\n"
                   "  for (int i = 0; i < n; i++) { char *s = malloc(l[i]); use(s); free(s); }\n"
                   "  for (int i = 0; i < n; i++) { char *s = malloc(l[i] + 1); use(s); free(s); }\n}\n"
                   "void asked(int n, const int *l) {\n"
                   "  for (int i = 0; i < n; i++) { char *s = some(l[i]); use(s); free(s); }\n"
                   "  for (int i = 0; i < n; i++) { char *s = some(l[i] + 1); use(s); free(s); }\n}\n")
        out = self.run_hplint("a.c", "--no-evidence", "--exit-zero", "--select", "HP201").out
        self.assertEqual(out.count("[HP201"), 5, out)
        self.assertRegex(out, r"also: the same at line \d+, in others \(line \d+\)\n")
        self.assertEqual(out.count("also:"), 1, out)
        found = json.loads(self.run_hplint("a.c", "--no-evidence", "--exit-zero", "--select", "HP201",
                                           "--format", "json").out)
        entries = [f for f in found["findings"] if f["listed"] and not f["folded_into"]]
        self.assertEqual(found["summary"]["listed"], 5)
        self.assertEqual(sum(found["summary"]["listed_by_severity"].values()), 5)
        self.assertEqual(len(entries), 5)
        folded = [f for f in found["findings"] if f["folded_into"]]
        self.assertEqual([f["function"] for f in folded].count("others"), 1)
        head = {f["fingerprint"]: f for f in entries}[folded[0]["folded_into"]]
        self.assertIn("with next", head["message"])
        self.assertEqual({f["folded_into"] for f in folded}, {head["fingerprint"]})

    def test_one_layout(self):
        walk = ("long {0}(struct {1} *n) {{\n  long sum = 0;\n  for (; n; n = n->next) sum += n->size;\n"
                "  return sum;\n}}\n")
        record = "struct {0} {{ struct {0} *next; long size; char name[48]; }};\n"
        self.write("a.c", record.format("part") + record.format("whole") + walk.format("one", "part") +
                   walk.format("two", "part") + walk.format("three", "whole"))
        found = self.run_hplint("a.c", "--no-evidence", "--exit-zero", "--select", "HP101").out
        self.assertEqual(found.count("[HP101"), 2, found)
        self.assertEqual(found.count("also: the same in two (line 10)"), 1, found)

    # A library of enough code that what it does not show is not taken to be elsewhere.
    LIBRARY = HEAD + BULK + BULK.replace("bulk", "more") + BULK.replace("bulk", "third")

    def test_a_piece_of_a_file(self):
        def grow(name, end):
            return (f"char *{name}(FILE *in) {{\n  char *b = NULL;\n  size_t n = 0;\n  int c;\n"
                    "  while ((c = fgetc(in)) != EOF) {\n" + end +
                    "    b = realloc(b, n + 2);\n    if (!b)\n      abort();\n"
                    "    b[n++] = (char)c;\n  }\n  return b;\n}\n")
        self.write("a.c", "#include <stdio.h>\n" + self.LIBRARY +
                   grow("word", "    if (c == '\\0')\n      break;\n") + grow("whole", "") + churn("work"))
        self.assertEqual(self.listed("."), ["whole", "work"])

    def low(self, function):
        self.assertFalse(self.all[function]["listed"])
        self.assertFalse(self.all[function]["cold"])
        return self.all[function]["facts"]["low"]["value"]

    def test_one_loop_is_no_evidence(self):
        single = churn("single", nest=1)
        self.write("a.c", self.LIBRARY + single + churn("nest"))
        self.assertEqual(self.listed("."), ["nest"])
        self.assertIn("nothing in the text shows", self.low("single"))
        self.write("a.c", HEAD + single)  # a part of a program
        self.assertEqual(self.listed("."), ["single"])

    def test_loops_of_callers_are_evidence(self):
        loop = "  for (int i = 0; i < {}; i++) {{\n    {}\n  }}\n"
        others = "".join(f"case {i}: use(0); break; " for i in range(2, 9))
        bodies = (("n", "often(n, s);"), (4, "few(n, s);"), ("n", "if (s[i] > 7) chosen(n, s);"),
                  ("n", f"switch (s[i]) {{ case 1: seldom(n, s); break; {others} }}"))
        self.write("a.c", self.LIBRARY + "".join(churn(f, True, 1) for f in ("often", "few", "seldom", "chosen")) +
                   "void work(int n, const int *s) {\n" + "".join(loop.format(*b) for b in bodies) + "}\n")
        self.assertEqual(self.listed("."), ["chosen", "often"])

    def test_loops_of_callers_that_read(self):
        self.write("a.c", "#include <stdio.h>\n#include <unistd.h>\n" + self.LIBRARY + churn("line", True, 1) +
                   churn("event", True, 1) +
                   "void work(FILE *f, int n, const int *s) {\n  char b[100];\n"
                   "  while (fgets(b, 100, f))\n    line(n, s);\n  while (n--) {\n    sleep(1);\n    event(n, s);\n  }\n}\n")
        self.assertEqual(self.listed("."), ["line"])

    def test_loops_of_callers_further_up(self):
        self.write("a.c", self.LIBRARY + churn("inner", True, 1) +
                   "static void middle(int n, const int *s) { inner(n, s); }\n"
                   "void work(int n, const int *s) { for (int i = 0; i < n; i++) middle(n, s); }\n")
        self.assertEqual(self.listed("."), ["inner"])

    def test_what_many_call_is_evidence(self):
        user = "int user{0}(int n, const int *s) {{ if (n > {0}) {1}(n, s); return n; }}\n"
        self.write("a.c", self.LIBRARY + churn("helper", False, 1) + churn("step", False, 1) + churn("api", False, 1) +
                   "".join(user.format(i, "helper") for i in range(3)) +
                   "".join(user.format(i, "step") for i in range(4, 6)) +
                   "".join(f"void wrap{i}(int n, const int *s) {{ api(n, s); }}\n" for i in range(3)))
        self.assertEqual(self.listed("."), ["helper"])

    def test_loops_that_pay_for_one_function(self):
        copy = ("static char *{0}(const char *s) {{\n  char *b = malloc(strlen(s) + 1);\n  if (b) strcpy(b, s);\n"
                "  return b;\n}}\n")
        user = ("void {0}(int n, char **s) {{\n{2}  for (int i = 0; i < n; i++) {{\n"
                "    char *b = {1}(s[i]);\n    use(b);\n    free(b);\n{3}  }}\n}}\n")
        much = ("    for (int k = 0; k < n; k++)\n      for (int j = 0; j < n; j++)\n"
                "        for (int l = 0; l < n; l++)\n          s[j][k] ^= s[k][l] + s[l][j];\n")
        nest = "  for (int k = 0; k < n; k++)\n"
        loops = [("one", "nested", "", ""), ("two", "nested", nest, ""), ("three", "two_users", "", ""),
                 ("four", "two_users", "", ""), ("five", "three_users", "", ""), ("six", "three_users", "", ""),
                 ("seven", "three_users", "", much)]
        self.write("a.c", self.LIBRARY + "".join(copy.format(f) for f in ("nested", "two_users", "three_users")) +
                   "".join(user.format(*loop) for loop in loops))
        self.assertEqual(self.listed("--select", "HP201", "."), ["five", "one", "six", "two"])
        self.assertIn("nothing in the text shows", self.low("three"))

    def test_data_that_are_seen_to_be_large(self):
        thousand = churn("thousand", False, 1).replace("i < n", "i < 1000")
        self.write("a.c", self.LIBRARY + thousand + thousand.replace("1000", "60").replace("thousand", "sixty"))
        self.assertEqual(self.listed("."), ["thousand"])

    def test_start_up_in_a_library(self):
        table = "typedef struct kind { void (*init)(int, const int *); } kind;\nkind kinds[] = {{hooked_init}};\n"
        self.write("a.c", self.LIBRARY + churn("tables", True) + churn("looped_init") + churn("hooked_init") + table +
                   "void stream_init(int n, const int *s) { tables(n, s); }\n"
                   "void work(int n, const int *s) { for (int i = 0; i < n; i++) looped_init(n, s); }\n")
        self.assertEqual(self.listed("."), ["hooked_init", "looped_init"])
        self.assertEqual(self.why("tables"), "start-up; called from stream_init")

    def test_records_of_one_loop(self):
        record = ("struct {0} {{ char on; long number; char last; }};\n"
                  "long walk_{0}(struct {0} *all, int n) {{\n  long sum = 0;\n{1}  for (int i = 0; i < n; i++)\n"
                  "    sum += all[i].on + all[i].number * 3;\n  return sum;\n}}\n"
                  "struct {0} *make_{0}(void) {{ return calloc(5000, sizeof(struct {0})); }}\n")
        self.write("a.c", self.LIBRARY + record.format("single", "") +
                   record.format("nested", "  for (int k = 0; k < n; k++)\n"))
        found = {f["record"]: f["listed"] for f in self.findings(".")["findings"] if f["rule"] == "HP104"}
        self.assertEqual(found, {"struct single": False, "struct nested": True})


if __name__ == "__main__":
    unittest.main()
