long hash_folded(const char *word);
