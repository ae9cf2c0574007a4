#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A text that grows, up to a fixed size. */
struct text {
  size_t used;
  char data[32768];
};

struct placeholder {
  const char *name;
  const char *value;
};

void text_clear(struct text *text);

/* Appends formatted text. False when it does not fit. */
bool text_append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends the file with each @NAME@ replaced by its value. The list of values ends with a NULL name. False, with a
 * message in the log, when the file cannot be read, names something unknown, or does not fit.
 */
bool template_append(struct text *text, const char *directory, const char *file, const struct placeholder *values);

/* Writes data to a file of mode 0600 that replaces an older one as a whole. */
bool write_file(const char *directory, const char *file, const char *data, size_t size);
