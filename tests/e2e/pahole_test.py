#!/usr/bin/env python3
"""`hplint layout` against pahole, which reads the compiler's own figures: objects that gcc builds with -g from units of
real projects, and from records of our own that are hard to lay out. Every named record that both know has the same size and the same fields at the same bits.

usage: pahole_test.py [PROJECT[:UNIT,UNIT...]...]    default: units of zlib, lua5.4 and redis
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

from common import CORPUS, Case

UNITS = {
    "zlib": "deflate.c inflate.c inftrees.c trees.c gzlib.c gzread.c gzwrite.c infback.c".split(),
    "redis": "src/server.c src/cluster.c".split(),
    "lua5.4": "lapi.c lvm.c lparser.c lgc.c lstrlib.c liolib.c loadlib.c ldblib.c lauxlib.c ltable.c luac.c loslib.c".split(),
}
LEAST = 100
HARD = """\
#include <stdint.h>
struct bits_char { unsigned char a:3, b:6, c:1; char d; unsigned char e:7; };
struct bits_mixed { int a:5; short b:9; char c:4; long d:33; unsigned e:1; };
struct bits_zero { unsigned a:3; unsigned :0; unsigned b:4; char c; unsigned :0; char d; };
struct bits_unnamed { unsigned a:3; unsigned :7; unsigned b:20; unsigned :9; unsigned c:30; };
struct bits_after { char a; int b:7; short c; int d:25; int e:1; };
struct bits_bool { _Bool a:1; _Bool b:1; enum { X, Y } c:2; uint64_t d:63; _Bool e:1; };
struct bits_full { unsigned a:32; uint64_t b:64; unsigned c:31; unsigned d:2; };
struct __attribute__((packed)) packed_bits { char a; unsigned b:30; unsigned c:30; long d; };
struct packed_field { char a; int b __attribute__((packed)); long c __attribute__((packed)); short d; };
#pragma pack(push, 2)
struct pack_two { char a; int b; long c; char d; };
struct pack_two_bits { char a; unsigned b:20; unsigned c:20; };
#pragma pack(pop)
struct aligned_field { char a; char b __attribute__((aligned(16))); char c; };
struct aligned_bits { unsigned a:3; unsigned b:3 __attribute__((aligned(8))); char c; };
struct __attribute__((aligned(64))) aligned_whole { int a; };
struct nested { char a; struct aligned_whole b; struct { char c; long d; }; union { char e; double f; } g; };
struct deep { char a; union { struct { short b; union { char c; int d; }; }; long e; }; char f; };
struct flexible { int n; char data[]; };
struct zero_length { short n; int data[0]; };
struct holds_flexible { char a; struct flexible b; };
struct arrays { char a[3]; short b[2][3]; struct bits_full c[2]; void (*d[2])(int); char e[5]; };
struct pointers { char a; int (*b)(void *, int); const char *const *c; volatile int d; _Complex double e; };
struct wide { char a; long double b; __int128 c; char d; };
struct empty_inside { char a; struct {} b; int c; };
union mixed { char a[9]; int b; double c; struct { short d; unsigned e:5; } f; };
union bits { unsigned a:3; unsigned char b; uint64_t c:40; };
typedef struct { char a; long b; } unnamed_t;
typedef union { char a[3]; short b; } unnamed_union_t;
#define USE(kind, name) kind name name##_object;
#define ALL(M) M(struct, bits_char) M(struct, bits_mixed) M(struct, bits_zero) M(struct, bits_unnamed) \\
  M(struct, bits_after) M(struct, bits_bool) M(struct, bits_full) M(struct, packed_bits) M(struct, packed_field) \\
  M(struct, pack_two) M(struct, pack_two_bits) M(struct, aligned_field) M(struct, aligned_bits) \\
  M(struct, aligned_whole) M(struct, nested) M(struct, deep) M(struct, zero_length) M(struct, arrays) \\
  M(struct, pointers) M(struct, wide) M(struct, empty_inside) M(union, mixed) \\
  M(union, bits) M(, unnamed_t) M(, unnamed_union_t)
ALL(USE)
struct flexible *flexible_object;
struct holds_flexible *holds_flexible_object;
"""
FIELD = re.compile(r"^(?P<text>.*?);\s*/\*\s*(?P<at>\d+)(?::\s*(?P<bit>\d+))?\s+(?P<size>\d+)\s*\*/")
OPEN = re.compile(r"^(?:struct|union|enum)(?: \w+)? \{")
WIDTH = re.compile(r":(\d+)$")


def field_name(text):
    """Of a declaration as pahole writes it."""
    text = WIDTH.sub("", text).strip()
    pointer = re.search(r"\(\s*\*+\s*(\w+)", text)
    if pointer:
        return pointer.group(1)
    text = re.sub(r"(\[[^\]]*\])+$", "", text).strip()
    last = re.search(r"(\w+)$", text)
    return last.group(1) if last else None


def read_record(lines):
    """Fields of one record: (depth, name or None, bit offset, bits), and its size."""
    fields, opened, depth, size = [], [], 0, None
    for line in lines:
        text = line.strip()
        total = re.match(r"/\* size: (\d+)", text)
        if total and depth == 0:
            size = int(total.group(1))
        if OPEN.match(text):
            depth += 1
            opened.append(len(fields))
            continue
        found = FIELD.match(text)
        if not found:
            continue
        declared = re.sub(r"\s*__attribute__\(\(.*?\)+\)", "", found["text"])
        at = int(found["at"]) * 8 + int(found["bit"] or 0)
        width = WIDTH.search(declared)
        bits = int(width.group(1)) if width else int(found["size"]) * 8
        if not declared.startswith("}"):
            fields.append((depth, field_name(declared), at, bits))
            continue
        depth -= 1
        start = opened.pop()
        name = re.sub(r"[\[:].*", "", declared[1:]).strip()
        if name.startswith("*"):  # what is only pointed to
            del fields[start:]
        fields.append((depth, name.lstrip("* ") or None, at, bits))
    return size, sorted(fields, key=str)


def pahole_records(obj):
    """name -> (size, fields); "struct x", or the typedef's name of a record without a tag."""
    out = subprocess.run(["pahole", "--anon_include", obj], capture_output=True, text=True, check=True).stdout
    records, lines = {}, []
    for line in out.splitlines():
        if re.match(r"^(typedef )?(struct|union)\b.*\{", line):
            lines = [line]
        elif lines and line.startswith("}"):
            tagged = re.match(r"^(struct|union) (\w+) \{", lines[0])
            typedef = re.match(r"^\} (\w+)", line)
            name = " ".join(tagged.groups()) if tagged else typedef and typedef.group(1)
            unknown = any("<ERROR" in line for line in lines)  # _Atomic, which pahole 1.24 does not know
            if name and not name.startswith("__attribute") and not unknown:
                records[name] = read_record(lines[1:])
            lines = []
        elif lines:
            lines.append(line)
    return records


def own_record(record):
    """The same of hplint's JSON. pahole shows records without a name where they are used."""
    fields = []
    for row in record["rows"]:
        if row["kind"] in ("field", "open") and not (row["bit_field"] and row["name"] is None):
            fields.append((row["depth"], row["name"], row["offset_bits"], row["bits"]))
    return record["size"], sorted(fields, key=str)


class Pahole(Case):
    def copy(self, project):
        """The project in a folder of its own: stores and objects are left there."""
        folder = self.dir / project
        shutil.copytree(CORPUS / project, folder, symlinks=True, ignore=shutil.ignore_patterns(".hplint", "*.o"))
        database = folder / "compile_commands.json"
        database.write_text(database.read_text().replace(os.path.realpath(CORPUS / project), str(folder)))
        return folder

    def build(self, folder, units):
        """Objects of the units, with the flags of the project's own build."""
        wanted, objects = set(units), []
        for command in json.loads((folder / "compile_commands.json").read_text()):
            name = command["file"]
            unit = next((u for u in wanted if name == u or name.endswith("/" + u)), None)
            if unit is None:
                continue
            wanted.remove(unit)
            argv = command.get("arguments") or shlex.split(command["command"])
            if "-o" in argv:
                del argv[argv.index("-o"):argv.index("-o") + 2]
            argv = ["gcc", *argv[1:], "-g", "-w", "-o", str(folder / f"{len(objects)}.debug.o")]
            subprocess.run(argv, cwd=command["directory"], check=True, capture_output=True)
            objects.append(argv[-1])
        self.assertEqual(wanted, set())
        return objects

    def layout(self, folder, word, paths):
        done = self.run_hplint("layout", "--json", word, *paths, cwd=folder)
        return json.loads(done.out) if done.returncode == 0 else None

    def compare(self, folder, units, paths=()):
        """How many records and fields are the same in both; nothing may differ."""
        listed = self.layout(folder, "--all", paths=paths)
        known = {}
        for rank in listed["records"]:
            known.setdefault(rank["record"]["record"], []).append(own_record(rank["record"]))
        records = fields = 0
        for name, (size, theirs) in sorted(self.all_records(folder, units), key=str):
            if name not in known:
                one = self.layout(folder, name, paths)
                known[name] = [own_record(one["record"])] if one else []
            if not known[name]:
                continue  # no code that hplint analyses uses it
            # pahole does not say a union's size
            if not any(size in (None, other) and theirs == ours for other, ours in known[name]):
                other, ours = known[name][0]
                self.fail(f"{folder.name}: {name}: pahole {size} {sorted(set(theirs) - set(ours), key=str)}, "
                          f"hplint {other} {sorted(set(ours) - set(theirs), key=str)}")
            records += 1
            fields += len(theirs)
        return records, fields

    def all_records(self, folder, units):
        seen = {}
        for obj in self.build(folder, units):
            for name, record in pahole_records(obj).items():
                seen.setdefault((name, str(record)), (name, record))
        return seen.values()

    def test_units_of_projects(self):
        records = fields = 0
        for project, units in UNITS.items():
            folder = self.copy(project)
            paths = units if project == "redis" else ()  # one is large
            r, f = self.compare(folder, units, paths)
            print(f"{project}: {r} records, {f} fields are the same", file=sys.stderr)
            records += r
            fields += f
        self.assertGreater(records, LEAST)
        self.assertGreater(fields, 4 * LEAST)

    def test_records_that_are_hard_to_lay_out(self):
        source = self.write("hard/hard.c", HARD)
        (source.parent / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(source.parent), "file": str(source), "arguments": ["gcc", "-c", str(source)]}]))
        records, fields = self.compare(source.parent, ["hard.c"])
        self.assertEqual(records, 27)
        self.assertGreater(fields, 100)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        UNITS = {name: units.split(",") for name, _, units in (a.partition(":") for a in sys.argv[1:])}
        LEAST = 0
        del sys.argv[1:]
    unittest.main()
