static const unsigned first[64], second[128];
extern const unsigned *const tables[3];
const unsigned *const tables[3] = {first, second, 0};
