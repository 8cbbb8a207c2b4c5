"""Every rule has enough cases of both kinds: three spellings of the mistake at least that are found,
and four at least of what a naive linter would flag and that stay silent.

A case is a function of the rule's test files (a record for rules about records) with what it calls in
its file. Static functions are parts of cases, not cases. It is found where an expectation stands in it;
silent where none does and its text holds what the rule looks for (BAIT). Two spellings differ in the
kind of loop, in array or pointer syntax, in macros, or in functions that part of it is in.

usage: rule_cases_test.py SOURCE [--list]
"""
import re
import sys
from pathlib import Path

SPELLINGS, SILENT = 3, 4

LOOP = r"\b(for|while|goto|qsort|bsearch)\b|\brecursion\b"
HEAP = r"\b\w*(alloc|strdup|asprintf|getline|fopen|_new)\w*\("
# What tempts each rule: all of these have to be in a silent case.
BAIT = {
    "HP101": [LOOP, r"->|\*\w"],
    "HP102": [LOOP, r"->|\]\["],
    "HP103": [LOOP, r"\]"],
    "HP105": [LOOP, r"\.\w|->"],
    "HP108": [r"struct \w+ \w+( =|[,)]|\[)|\] = \*?\w"],
    "HP109": [LOOP, r"str\w*cmp|->|qsort|memcmp|\*\("],
    "HP201": [LOOP, HEAP + r"|\btake\(|\bfree\("],
    "HP202": [LOOP, HEAP + r"|\btake\("],
    "HP203": [r"alloc"],
    "HP204": [LOOP, HEAP],
    "HP205": [HEAP],
    "HP206": [r"memset|calloc|bzero|= \{"],
    "HP207": [LOOP, r"\bstr\w+\(|stpcpy|printf"],
    "HP208": [LOOP, r"alloca|\w+\[[^\]]+\]( = \{|;)|= \{"],
    "HP209": [LOOP, r"alloc"],
    "HP210": [HEAP],
    "HP211": [LOOP, HEAP],
    "HP301": [r"\bfor\b.*\bfor\b|while.*while|for.*while|while.*for|\[\w+\]\[\w+\]"],
    "HP302": [LOOP, r"\+= \w+|\* \w+|\[\w+\]\[\w+\]|\w\[\w+\]\.\w"],
    "HP303": [LOOP, r"\["],
    "HP304": [r"\b(for|while)\b.*\b(for|while)\b", r"\["],
    "HP305": [r"\b(for|while)\b.*\b(for|while)\b", r"\["],
    "HP306": [LOOP, r"alloc|\["],
    "HP307": [LOOP, r"\["],
    "HP308": [r"\b(for|while)\b.*\b(for|while)\b|str\w+\("],
    "HP309": [LOOP, r"memmove|\[\w+( [-+] 1)?\] = \w+\[|\] = "],
    "HP310": [LOOP, r"next|->"],
    "HP311": [LOOP, r"sort"],
    "HP601": [LOOP, r"\w\("],
    "HP602": [r"\bpow|\d\.\d|sqrt|sin|floor|exp|log|hypot|fabs|round"],
    "HP608": [r"strlen"],
}
RECORD_RULES = ("HP104", "HP106", "HP107")


def without_comments(text):
    """Comments and strings blanked, same length: places stay."""
    blank = lambda m: re.sub(r"[^\n]", " ", m[0])
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", blank, text, flags=re.S)


def closing(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] in "{(") - (text[i] in "})")
        if depth == 0:
            return i
    raise ValueError("a bracket stays open")


class File:
    def __init__(self, path):
        self.path, self.text = path, path.read_text()
        self.code = without_comments(self.text)
        self.plain = re.sub(r"(?m)^[ \t]*#(?:.*\\\n)*.*$", lambda m: re.sub(r"[^\n]", " ", m[0]), self.code)
        self.macros = set(re.findall(r"(?m)^#\s*define\s+(\w+)", self.code))
        self.functions, self.records = {}, {}
        self.find()

    def find(self):
        at = 0
        while (at := self.plain.find("{", at)) >= 0:
            end = closing(self.plain, at)
            start = max(self.plain.rfind(c, 0, at) for c in ";}") + 1
            head = self.plain[start:at]
            if name := re.search(r"(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*$", head):
                self.functions[name[1]] = (start, end, bool(re.search(r"\bstatic\b", head)))
            elif record := re.search(r"\bstruct\b\s*(\w*)(?:\s*__attribute__.*)?\s*$", head, re.S):
                tail = re.match(r"\s*(\w*)", self.plain[end + 1:])[1]
                self.records[record[1] or tail] = (start, end + 1)
            at = end + 1

    def parts(self, name):
        """The function and the static ones of this file that it uses."""
        seen, todo = [], [name]
        while todo:
            one = todo.pop()
            if one in seen:
                continue
            seen.append(one)
            start, end, _ = self.functions[one]
            words = set(re.findall(r"\w+", self.plain[start:end]))
            todo += [f for f in self.functions if f in words and self.functions[f][2]]
        return seen

    def spelling(self, text, functions=()):
        """What tells one way to write it from another."""
        words = set(re.findall(r"\w+", text))
        kinds = {"for": "for" in words, "while": "while" in words, "goto": "goto" in words,
                 "array": bool(re.search(r"\w\[\w", text)), "pointer": bool(re.search(r"->|[(=;,] ?\*\w|\+\+\)", text)),
                 "macro": bool(words & self.macros), "helper": len(functions) > 1,
                 "callback": bool(re.search(r"\bqsort|bsearch|\(\*\w+\)\(", text))}
        return frozenset(kind for kind, is_there in kinds.items() if is_there)


def expected(text, rule):
    return re.search(r"// expect: %s\b" % rule, text) is not None


class Rule:
    def __init__(self, folder):
        self.name = folder.name
        self.found, self.silent = {}, []  # case -> spelling; names
        files = sorted(p for p in folder.glob("*.[ch]") if not p.name.startswith("rule"))
        for path in files:
            self.read(File(path), path.name)

    def read(self, f, name):
        cases = self.records_of(f) if self.name in RECORD_RULES else self.functions_of(f)
        for case, spelling in cases:
            if spelling is None:
                self.silent.append(f"{name}:{case}")
            elif spelling:
                self.found[f"{name}:{case}"] = spelling

    def functions_of(self, f):
        hit = {n for n, (a, b, _) in f.functions.items() if expected(f.text[a:b], self.name)}
        users = {}
        for name, (_, _, static) in f.functions.items():
            if not static:
                for part in f.parts(name):
                    users.setdefault(part, set()).add(name)
        for name in f.functions:
            parts = f.parts(name)
            text = "\n".join(f.plain[f.functions[p][0]:f.functions[p][1]] for p in parts)
            if name in hit:
                yield name, f.spelling(text, parts) | ({"called"} if users.get(name, {name}) != {name} else set())
            elif not f.functions[name][2] and not hit & set(parts) and self.tempts(f, name, text):
                yield name, None

    def tempts(self, f, name, text):
        inside = text
        if len(re.findall(r"\b%s\s*\(" % name, inside)) > 1:
            inside += " recursion"
        for macro in f.macros & set(re.findall(r"\w+", inside)):
            inside += re.search(r"(?m)^#\s*define\s+%s\b(?:.*\\\n)*.*$" % macro, f.code)[0]
        return all(re.search(bait, inside, re.S) for bait in BAIT[self.name])

    def records_of(self, f):
        for name, (a, b) in f.records.items():
            line_end = f.text.find("\n", b)
            users = [f.plain[s:e] for s, e, _ in f.functions.values() if re.search(r"\b%s\b" % name, f.plain[s:e])]
            if expected(f.text[a:line_end], self.name):
                yield name, f.spelling("\n".join(users), users) | set(re.findall("typedef", f.plain[a:b]))
            elif len(re.findall(r"[;,]", f.plain[a:b])) > 1:
                yield name, None

    def complaints(self):
        spellings = len(set(self.found.values()))
        if len(self.found) < SPELLINGS or spellings < SPELLINGS:
            yield f"{self.name}: {len(self.found)} cases that are found, in {spellings} spellings; {SPELLINGS} wanted"
        if len(self.silent) < SILENT:
            yield f"{self.name}: {len(self.silent)} cases that stay silent; {SILENT} wanted"


def main():
    source = Path(sys.argv[1])
    names = re.findall(r"(?m)^RULE\((\w+)\)", (source / "rules/table.def").read_text())
    rules = [Rule(source / "rules" / name) for name in names]
    if "--list" in sys.argv:
        for r in rules:
            print(f"{r.name}: {len(r.found)} found in {len(set(r.found.values()))} spellings, {len(r.silent)} silent")
            for case, spelling in r.found.items():
                print(f"    found  {case}: {' '.join(sorted(spelling))}")
            for case in r.silent:
                print(f"    silent {case}")
    wrong = [c for r in rules for c in r.complaints()]
    print("\n".join(wrong) or f"{len(rules)} rules, {sum(len(r.found) for r in rules)} cases found, "
          f"{sum(len(r.silent) for r in rules)} silent")
    sys.exit(bool(wrong) or not rules)


main()
