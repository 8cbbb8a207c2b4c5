/* Loops: keywords, nests, goto, irreducible, what never repeats, and computed goto. */
extern int next(int);

int nests(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < i; k++) {
      if (next(k))
        continue;
      do
        sum++;
      while (next(sum));
    }
    while (sum > 100)
      sum = next(sum);
  }
  return sum;
}

int once(int n) {
  do {
    if (n)
      break;
    n = next(n);
  } while (0);
  for (;;) {
    n = next(n);
    return n;
  }
}

int never(int n) {
  while (0)
    n = next(n);
  for (; 0;)
    n = next(n);
  return n;
}

int by_goto(int n) {
again:
  n = next(n);
  if (n > 3)
    goto again;
  return n;
}

int irreducible(int n) {
  if (n)
    goto middle;
top:
  n = next(n);
middle:
  for (int i = 0; i < n; i++)
    next(i);
  if (next(n))
    goto top;
  return n;
}

int endless(int n) {
  for (;;)
    while (1)
      if (next(n))
        break;
}

int dispatch(const unsigned char *p) {
  static void *const to[] = {&&add, &&sub, &&stop};
  int n = 0;
  goto *to[*p++];
add:
  n++;
  goto *to[*p++];
sub:
  n--;
  goto *to[*p++];
stop:
  return n;
}

int cases(int n) {
  while (n)
    switch (n) {
    case 1:
      for (; n < 9; n++)
      case 2:
        next(n);
      break;
    default:
      n = next(n);
      continue;
    }
  return n;
}
