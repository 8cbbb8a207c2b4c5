/* Words and conventions of the text form: see parse.c for the grammar. */
#include "ir/text_priv.h"

#include <ctype.h>
#include <string.h>

const FlagName text_file_flags[] = {{IR_FILE_SYSTEM, "system"},
                                    {IR_FILE_MAIN, "main"},
                                    {IR_FILE_GENERATED, "generated"},
                                    {0, NULL}};
const FlagName text_type_flags[] = {
    {IR_TF_UNSIGNED, "unsigned"}, {IR_TF_BOOL, "bool"},
    {IR_TF_ENUM, "enum"},         {IR_TF_CONST, "const"},
    {IR_TF_VOLATILE, "volatile"}, {IR_TF_RESTRICT, "restrict"},
    {IR_TF_ATOMIC, "atomic"},     {IR_TF_VARIADIC, "variadic"},
    {IR_TF_VLA, "vla"},           {0, NULL},
};
const FlagName text_record_flags[] = {
    {IR_REC_UNION, "union"},           {IR_REC_PACKED, "packed"},
    {IR_REC_SYSTEM, "system"},         {IR_REC_ANONYMOUS, "anonymous"},
    {IR_REC_FLEXIBLE, "flexible"},     {IR_REC_ALIGNED, "aligned"},
    {IR_REC_INVALID, "invalid"},       {IR_REC_POSITIONAL_INIT, "positional_init"},
    {IR_REC_OFFSETOF, "offsetof"},     {IR_REC_CAST, "cast"},
    {IR_REC_INCOMPLETE, "incomplete"}, {IR_REC_SIZEOF_BYTES, "sizeof_bytes"},
    {IR_REC_IN_MAIN, "in_main"},       {0, NULL},
};
const FlagName text_field_flags[] = {
    {IR_FIELD_BITFIELD, "bitfield"},
    {IR_FIELD_ANONYMOUS, "anonymous"},
    {IR_FIELD_FLEXIBLE, "flexible"},
    {0, NULL},
};
const FlagName text_symbol_flags[] = {
    {IR_SYM_FUNCTION, "function"},
    {IR_SYM_INTERNAL, "internal"},
    {IR_SYM_DEFINED, "defined"},
    {IR_SYM_INLINE, "inline"},
    {IR_SYM_SYSTEM, "system"},
    {IR_SYM_NORETURN, "noreturn"},
    {IR_SYM_PURE, "pure"},
    {IR_SYM_CONSTFN, "constfn"},
    {IR_SYM_MALLOC, "malloc"},
    {IR_SYM_CONST, "const"},
    {IR_SYM_THREAD, "thread"},
    {IR_SYM_BUILTIN, "builtin"},
    {IR_SYM_VARIADIC, "variadic"},
    {IR_SYM_COLD, "cold"},
    {IR_SYM_ADDRESS_TAKEN, "address_taken"},
    {IR_SYM_RETURNS_TWICE, "returns_twice"},
    {IR_SYM_LABEL, "label"},
    {IR_SYM_INIT, "init"},
    {0, NULL},
};
const FlagName text_local_flags[] = {{IR_LOCAL_PARAM, "param"}, {IR_LOCAL_TEMP, "temp"}, {0, NULL}};
/* A bit-field is told by its bits. */
const FlagName text_memory_flags[] = {{IR_MEM_VOLATILE, "volatile"}, {IR_MEM_ATOMIC, "atomic"},
                                      {IR_MEM_RELAXED, "relaxed"},   {IR_MEM_CONSUME, "consume"},
                                      {IR_MEM_ACQUIRE, "acquire"},   {IR_MEM_RELEASE, "release"},
                                      {IR_MEM_SEQ_CST, "seq_cst"},   {0, NULL}};
const char *const text_rmw[] = {"none", "xchg", "add",  "sub", "and",
                                "or",   "xor",  "nand", "max", "min"};
_Static_assert(sizeof text_rmw / sizeof *text_rmw == IR_RMW_COUNT, "a name for each");
const FlagName text_insn_flags[] = {{IR_INSN_NSW, "nsw"},
                                    {IR_INSN_EXPLICIT, "explicit"},
                                    {IR_INSN_LIKELY, "likely"},
                                    {IR_INSN_UNLIKELY, "unlikely"},
                                    {IR_INSN_VOLATILE, "volatile"},
                                    {IR_INSN_MEMORY, "memory"},
                                    {0, NULL}};
const FlagName text_block_flags[] = {{IR_BLOCK_LOOP, "loop"}, {IR_BLOCK_LABEL, "label"}, {0, NULL}};
const FlagName text_no_flags[] = {{0, NULL}};

const char *const text_type_kinds[] = {
    [IR_T_VOID] = "void",   [IR_T_INT] = "int",       [IR_T_FLOAT] = "float",
    [IR_T_PTR] = "ptr",     [IR_T_ARRAY] = "array",   [IR_T_RECORD] = "record",
    [IR_T_FUNC] = "func",   [IR_T_VECTOR] = "vector", [IR_T_COMPLEX] = "complex",
    [IR_T_OTHER] = "other",
};

bool text_reserved(const char *word, size_t length) {
  static const char *const words[] = {"undef", "as",   "at",    "of",  "size", "align",
                                      "named", "bits", "count", "inf", "nan"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == length && !memcmp(words[i], word, length))
      return true;
  return false;
}

static bool word_char(char c, bool first) {
  return c == '_' || isalpha((unsigned char)c) || (!first && isdigit((unsigned char)c));
}

static const char *skip_word(const char *s) {
  const char *start = s;
  while (word_char(*s, s == start))
    s++;
  return s > start && !text_reserved(start, (size_t)(s - start)) ? s : NULL;
}

bool text_bare_type(const char *name) {
  const char *s = skip_word(name);
  while (s && s[0] == ' ' && s[1] != '*')
    s = skip_word(s + 1);
  if (!s)
    return false;
  if (*s == ' ')
    s += 1 + strspn(s + 1, "*");
  if (*s == '[') {
    size_t digits = strspn(s + 1, "0123456789");
    if (!digits || s[1 + digits] != ']')
      return false;
    s += digits + 2;
  }
  return !*s;
}

static IrRecordId record_of(const IrUnit *u, IrTypeId type) {
  while (u->types[type].kind == IR_T_ARRAY)
    type = u->types[type].sub;
  return u->types[type].kind == IR_T_RECORD ? u->types[type].record : IR_NONE;
}

IrRecordId text_path_record(const IrUnit *u, const IrFunction *fn, IrRef base) {
  uint32_t i = ir_ref_index(base);
  switch (ir_ref_kind(base)) {
  case IR_REF_LOCAL:
    return record_of(u, fn->locals[i].type);
  case IR_REF_SYM:
    return record_of(u, u->symbols[i].type);
  case IR_REF_VALUE:
  case IR_REF_CONST: {
    const IrType *type = &u->types[ir_ref_type(u, fn, base)];
    return type->kind == IR_T_PTR ? record_of(u, type->sub) : IR_NONE;
  }
  case IR_REF_NONE:
  case IR_REF_STR:
  case IR_REF_UNDEF:
    break;
  }
  return IR_NONE;
}

IrRecordId text_next_record(const IrUnit *u, IrRecordId record, uint32_t field) {
  return record_of(u, u->fields[u->records[record].fields + field].type);
}

IrTypeId text_default_object(const IrUnit *u, IrOp op, IrTypeId result) {
  if (op != IR_ADDR)
    return result;
  return u->types[result].kind == IR_T_PTR ? u->types[result].sub : 0;
}
