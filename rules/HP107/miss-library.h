struct entry {
  int kind, level;
};
