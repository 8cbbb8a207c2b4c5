/* Atomic accesses of fields: one instruction that updates, with the field's path. */
struct gate {
  int a;
  long loading;
  int *next;
  struct {
    unsigned char bit, flags[4];
  } in;
};

int swap_if(struct gate *p) {
  return __sync_bool_compare_and_swap(&p->loading, 0, 1);
}

long swap_value(struct gate *p, long was) {
  return __sync_val_compare_and_swap(&p->loading, was, 2);
}

int exchange(struct gate *p, long *was) {
  return __atomic_compare_exchange_n(&p->loading, was, 3, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

long add(struct gate *p, int i) {
  __sync_fetch_and_or(&p->in.flags[i], 4);
  __atomic_store_n(&p->a, 1, __ATOMIC_RELEASE);
  return __sync_fetch_and_add(&p->loading, 1) + __atomic_load_n(&p->a, __ATOMIC_ACQUIRE);
}

void release(struct gate *p) {
  while (__sync_lock_test_and_set(&p->a, 1))
    ;
  __sync_lock_release(&p->a);
}
