#!/usr/bin/env python3
"""Bad input gets one clear line, exit status 2, and the rest of the results."""
import json
import unittest

from common import LIST_C, Case


class BadInput(Case):
    def test_missing_file(self):
        self.fails("nosuch.c", says="nosuch.c")

    def test_folder_without_c(self):
        self.write("doc/readme.txt", "no C here")
        self.fails("doc", says="(?i)no C")

    def test_unknown_option_names_the_nearest(self):
        self.fails("--formt", "json", says="--format")

    def test_unknown_rule_names_the_nearest(self):
        self.write("a.c", LIST_C)
        self.fails("--select", "HP999", "a.c", says="HP999.*did you mean")
        self.fails("--explain", "linked-travesal", says="linked-traversal|HP101")

    def test_bad_values(self):
        self.write("a.c", LIST_C)
        self.fails("--format", "xml", "a.c", says="text or json")
        self.fails("--machine", "mine", "a.c", says="portable or native")
        self.fails("--limit", "many", "a.c", says="number")
        self.fails("--fail-on", "never", "a.c", says="high, medium or low")
        self.fails("--limit", says="wants a value")

    def test_broken_compile_database(self):
        self.write("a.c", LIST_C)
        self.write("compile_commands.json", '[{"file": "a.c",\n "directory": }]')
        self.fails("a.c", says=r"compile_commands.json:2")

    def test_compile_database_of_another_shape(self):
        self.write("a.c", LIST_C)
        self.write("compile_commands.json", '{"file": "a.c"}')
        self.fails("a.c", says="compile_commands.json")

    def test_no_compile_database_where_one_was_named(self):
        self.write("a.c", LIST_C)
        self.fails("-p", "nowhere", "a.c", says="nowhere")

    def test_a_file_that_does_not_parse_loses_only_itself(self):
        self.write("good.c", LIST_C)
        self.write("bad.c", "int f( { ] return;;; }}} struct\n")
        found = self.findings(".")
        self.assertIn("HP101", [f["rule"] for f in found["findings"]])
        self.assertTrue(found["run"]["failures"])
        self.assertIn("bad.c", json.dumps(found["run"]["failures"]))

    def test_missing_header_is_said_with_a_way_out(self):
        self.write("a.c", '#include "generated_config.h"\n' + LIST_C)
        done = self.run_hplint("a.c")
        self.assertIn("generated_config.h", done.out)
        self.assertRegex(done.out, "build")

    def test_cpp_unit_is_skipped_and_said_once(self):
        self.write("a.c", LIST_C)
        self.write("b.cpp", "class X {};")
        self.write("c.cpp", "class Y {};")
        here = str(self.dir)
        self.write("compile_commands.json", json.dumps(
            [{"file": f, "directory": here, "arguments": ["cc", "-c", f]}
             for f in ("a.c", "b.cpp", "c.cpp")]))
        done = self.run_hplint(".")
        self.assertEqual(done.out.count("C++"), 1, done.out)
        self.assertIn("HP101", done.out)

    def test_profile_that_is_no_profile(self):
        self.write("a.c", LIST_C)
        self.fails("profile", "import", "a.c", says="a.c")
        self.fails("profile", "import", "nosuch.data", says="nosuch.data")
        self.write("empty.data", "")
        self.fails("profile", "import", "empty.data", says="empty.data")

    def test_profile_verbs(self):
        self.fails("profile", "imprt", "x", says="did you mean import")
        self.fails("profile", "show", says="(?i)no|missing")

    def test_database_that_is_none(self):
        self.write("a.c", LIST_C)
        self.write(".hplint/hplint.db", b"this is no database" * 100)
        self.fails("a.c", says="hplint.db")
        self.fails("db", says="hplint.db")

    def test_config_with_a_typo(self):
        self.write("a.c", LIST_C)
        self.write(".hplint.yaml", "selct: [HP101]\n")
        self.fails("a.c", says=r"\.hplint\.yaml:1.*select")

    def test_dis_of_a_function_that_is_not_there(self):
        self.write("a.c", LIST_C)
        self.fails("dis", "a.c:summ", says="did you mean sum")

    def test_query_that_would_write(self):
        self.write("a.c", LIST_C)
        self.run_hplint("a.c", "--exit-zero", status=0)
        self.fails("db", "DELETE FROM finding", says="(?i)read")
        self.fails("db", "SELEC 1", says="(?i)syntax")


if __name__ == "__main__":
    unittest.main()
