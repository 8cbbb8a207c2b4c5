/* Loops made of gotos, switches and jumps into the middle. See loops_test.c. */
// clang-format off
int next(void);
void sink(int);

int by_goto(const int *a, int n) {
  int i = 0, s = 0;
again:
  if (i >= n)                                    //: trip <= n
    return s;
  s += a[i];                                     //: load a[i] unit 4
  i++;
  goto again;
}

/* Two back edges to one header are one loop. */
int two_ways_back(const int *a, int n) {
  int i = 0, s = 0;
top:
  s += a[i];                                     //: trip ?; load a[i] unit 4
  i++;
  if (s & 1)
    goto top;
  sink(s);
  if (i < n)
    goto top;
  return s;
}

int into_the_loop(const int *a, int n, int start) {
  int i = 0, s = 0;
  if (start)
    goto middle;
  while (i < n) {                                //: irreducible, 2 entries
    s += a[i];                                   //: load a[i] unknown
middle:
    i++;
  }
  return s;
}

int two_entries(const int *a, int c) {
  int i = 0;
  if (c)
    goto second;
first:
  i += a[i];                                     //: irreducible, 2 entries; load a[i] unknown
second:
  i++;
  if (a[i] > 0)                                  //: load a[i] unknown
    goto first;
  return i;
}

/* Jumped into at the body: the index still counts, but there is no header to say so. */
int irreducible_in_natural(int *a, int n, int c) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    int k = 0;
    if (c)
      goto in;
    while (a[k] > 0) {                           //: irreducible, 2 entries; load a[k] unknown, unknown
      s += a[k];                                 //: load a[k] unknown, unknown
in:
      k++;
    }
    s += a[i];                                   //: load a[i] unit 4
  }
  return s;
}

int natural_in_irreducible(int *a, int n, int c) {
  int s = 0;
  if (c)
    goto in;
out:
  s++;                                           //: irreducible, 2 entries
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i];                                   //: load a[i] unit 4, unknown
in:
  s += a[s];                                     //: load a[s] unknown
  if (s < 100)
    goto out;
  return s;
}

int dispatch(const unsigned char *pc, int *stack) { //: trip ?
  static const void *const ops[] = {&&push, &&add, &&halt, &&jump};
  int acc = 0;
  goto *ops[*pc++];
push:
  *stack++ = *pc++;                              //: load *pc unknown; store *stack unknown
  goto *ops[*pc++];                              //: load *pc unknown; load dispatch.ops[*pc] indirect via *pc
add:
  acc += *--stack;                               //: load *stack unknown
  goto *ops[*pc++];                              //: load *pc unknown; load dispatch.ops[*pc] indirect via *pc
jump:
  pc += *pc;                                     //: load *pc unknown
  goto *ops[*pc++];                              //: load *pc unknown; load dispatch.ops[*pc] indirect via *pc
halt:
  return acc;
}

int dispatch_by_switch(const unsigned char *pc, int *stack) {
  int acc = 0;
  for (;;) {                                     //: trip ?
    switch (*pc++) {                             //: load *pc unknown
    case 0:
      *stack++ = *pc++;                          //: load *pc unknown; store *stack unknown
      break;
    case 1:
      acc += *--stack;                           //: load *stack unknown
      break;
    default:
      return acc;
    }
  }
}

int machine(const char *s) {
  int state = 0, words = 0;
  for (; *s; s++)                                //: trip ?; load *s unit 1
    switch (state) {
    case 0:
      if (*s != ' ') {                           //: load *s unit 1
        words++;
        state = 1;
      }
      break;
    default:
      if (*s == ' ')                             //: load *s unit 1
        state = 0;
    }
  return words;
}

void duff(char *to, const char *from, int count) {
  int n = (count + 3) / 4;
  switch (count % 4) {
  case 0:
    do {
      *to++ = *from++;                           //: load *from unknown; store *to unknown
    case 3:
      *to++ = *from++;                           //: load *from unknown; store *to unknown
    case 2:
      *to++ = *from++;                           //: load *from unknown; store *to unknown
    case 1:
      *to++ = *from++;                           //: irreducible, 4 entries; load *from unknown; store *to unknown
    } while (--n > 0);
  }
}

int several_exits(const int *a, int n, int key) {
  int i;
  for (i = 0; i < n; i++) {                      //: trip <= n
    if (a[i] == key)                             //: load a[i] unit 4
      goto found;
    if (a[i] < 0)                                //: load a[i] unit 4
      return -1;
    if (a[i] > 1000)                             //: load a[i] unit 4
      break;
  }
  return i;
found:
  return i + 1;
}

int inner_continue(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    for (int j = 0; j < n; j++) {                //: trip <= n
      if (a[j] == 0)                             //: load a[j] unit 4, invariant
        goto next_row;
      s += a[j];                                 //: load a[j] unit 4, invariant
    }
    s += a[i];                                   //: load a[i] unit 4
next_row:;
  }
  return s;
}

int crossed(int a, int b, int *p) {
  int s = 0;
  if (a)
    goto two;
one:
  s += p[s];                                     //: irreducible, 2 entries; load p[s] unknown
  if (b)
    goto three;
two:
  s += p[0];                                     //: load *p invariant
  if (s & 1)
    goto one;
three:
  s++;
  if (s < 10)
    goto two;
  if (s < 20)
    goto one;
  return s;
}

/* An address that does not change is the same each time round, however it is entered. */
int watched(const int *p, int c) {
  int s = 0;
  if (c)
    goto in;
again:
  s += *p;                                       //: irreducible, 2 entries; load *p invariant
in:
  s++;
  if (s < 100)
    goto again;
  return s;
}
