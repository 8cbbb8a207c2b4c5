#include "db/internal.h"
void db_files_free(Store *s) {
  (void)s;
}
