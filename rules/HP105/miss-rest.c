/* The rest of the element is used in the same pass: by an inner loop, by a copy, by a function. */
struct sample {
  int count, kind;
  float values[14];
};

float sum(const struct sample *s, int n) {
  float total = 0;
  for (int i = 0; i < n; i++)
    if (s[i].kind)
      for (int k = 0; k < s[i].count; k++)
        total += s[i].values[k];
  return total;
}

int select_kind(struct sample *to, const struct sample *from, int n, int kind) {
  int count = 0;
  for (int i = 0; i < n; i++) {
    struct sample s = from[i];
    if (s.kind == kind)
      to[count++] = s;
  }
  return count;
}

static float mean(const struct sample *s) {
  float total = 0;
  for (int k = 0; k < 14; k++)
    total += s->values[k];
  return total / (float)s->count;
}

float means(const struct sample *s, int n) {
  float total = 0;
  for (int i = 0; i < n; i++)
    total += mean(&s[i]);
  return total;
}

struct series {
  struct sample *samples;
  int n;
};
void take(float value);

/* The array's address is loaded again for each use: still one array. */
void values(const struct series *s) {
  for (int i = 0; i < s->n; i++)
    if (s->samples[i].kind) {
      take(s->samples[i].values[0]);
      take(s->samples[i].values[3]);
      take(s->samples[i].values[6]);
      take(s->samples[i].values[9]);
      take(s->samples[i].values[12]);
    }
}
