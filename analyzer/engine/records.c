/* Units from records that hplint-unit wrote, wherever it ran. */
#include "analyzer/engine/internal.h"
#include "ir/build.h"
#include "ir/files.h"
#include "ir/serial.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_LIMIT = 1 << 30 };

static IrUnit *read_record(const char *path, HpError *err) {
  size_t size;
  char *bytes = hp_read_file(path, RECORD_LIMIT, &size, err);
  HpError bad = {0};
  IrUnit *unit = bytes ? ir_read_unit(bytes, size, path, &bad) : NULL;
  if (bytes && !unit)
    hp_fail(err, "%s; hplint-unit of this version writes it anew", bad.text);
  free(bytes);
  return unit;
}

static int by_path(const void *a, const void *b) {
  const IrUnit *x = *(IrUnit *const *)a, *y = *(IrUnit *const *)b;
  return strcmp(ir_str(x, x->path), ir_str(y, y->path));
}

bool units_read(const RunOptions *options, RunResult *out, Shelf **units, HpError *err) {
  uint32_t count = options->nrecords, n = 0;
  IrUnit **read = hp_calloc(count, sizeof *read);
  while (n < count && (read[n] = read_record(options->records[n], err)))
    n++;
  if (n)
    qsort(read, n, sizeof *read, by_path);
  *units = shelf_new(count, run_jobs(options));
  for (uint32_t i = 0; i < n; i++)
    shelf_put_unit(*units, i, read[i]);
  shelf_wait(*units);
  free(read);
  out->units = out->analysed = n;
  return n == count;
}
