/* Where clang is. The compiler that a project names is never run. */
#include "analyzer/evidence/ask.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path) {
  struct stat st;
  return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *evidence_find_clang(void) {
  const char *path = getenv("PATH");
  char *folders = hp_strdup(path ? path : ""), *rest = folders, *found = NULL;
  for (const char *folder; !found && (folder = strsep(&rest, ":"));) {
    if (folder[0] != '/') /* never from the analysed tree */
      continue;
    found = hp_format("%s/" EVIDENCE_CLANG, folder);
    if (!is_program(found)) {
      free(found);
      found = NULL;
    }
  }
  free(folders);
  const char *packaged = "/usr/lib/llvm-19/bin/clang";
  return found || !is_program(packaged) ? found : hp_strdup(packaged);
}
