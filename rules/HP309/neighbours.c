/* Next to an exchange that is none: each element goes to its neighbour's place, one way. */
enum { ITEMS = 4096 };
static int items[ITEMS], marks[ITEMS];

int drop_marked(void) {
  int dropped = 0;
  for (int left = ITEMS - 1; left > 0; left--) {
    for (int j = 0; j < left; j++) { // expect: HP309 found
      items[j] = items[j + 1];
      marks[j] = marks[j + 1];
    }
    dropped += items[0];
  }
  return dropped;
}
