/* An array of pointers to records that point on. */
struct material {
  double density;
};
struct shape {
  int id;
  struct material *material;
};
struct body {
  char name[24];
  struct shape *shape;
};

double total_density(struct body *const *bodies, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP102 "2 loads in a row before it has bodies[i]->shape->material"
    sum += bodies[i]->shape->material != 0;
  return sum;
}

double total(struct body *const *bodies, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP102 "3 loads in a row before it has"
    sum += bodies[i]->shape->material->density;
  return sum;
}
