/* A loop that never runs long. */
void bands(float *energy, const float *weight) {
  for (int i = 0; i < 21; i++)
    energy[i] = energy[i] * 0.7 * weight[i]; // expect: HP602 low "3 conversions per iteration"
}
