"""examples/bazel/hplint.bzl without Bazel: Starlark is near enough to Python that the file can be run with stand-ins for
Bazel's objects. Each action gets a sandbox of its own that holds what the aspect declares, and nothing else."""
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path
from types import SimpleNamespace as Struct

from common import HPLINT, LIST_C, SOURCE, Case
from build_engine_test import UNIT, USE_C, WRAP_C, WRAP_H


class Depset:
    def __init__(self, direct=(), transitive=()):
        self.items = list(dict.fromkeys([*direct, *(i for t in transitive for i in t.items)]))

    def to_list(self):
        return self.items


class File:
    def __init__(self, path):
        self.path = self.short_path = path
        self.basename = os.path.basename(path)
        self.extension = path.rsplit(".", 1)[-1]


class Target(dict):
    """Providers by their type."""
    def __init__(self, name, files=(), **providers):
        super().__init__(**providers)
        self.label, self.files = Struct(name=name), Depset(files)


class Provider(str):
    def __call__(self, **fields):
        return self, Struct(**fields)


class Actions:
    def __init__(self, tree, outputs):
        self.tree, self.outputs, self.count = tree, outputs, 0

    def declare_file(self, name):
        return File(f"bazel-out/bin/{name}")

    def run_shell(self, command, arguments, inputs, tools, outputs, mnemonic, progress_message):
        self.count += 1
        sandbox = self.outputs / f"sandbox/{self.count}/execroot"
        for file in inputs.to_list():
            (sandbox / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.tree / file.path, sandbox / file.path)
        for output in outputs:
            (sandbox / output.path).parent.mkdir(parents=True, exist_ok=True)
        assert all(isinstance(word, str) for word in arguments), arguments
        subprocess.run(["bash", "-c", command, "bash", *arguments], cwd=sandbox, check=True)
        for output in outputs:
            target = self.tree / output.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(sandbox / output.path, target)
        shutil.rmtree(sandbox)

    def args(self):
        lines = []
        return Struct(lines=lines, set_param_file_format=lambda f: None,
                      add_all=lambda files: lines.extend(f.path for f in files.to_list()))

    def write(self, out, args):
        (self.tree / out.path).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / out.path).write_text("".join(line + "\n" for line in args.lines))


def compile_variables(feature_configuration, cc_toolchain, user_compile_flags, include_directories, quote_include_directories,
                      system_include_directories, preprocessor_defines):
    return [*user_compile_flags, *(f"-D{d}" for d in preprocessor_defines.to_list()),
            *(w for d in quote_include_directories.to_list() for w in ("-iquote", d)),
            *(f"-I{d}" for d in include_directories.to_list()),
            *(w for d in system_include_directories.to_list() for w in ("-isystem", d))]


BAZEL = {
    "load": lambda *names: None,
    "C_COMPILE_ACTION_NAME": "c-compile", "CcInfo": Provider("CcInfo"), "DefaultInfo": Provider("DefaultInfo"),
    "OutputGroupInfo": Provider("OutputGroupInfo"), "provider": lambda doc, fields: Provider("of ours"),
    "find_cc_toolchain": lambda ctx: Struct(all_files=Depset()), "use_cc_toolchain": lambda: [],
    "cc_common": Struct(configure_features=lambda **k: None, create_compile_variables=compile_variables,
                        get_tool_for_action=lambda **k: "/usr/bin/gcc",
                        get_memory_inefficient_command_line=lambda feature_configuration, action_name, variables: variables),
    "depset": Depset, "aspect": lambda **k: Struct(**k), "rule": lambda **k: Struct(**k),
    "attr": Struct(label=lambda **k: None, label_list=lambda **k: None),
}


class Bazel(Case):
    def test_the_example(self):
        tree = self.dir / "tree"
        for name, text in (("inc/wrap.h", WRAP_H), ("src/wrap.c", WRAP_C), ("src/use.c", USE_C), ("src/list.c", LIST_C),
                           (".hplint.yaml", "limit: 20\n")):
            self.write(f"tree/{name}", text)
        bzl = dict(BAZEL)
        exec(compile((SOURCE / "examples/bazel/hplint.bzl").read_text(), "hplint.bzl", "exec"), bzl)
        aspect, rule = bzl["hplint_aspect"], bzl["hplint_records"]
        header = File("inc/wrap.h")
        empty = Depset()
        context = Struct(headers=Depset([header]), includes=Depset(["inc"]), external_includes=empty, quote_includes=Depset(["."]),
                         system_includes=empty, defines=empty, local_defines=Depset(["X=1"]))
        actions = Actions(tree, self.dir)

        def visit(name, sources, deps=()):
            target = Target(name, CcInfo=Struct(compilation_context=context))
            attributes = Struct(srcs=[Target(s, [File(s)]) for s in sources], deps=list(deps), copts=["-O2"])
            ctx = Struct(rule=Struct(attr=attributes), actions=actions, features=[], disabled_features=[],
                         executable=Struct(_unit=File(str(UNIT))), fragments=Struct(cpp=Struct(copts=[], conlyopts=["-std=gnu11"])))
            for kind, info in aspect.implementation(target, ctx):
                target[kind] = info
            return target

        wrap = visit("wrap", ["src/wrap.c", "inc/wrap.h"])
        use = visit("use", ["src/use.c", "src/list.c"], [wrap, Target("other")])
        self.assertEqual(actions.count, 3)
        rule.implementation(Struct(actions=actions, label=Struct(name="hplint"), attr=Struct(targets=[use, wrap])))
        listed = (tree / "bazel-out/bin/hplint.list").read_text().split()
        self.assertEqual(len(listed), 3)
        for record in listed:
            self.assertNotIn(str(self.dir).encode(), (tree / record).read_bytes())
        entries = [{"directory": str(tree), "file": f"src/{n}.c", "command": f"gcc -std=gnu11 -O2 -DX=1 -Iinc -c src/{n}.c"}
                   for n in ("use", "wrap", "list")]
        self.write("tree/compile_commands.json", json.dumps(entries))
        plain = self.findings("--no-store", cwd=tree)
        linked = json.loads(self.run_hplint("link", "--exit-zero", "--no-store", "--format", "json", "--map", f"/bazel-tree={tree}",
                                            "@bazel-out/bin/hplint.list", cwd=tree, status=0).out)
        self.assertEqual(linked["findings"], plain["findings"])
        self.assertEqual({f["rule"] for f in plain["findings"]} & {"HP101", "HP201"}, {"HP101", "HP201"})
        self.fails("link", "--map", "x=y", "@bazel-out/bin/hplint.list", says="--map wants two absolute paths", cwd=tree)
        self.fails("--map", "/x=/y", says="unknown option '--map'", cwd=tree)


if __name__ == "__main__":
    unittest.main()
