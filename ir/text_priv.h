/* What the text form's printer and parser share. Internal to ir/. */
#ifndef HPLINT_IR_TEXT_PRIV_H
#define HPLINT_IR_TEXT_PRIV_H

#include "ir/text.h"

typedef struct FlagName {
  uint32_t flag;
  const char *name;
} FlagName;

/* Ended by a NULL name; a flag without a name is written as a number. */
extern const FlagName text_file_flags[], text_type_flags[], text_record_flags[], text_field_flags[],
    text_symbol_flags[], text_local_flags[], text_memory_flags[], text_insn_flags[],
    text_block_flags[], text_no_flags[];
extern const char *const text_rmw[]; /* by IrRmw */
/* By IrTypeKind. */
extern const char *const text_type_kinds[];

/* Words that end the bare spelling of a type. */
bool text_reserved(const char *word, size_t length);
/* Can the type's name stand in the text without quotes: words, stars, one array bound. */
bool text_bare_type(const char *name);

/* The record whose fields a path over this operand starts in, IR_NONE if it is not clear. */
IrRecordId text_path_record(const IrUnit *u, const IrFunction *fn, IrRef base);
/* The record that the next step of a path is in. */
IrRecordId text_next_record(const IrUnit *u, IrRecordId record, uint32_t field);
/* What an address is of when the text does not say, given the instruction's result type. */
IrTypeId text_default_object(const IrUnit *u, IrOp op, IrTypeId result);

#endif
