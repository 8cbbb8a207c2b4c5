/* Globs over paths: `*`, `?`, `[..]` within a component, `**` across components.
 *
 * The patterns come from an untrusted tree, so matching must not explode: after a star, only the
 * last one is ever tried again (what earlier ones took cannot matter), which bounds the work by the
 * product of the lengths. That rules out fnmatch. */
#include "analyzer/project/parts.h"

#include <string.h>

typedef struct Span {
  const char *at, *end;
} Span;

/* One character against `[a-z]`, `[!x]`; *next is what follows. An unclosed bracket is itself. */
static bool match_class(Span glob, char c, const char **next) {
  const char *s = glob.at + 1;
  bool inverted = s < glob.end && (*s == '!' || *s == '^');
  s += inverted;
  bool hit = false;
  for (const char *first = s; s < glob.end && (*s != ']' || s == first); s++) {
    unsigned char low = (unsigned char)*s, high = low;
    if (s + 2 < glob.end && s[1] == '-' && s[2] != ']') {
      high = (unsigned char)s[2];
      s += 2;
    }
    hit |= low <= (unsigned char)c && (unsigned char)c <= high;
  }
  if (s >= glob.end) {
    *next = glob.at + 1;
    return c == '[';
  }
  *next = s + 1;
  return hit != inverted;
}

static bool match_one(Span glob, char c, const char **next) {
  if (*glob.at == '[')
    return match_class(glob, c, next);
  *next = glob.at + 1;
  return *glob.at == '?' || *glob.at == c;
}

/* A component against its pattern. */
static bool match_name(Span glob, Span name) {
  const char *star = NULL, *resume = NULL;
  while (name.at < name.end) {
    const char *next;
    if (glob.at < glob.end && *glob.at == '*') {
      star = ++glob.at;
      resume = name.at;
    } else if (glob.at < glob.end && match_one(glob, *name.at, &next)) {
      glob.at = next;
      name.at++;
    } else if (star) {
      glob.at = star;
      name.at = ++resume;
    } else {
      return false;
    }
  }
  while (glob.at < glob.end && *glob.at == '*')
    glob.at++;
  return glob.at == glob.end;
}

static Span component(const char *s) {
  return (Span){s, s + strcspn(s, "/")};
}

static const char *after(Span s) {
  return s.end + (*s.end == '/');
}

/* Component by component. A pattern that ends while the path goes on has matched a folder above it;
 * `whole` does not let that count. */
static bool match_components(const char *glob, const char *path, bool whole) {
  const char *stars = NULL, *resume = NULL;
  for (;;) {
    Span g = component(glob), p = component(path);
    if (!*glob && (!whole || !*path))
      return true;
    if (*glob && g.end - g.at == 2 && g.at[0] == '*' && g.at[1] == '*') {
      stars = after(g);
      resume = path;
      if (!*stars) /* at the end: something must be there */
        return *path != 0;
      glob = stars;
    } else if (*glob && *path && match_name(g, p)) {
      glob = after(g);
      path = after(p);
    } else if (stars && *resume) {
      resume = after(component(resume));
      path = resume;
      glob = stars;
    } else {
      return false;
    }
  }
}

static bool match_glob(const char *glob, const char *relative, bool whole) {
  if (!strncmp(glob, "./", 2))
    glob += 2;
  bool anchored = *glob == '/';
  glob += anchored;
  const char *slash = strchr(glob, '/');
  if (!*glob)
    return false;
  if (anchored || (slash && slash[1]))
    return match_components(glob, relative, whole);
  for (const char *at = relative; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
    if (match_components(glob, at, whole))
      return true;
  return false;
}

bool path_matches(const char *glob, const char *relative) {
  return match_glob(glob, relative, false);
}

bool path_is_match(const char *glob, const char *relative) {
  return match_glob(glob, relative, true);
}
