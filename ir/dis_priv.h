/* What the files that print listings, loops and graphs share. Internal to ir/. */
#ifndef HPLINT_IR_DIS_PRIV_H
#define HPLINT_IR_DIS_PRIV_H

#include "ir/row.h"
#include "ir/text.h"

/* Columns there are. */
uint32_t dis_width(const IrDisOptions *options);

#endif
