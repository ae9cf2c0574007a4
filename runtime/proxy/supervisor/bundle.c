#include "bundle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char begin_mark[] = "-----BEGIN ";
static const char begin_certificate[] = "-----BEGIN CERTIFICATE-----";
static const char end_certificate[] = "-----END CERTIFICATE-----";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

static bool read_to_end(int fd, struct bundle *bundle, const char **reason) {
  size_t capacity = 0;
  for (;;) {
    if (bundle->size + 1 >= capacity) {
      capacity = capacity == 0 ? 8192 : capacity * 2;
      char *larger = realloc(bundle->pem, capacity);
      if (larger == NULL) {
        *reason = "there is no memory for it";
        return false;
      }
      bundle->pem = larger;
    }
    const ssize_t count = read(fd, bundle->pem + bundle->size, capacity - bundle->size - 1);
    if (count < 0) {
      *reason = "it cannot be read";
      return false;
    }
    bundle->size += (size_t)count;
    bundle->pem[bundle->size] = '\0';
    if (count == 0) return true;
    if (bundle->size > bundle_size_limit) {
      *reason = "it is larger than 1 MiB";
      return false;
    }
  }
}

bool bundle_read(const char *path, struct bundle *bundle, const char **reason) {
  *bundle = (struct bundle){0};
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    *reason = "it cannot be opened";
    return false;
  }
  const bool read = read_to_end(fd, bundle, reason);
  close(fd);
  if (read) sha256_hex(bundle->pem, bundle->size, bundle->hash);
  else bundle_free(bundle);
  return read;
}

/* Length of the line at text without its line end; next is where the following line starts. */
static size_t line_length(const char *text, const char **next) {
  const char *newline = strchrnul(text, '\n');
  *next = *newline == '\0' ? newline : newline + 1;
  const size_t length = (size_t)(newline - text);
  return length > 0 && text[length - 1] == '\r' ? length - 1 : length;
}

static bool line_is(const char *line, size_t length, const char *expected) {
  return length == strlen(expected) && memcmp(line, expected, length) == 0;
}

bool bundle_is_certificates(const struct bundle *bundle, const char **reason) {
  if (strlen(bundle->pem) != bundle->size) {
    *reason = "it holds a zero byte";
    return false;
  }
  size_t certificates = 0;
  bool inside = false;
  const char *next = NULL;
  for (const char *line = bundle->pem; *line != '\0'; line = next) {
    const size_t length = line_length(line, &next);
    if (inside && line_is(line, length, end_certificate)) {
      inside = false;
      certificates++;
    } else if (inside && strspn(line, base64) < length) {
      *reason = "a certificate in it is no valid PEM";
      return false;
    } else if (!inside && line_is(line, length, begin_certificate)) {
      inside = true;
    } else if (!inside && strncmp(line, begin_mark, strlen(begin_mark)) == 0) {
      *reason = "it holds something else than certificates";
      return false;
    }
  }
  if (inside) *reason = "its last certificate is cut off";
  else if (certificates == 0) *reason = "it holds no certificate";
  return !inside && certificates > 0;
}

bool bundle_equal(const struct bundle *a, const struct bundle *b) {
  if (a->pem == NULL || b->pem == NULL) return a->pem == b->pem;
  return a->size == b->size && memcmp(a->pem, b->pem, a->size) == 0;
}

void bundle_free(struct bundle *bundle) {
  free(bundle->pem);
  *bundle = (struct bundle){0};
}
