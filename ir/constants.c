/* Constant objects whose initialisers hold addresses, as tables of tables do: the unit that defines
 * each, and how large the arrays are that one of its pointers may point to. */
#include "ir/program_parts.h"

#include <string.h>

enum { SEVERAL = IR_NONE - 1 }; /* units define the name: any may be meant */

static bool is_constant_table(const IrSymbol *s) {
  const uint32_t both = IR_SYM_CONST | IR_SYM_INIT;
  return (s->flags & both) == both;
}

static uint64_t name_key(const IrUnit *u, const IrSymbol *s) {
  return pg_hash_name(ir_str(u, ir_link_name(s))) | 1;
}

void pg_find_constants(IrProgram *p) {
  for (uint32_t i = 0; i < p->nunits; i++) {
    const IrUnit *u = p->units[i];
    IrSymId last = IR_NONE;
    for (uint32_t k = 0; k < u->ninits; k++) {
      IrSymId sym = u->inits[k].in;
      if (sym == last || u->symbols[sym].flags & IR_SYM_INTERNAL ||
          !is_constant_table(&u->symbols[sym]))
        continue;
      last = sym;
      uint32_t *unit = pg_map_at(&p->constants, name_key(u, &u->symbols[sym]));
      *unit = *unit == IR_NONE || *unit == i ? i : SEVERAL;
    }
  }
}

/* The unit and symbol that define a variable which code of `unit` uses. */
static bool find_definition(const IrProgram *p, uint32_t *unit, IrSymId *sym) {
  const IrUnit *u = p->units[*unit];
  const IrSymbol *s = &u->symbols[*sym];
  if (is_constant_table(s))
    return true;
  if (!(s->flags & IR_SYM_CONST) || s->flags & IR_SYM_INTERNAL)
    return false;
  uint32_t where = pg_map_get(&p->constants, name_key(u, s));
  if (where == IR_NONE || where == SEVERAL)
    return false;
  const char *name = ir_str(u, ir_link_name(s));
  const IrUnit *there = p->units[where];
  pg_note(pg_item_special(p, PG_ITEM_EVERYTHING)); /* another unit's initialisers */
  for (uint32_t k = 0; k < there->ninits; k++) {
    const IrSymbol *found = &there->symbols[there->inits[k].in];
    if (found->flags & IR_SYM_INTERNAL || strcmp(ir_str(there, ir_link_name(found)), name) != 0)
      continue;
    *unit = where;
    *sym = there->inits[k].in;
    return true;
  }
  return false;
}

static IrTypeId element_of(const IrUnit *u, IrTypeId type) {
  while (u->types[type].kind == IR_T_ARRAY)
    type = u->types[type].sub;
  return type;
}

/* Of the elements of the object, where in each does the access lie? False where that is not known.
 */
static bool place_in_element(const IrUnit *u, const IrFunction *fn, const IrAddr *a, IrTypeId type,
                             uint64_t *offset) {
  const IrType *element = &u->types[element_of(u, type)];
  *offset = 0;
  if (element->kind == IR_T_PTR)
    return !a->nhops;
  if (element->kind != IR_T_RECORD || a->nhops != 1 || fn->hops[a->hops].record != element->record)
    return false;
  const IrField *f = &u->fields[u->records[element->record].fields + fn->hops[a->hops].field];
  *offset = f->offset_bits / 8;
  return u->types[f->type].kind == IR_T_PTR;
}

uint64_t pg_initialised_bytes(const IrProgram *p, const PgFunction *pf, const IrInsn *load) {
  const IrAddr *a = &pf->fn->addrs[load->aux];
  IrRef root = ir_addr_root(pf->fn, a->base);
  IrSymId sym = ir_ref_index(root);
  uint32_t unit = pg_unit_index(p, pf->unit);
  uint64_t offset, most = 0;
  if (ir_ref_kind(root) != IR_REF_SYM ||
      !place_in_element(pf->unit, pf->fn, a, pf->unit->symbols[sym].type, &offset) ||
      !find_definition(p, &unit, &sym))
    return 0;
  const IrUnit *u = p->units[unit];
  uint64_t size = u->types[element_of(u, u->symbols[sym].type)].size;
  for (uint32_t i = 0; i < u->ninits && size; i++) {
    const IrPointerInit *init = &u->inits[i];
    if (init->in != sym || init->offset % size != offset)
      continue;
    if (ir_ref_kind(init->target) != IR_REF_SYM)
      return 0;
    const IrType *target = &u->types[u->symbols[ir_ref_index(init->target)].type];
    if (target->kind != IR_T_ARRAY || !target->size)
      return 0;
    most = target->size > most ? target->size : most;
  }
  return most;
}
