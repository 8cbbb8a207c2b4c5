/* Through a macro, and through a helper that moves what it is given. */
#include <string.h>

#define REMOVE_AT(array, count, at)                                                                \
  do {                                                                                             \
    memmove(&(array)[at], &(array)[(at) + 1], ((count) - (at)-1) * sizeof *(array));               \
    (count)--;                                                                                     \
  } while (0)

size_t strip(char **words, size_t n) {
  for (size_t i = n; i-- > 0;)
    if (!words[i][0])
      REMOVE_AT(words, n, i); // expect: HP309 low "the elements of words"
  return n;
}

static void make_room(char *text, size_t length, size_t at) {
  memmove(text + at + 1, text + at, length - at + 1);
}

/* a backslash before each quote */
void escape(char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] == '"') {
      make_room(text, length++, i); // expect: HP309 low "with make_room"
      text[i++] = '\\';
    }
}
