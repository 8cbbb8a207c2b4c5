/* With indices in records, by pointer in a do loop, by a macro. */
enum { N = 1 << 21 };
static float weights[N];
struct edge {
  int from, to;
  float length;
};

#define WEIGHT(e) weights[(e).to]

float ends(const struct edge *edges, int n) {
  float sum = 0;
  for (int i = 0; i < n; i++)
    sum += WEIGHT(edges[i]) * edges[i].length; // expect: HP303 found
  return sum;
}

float chosen(const int *which) {
  float most = 0;
  do {
    const float *w = weights + *which; // the place
    if (*w > most)                     // expect: HP303 found
      most = *w;
  } while (*++which >= 0);
  return most;
}

void scatter(const struct edge *e, const struct edge *end) {
  for (; e < end; ++e)
    weights[e->from] += e->length; // expect: HP303 found
}
