/* One sensor of 32, one channel of a picture's 16, a column that nothing comes back to. */
enum { SENSORS = 32, SAMPLES = 100000 };

float mean(const float *samples) {
  float sum = 0;
  for (int i = 0; i < SAMPLES; i++) // expect: HP302 "moves 128 bytes on through samples"
    sum += samples[i * SENSORS];
  return sum / SAMPLES;
}

static int cells[20000][64];

void clear_column(int column) {
  for (int row = 0; row < 20000; row++) // expect: HP302 "256 bytes"
    cells[row][column] = 0;
}
