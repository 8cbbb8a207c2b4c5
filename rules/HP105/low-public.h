/* What a library declares for its users. */
struct star {
  double x, y, z, mass;
  char name[32];
};
struct planet {
  double x, y, z, mass;
  char name[32];
};
struct moon {
  double x, y, z, mass;
  char name[32];
};
struct comet {
  double x, y, z, mass;
  char name[32];
};

struct star *make_stars(int n);
double mass_of_stars(const struct star *s, int n);

typedef int visit_planets(const struct planet *all, int n, void *context);
double mass_of_planets(const struct planet *p, int n);
int visit(const struct planet *p, int n, visit_planets *seen, void *context);

double mass_of_moons(const struct moon *m, int n);
double mass_of_comets(const struct comet *c, int n);
