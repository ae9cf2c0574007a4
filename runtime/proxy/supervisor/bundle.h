#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sha256.h"

enum { bundle_size_limit = 1 << 20 };

struct bundle {
  char *pem; /* with a closing zero byte; NULL when there is none */
  size_t size;
  char hash[sha256_hex_size]; /* of the file's bytes; empty when there is none */
};

/* Reads a file of at most bundle_size_limit bytes. The content belongs to the caller. False with a reason. */
bool bundle_read(const char *path, struct bundle *bundle, const char **reason);

/* Whether the content is one or more PEM blocks, certificates alone, with nothing but comments between. */
bool bundle_is_certificates(const struct bundle *bundle, const char **reason);

bool bundle_equal(const struct bundle *a, const struct bundle *b);
void bundle_free(struct bundle *bundle);
