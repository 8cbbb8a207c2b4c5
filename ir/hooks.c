/* Allocators behind pointers: many programs let their users replace malloc by hooks, as SQLite's
 * sqlite3_mem_methods, cJSON's and hiredis's function tables, libxml2's xmlMalloc. A call through
 * such a hook, where the call graph knows no target (a user may put in his own), counts as
 * one of the C library's function of that kind, and as PG_UNKNOWN, since a user's function may do
 * more.
 *
 * A hook is told by its name and by the shape of the call. As "free" alone is also what containers
 * call the function that lets go of an element, a field counts only in a record with a hook of each
 * kind. */
#include "ir/program_parts.h"

#include <ctype.h>
#include <string.h>

typedef enum Hook { HOOK_NONE, HOOK_MALLOC, HOOK_CALLOC, HOOK_REALLOC, HOOK_FREE } Hook;

static Hook hook_named(const char *name, bool global) {
  char lower[64];
  size_t n = 0;
  for (; name[n] && n + 1 < sizeof lower; n++)
    lower[n] = (char)tolower((unsigned char)name[n]);
  lower[n] = 0;
  if (strstr(lower, "realloc"))
    return HOOK_REALLOC;
  if (strstr(lower, "free") || strstr(lower, "dealloc"))
    return HOOK_FREE;
  if (strstr(lower, "calloc"))
    return HOOK_CALLOC;
  return strstr(lower, global ? "malloc" : "alloc") ? HOOK_MALLOC : HOOK_NONE;
}

static bool is_function_pointer(const IrUnit *u, IrTypeId type) {
  const IrType *t = &u->types[type];
  return t->kind == IR_T_PTR && u->types[t->sub].kind == IR_T_FUNC;
}

static bool is_hook_table(const IrUnit *u, const IrRecord *record) {
  bool takes = false, gives = false;
  for (uint32_t i = 0; i < record->nfields; i++) {
    const IrField *f = &u->fields[record->fields + i];
    if (!is_function_pointer(u, f->type))
      continue;
    Hook hook = hook_named(ir_str(u, f->name), false);
    takes |= hook == HOOK_MALLOC;
    gives |= hook == HOOK_FREE;
  }
  return takes && gives;
}

static Hook hook_at(const IrUnit *u, const IrFunction *fn, const IrAddr *place) {
  if (!is_function_pointer(u, place->type))
    return HOOK_NONE;
  if (place->nhops) {
    IrHop last = fn->hops[place->hops + place->nhops - 1];
    const IrRecord *record = &u->records[last.record];
    Hook hook = hook_named(ir_str(u, u->fields[record->fields + last.field].name), false);
    return hook != HOOK_NONE && is_hook_table(u, record) ? hook : HOOK_NONE;
  }
  if (ir_ref_kind(place->base) != IR_REF_SYM || place->offset ||
      ir_ref_kind(place->index) != IR_REF_NONE)
    return HOOK_NONE;
  return hook_named(ir_str(u, u->symbols[ir_ref_index(place->base)].name), true);
}

/* The call's arguments as letters: p pointer, i integer; a result of void * is a V in front. */
static void shape_of(const IrUnit *u, const IrFunction *fn, const IrInsn *call, char out[8]) {
  const IrType *result = &u->types[call->type];
  if (result->kind == IR_T_PTR && u->types[result->sub].kind == IR_T_VOID)
    *out++ = 'V';
  for (uint32_t i = 1; i < call->nargs && i < 6; i++) {
    IrTypeId type = ir_ref_type(u, fn, ir_arg(fn, call, i));
    IrRefKind kind = ir_ref_kind(ir_arg(fn, call, i));
    bool address = kind == IR_REF_LOCAL || kind == IR_REF_SYM || kind == IR_REF_STR;
    *out++ = address || u->types[type].kind == IR_T_PTR ? 'p' : 'i';
  }
  *out = 0;
}

PgFunc pg_hook_target(const IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *call,
                      const IrAddr *place) {
  static const struct {
    const char *function, *shape;
  } hooks[] = {[HOOK_NONE] = {"", "none"},
               [HOOK_MALLOC] = {"malloc", "Vi"},
               [HOOK_CALLOC] = {"calloc", "Vii"},
               [HOOK_REALLOC] = {"realloc", "Vpi"},
               [HOOK_FREE] = {"free", "p"}};
  Hook hook = hook_at(p->units[unit], fn, place);
  if (hook == HOOK_NONE)
    return IR_NONE;
  char shape[8];
  shape_of(p->units[unit], fn, call, shape);
  return strcmp(shape, hooks[hook].shape) ? IR_NONE : pg_named(p, hooks[hook].function);
}

bool pg_is_hook_call(const IrUnit *u, const IrFunction *fn, const IrInsn *call) {
  const IrInsn *load = call->op == IR_CALLP ? ir_def(fn, ir_arg(fn, call, 0)) : NULL;
  if (!ir_is(load, IR_LOAD))
    return false;
  const IrAddr *place = &fn->addrs[load->aux];
  return place->nhops &&
         is_hook_table(u, &u->records[fn->hops[place->hops + place->nhops - 1].record]);
}
