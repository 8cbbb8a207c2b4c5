/* Few elements for certain: what all callers hand over, what the field can hold, what is checked on entry, and the
 * length of an array that the same loop walks. */
struct voice {
  double gain, phase;
  float taps[64];
};
struct mixer {
  struct voice *voices;
  int count;
};

static double gains(const struct voice *v, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += v[i].gain;
  return sum;
}
double mono(const struct voice *v) {
  return gains(v, 1);
}
double stereo(const struct voice *v) {
  return gains(v, 2);
}

int mixer_open(struct mixer *m, struct voice *v, int count) {
  if (count != 1 && count != 2 && count != 6)
    return -1;
  m->voices = v;
  m->count = count;
  return 0;
}
double mixed(const struct mixer *m) {
  double sum = 0;
  for (int i = 0; i < m->count; i++)
    sum += m->voices[i].gain;
  return sum;
}

double phases(const struct voice *v, int n) {
  double sum = 0;
  if (n > 12)
    return -1;
  for (int i = 0; i < n; i++)
    sum += v[i].phase;
  return sum;
}

static double weights[8];
double weighted(const struct voice *v, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += v[i].gain * weights[i];
  return sum;
}
