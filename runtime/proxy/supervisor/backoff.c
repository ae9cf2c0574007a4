#include "backoff.h"

enum { limit = 30, doublings = 5 };

int backoff_seconds(unsigned failures, unsigned random) {
  const unsigned step = failures == 0 ? 0 : failures - 1;
  const unsigned longest = step >= doublings ? limit : 1u << step;
  return (int)(longest - random % (longest / 2 + 1));
}
