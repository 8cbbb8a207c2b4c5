#!/usr/bin/env python3
"""The language server and the commit hook with the real analysis."""
import json
import subprocess
import unittest

from common import HPLINT, LIST_C, Case

ALLOC_C = """\
#include <stdlib.h>
void use(char *);
void each(int n, const int *sizes) {
  for (int i = 0; i < n; i++) {
    char *b = malloc(sizes[i]);
    use(b);
    free(b);
  }
}
"""


RECORD_C = """\
#include <stdlib.h>
{}
struct item *make(void) {{
  return calloc(100000, sizeof(struct item));
}}
long sum(const struct item *all, int n) {{
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += all[i].on + all[i].id;
  return sum;
}}
"""


class Client:
    """A minimal client of `hplint lsp`."""

    def __init__(self, case):
        self.process = subprocess.Popen([HPLINT, "lsp"], cwd=case.dir, env=case.env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":", 1)
            if name == b"Content-Length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))

    def diagnostics(self):
        message = self.receive()
        assert message["method"] == "textDocument/publishDiagnostics", message
        return message["params"]["diagnostics"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(timeout=120)


RESOLVES = {"textDocument": {"codeAction": {"resolveSupport": {"properties": ["edit"]}}}}


class LanguageServer(Case):
    def setUp(self):
        super().setUp()
        self.client = Client(self)
        self.client.send(id=1, method="initialize",
                         params={"capabilities": RESOLVES,
                                 "initializationOptions": {"rulePages": "hplint-rule:"}})
        self.capabilities = self.client.receive()["result"]["capabilities"]
        self.client.send(method="initialized", params={})

    def tearDown(self):
        self.client.close()
        super().tearDown()

    def open(self, path, text):
        self.uri = path.as_uri()
        self.client.send(method="textDocument/didOpen", params={"textDocument": {
            "uri": self.uri, "languageId": "c", "version": 1, "text": text}})
        return self.client.diagnostics()

    def change(self, text):
        self.client.send(method="textDocument/didChange", params={
            "textDocument": {"uri": self.uri, "version": 2}, "contentChanges": [{"text": text}]})
        return self.client.diagnostics()

    def test_session(self):
        path = self.write("list.c", LIST_C)
        (found,) = self.open(path, LIST_C)
        self.assertEqual(found["code"], "HP101")
        self.assertEqual(found["source"], "hplint")
        self.assertEqual(found["codeDescription"]["href"], "hplint-rule:HP101.md")
        self.assertEqual(found["range"]["start"], {"line": 4, "character": 2})
        self.assertTrue(found["relatedInformation"])
        # Typed, not saved: the list is gone, an allocation is there.
        (found,) = self.change("/* \U0001f600 */\n" + ALLOC_C)
        self.assertEqual(found["code"], "HP201")
        self.assertEqual(found["range"]["start"]["line"], 5)
        self.assertEqual(found["severity"], 2)
        self.assertEqual(self.change("int broken = ;\n"), [])
        (found,) = self.change(LIST_C)
        self.assertEqual(found["code"], "HP101")
        path.write_text("\n" + LIST_C)
        self.change("\n" + LIST_C)
        self.client.send(method="textDocument/didSave", params={"textDocument": {"uri": self.uri}})
        (found,) = self.client.diagnostics()
        self.assertEqual(found["range"]["start"]["line"], 5)
        self.client.send(method="textDocument/didClose", params={"textDocument": {"uri": self.uri}})
        self.assertEqual(self.client.diagnostics(), [])
        self.client.send(id=2, method="shutdown")
        self.assertIsNone(self.client.receive()["result"])
        self.client.send(method="exit")
        self.assertEqual(self.client.process.wait(timeout=120), 0)

    def test_one_entry_of_the_list_at_each_of_its_lines(self):
        text = ("#include <stdlib.h>\nvoid use(char *);\nstruct walk { int at, end; };\n"
                "static char *next(struct walk *w) {\n  return w->at++ < w->end ? malloc(w->at) : 0;\n}\n" +
                "".join(f"void {name}(struct walk *w) {{\n  char *s;\n  while ((s = next(w))) {{\n"
                        "    use(s);\n    free(s);\n  }\n}\n" for name in ("one", "two")))
        path = self.write("a.c", text)
        shown = self.run_hplint("a.c", "--no-evidence", "--exit-zero").out
        self.assertIn("also: the same in two (line 16)", shown)
        lines = [d["range"]["start"]["line"] for d in self.open(path, text) if d["code"] == "HP201"]
        self.assertEqual(lines, [8, 15])

    # ---- fixes -----------------------------------------------------------------------------------

    def ask(self, method, params):
        self.client.send(id=7, method=method, params=params)
        answer = self.client.receive()
        self.assertEqual(answer["id"], 7, answer)
        return answer

    def actions(self, line, only=None):
        at = {"line": line, "character": 14}
        context = {"diagnostics": [], **({"only": only} if only is not None else {})}
        return self.ask("textDocument/codeAction", {
            "textDocument": {"uri": self.uri}, "range": {"start": at, "end": at},
            "context": context})["result"]

    def edited(self, text, action):
        (uri, edits), = action["edit"]["changes"].items()
        self.assertEqual(uri, self.uri)
        lines = [line.encode("utf-16-le") for line in text.splitlines(keepends=True)]

        def offset(position):
            return sum(map(len, lines[:position["line"]])) + 2 * position["character"]

        whole = b"".join(lines)
        for e in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
            whole = (whole[:offset(e["range"]["start"])] + e["newText"].encode("utf-16-le") +
                     whole[offset(e["range"]["end"]):])
        return whole.decode("utf-16-le")

    def test_a_fix_that_is_not_on_disk(self):
        self.assertEqual(self.capabilities["codeActionProvider"],
                         {"codeActionKinds": ["quickfix"], "resolveProvider": True})
        path = self.write("a.c", "int x;\n")
        self.open(path, "int x;\n")
        text = RECORD_C.format("/* \U0001f600 */ struct item { char on; long id; char last; };")
        (found,) = self.change(text)
        self.assertEqual(self.actions(0), [])
        self.assertEqual(self.actions(1, only=["refactor"]), [])
        (action,) = self.actions(1, only=["quickfix"])
        self.assertEqual([action["kind"], action["diagnostics"]], ["quickfix", [found]])
        self.assertNotIn("edit", action)
        fixed = self.edited(text, self.ask("codeAction/resolve", action)["result"])
        self.assertIn("*/ struct item { long id; char on; char last; };\n", fixed)
        self.assertEqual(self.change(fixed), [])
        late = self.ask("codeAction/resolve", action)
        self.assertEqual(late["error"]["code"], -32801)
        self.assertEqual(path.read_text(), "int x;\n")

    def test_what_hplint_fix_writes(self):
        path = self.write("a.c", ALLOC_C)
        self.open(path, ALLOC_C)
        (action,) = self.actions(4)
        fixed = self.edited(ALLOC_C, self.ask("codeAction/resolve", action)["result"])
        self.run_hplint("fix", "--write", "a.c", status=0)
        self.assertEqual(path.read_text(), fixed)

    def test_a_fix_that_does_not_hold(self):
        text = RECORD_C.format("struct item { char on; long id; char last; };\n"
                               "_Static_assert(sizeof(struct item) == 24, \"as sent\");")
        self.open(self.write("a.c", text), text)
        (action,) = self.actions(1)
        self.client.send(id=7, method="codeAction/resolve", params=action)
        said = self.client.receive()
        self.assertEqual(said["method"], "window/showMessage")
        self.assertIn("not compile", said["params"]["message"])
        self.assertNotIn("edit", self.client.receive()["result"])

    def test_what_no_action_is(self):
        self.assertEqual(self.ask("codeAction/resolve", {"title": "x"})["error"]["code"], -32602)
        self.assertIn("error", self.ask("codeAction/resolve", {"data": {"uri": "file:///none.c"}}))
        self.uri = "file:///none.c"
        self.assertEqual(self.actions(1), [])
        calloc = ALLOC_C.replace("malloc(", "calloc(1, ")
        self.open(self.write("a.c", calloc), calloc)
        self.assertEqual(self.actions(4), [])

    def test_clients_that_do_not_resolve(self):
        other = Client(self)
        other.send(id=1, method="initialize", params={"capabilities": {"textDocument": {
            "codeAction": {"resolveSupport": {"properties": ["command", 3]}}}}})
        self.assertNotIn("codeActionProvider", other.receive()["result"]["capabilities"])
        other.close()

    def test_run_of_the_store_stays(self):
        path = self.write("list.c", LIST_C)
        self.write("alloc.c", ALLOC_C)
        self.findings(".")
        before = self.run_hplint("db", "SELECT run_id, rule FROM ranked", status=0).out
        self.open(path, LIST_C)
        self.assertEqual(self.run_hplint("db", "SELECT run_id, rule FROM ranked", status=0).out,
                         before)
        self.assertIn("HP201", before)


class Hook(Case):
    def git(self, *args, status=0):
        done = subprocess.run(["git", *args], cwd=self.dir, env=self.env, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def setUp(self):
        super().setUp()
        self.git("init", "-q")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "a")
        self.run_hplint("hook", "install", status=0)

    def test_stops_what_is_new(self):
        self.write("list.c", "int x;\n")
        self.git("add", "list.c")
        self.git("commit", "-qm", "one")
        self.write("list.c", ALLOC_C)
        self.git("add", "list.c")
        out = self.git("commit", "-qm", "two", status=1)
        self.assertIn("HP201", out)
        self.assertIn("--no-verify", out)
        self.git("commit", "-qm", "two", "--no-verify")
        self.write("list.c", "\n/* moved */\n" + ALLOC_C)
        self.git("commit", "-qam", "three")
        self.assertEqual(self.git("status", "--short"), "")

    def test_looks_at_the_index(self):
        self.write("list.c", ALLOC_C)
        self.git("add", "list.c")
        self.write("list.c", "int x;\n")
        self.git("commit", "-qm", "one", status=1)
        self.git("add", "list.c")
        self.write("list.c", ALLOC_C)
        self.git("commit", "-qm", "one")

    def test_wrong_use(self):
        self.fails("hook", says="install or run")
        self.fails("hook", "instal", says="install or run")
        self.fails("lsp", "here", says="takes no arguments")


if __name__ == "__main__":
    unittest.main()
