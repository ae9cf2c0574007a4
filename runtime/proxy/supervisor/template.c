#include "template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

void text_clear(struct text *text) {
  text->used = 0;
  text->data[0] = '\0';
}

bool text_append(struct text *text, const char *format, ...) {
  const size_t room = sizeof text->data - text->used;
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(text->data + text->used, room, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= room) return false;
  text->used += (size_t)length;
  return true;
}

static const char *value_of(const struct placeholder *values, const char *name, size_t length) {
  for (; values->name != NULL; values++)
    if (strlen(values->name) == length && memcmp(values->name, name, length) == 0) return values->value;
  return NULL;
}

static bool expand(struct text *text, const char *source, const char *file, const struct placeholder *values) {
  while (*source != '\0') {
    const size_t plain = strcspn(source, "@");
    if (!text_append(text, "%.*s", (int)plain, source)) return false;
    source += plain;
    if (*source == '\0') return true;
    const size_t length = strspn(source + 1, name_characters);
    if (length == 0 || source[length + 1] != '@') {
      if (!text_append(text, "@")) return false;
      source++;
      continue;
    }
    const char *value = value_of(values, source + 1, length);
    if (value == NULL) {
      log_write(LOG_LEVEL_ERROR, "template %s names an unknown value %.*s", file, (int)length, source + 1);
      return false;
    }
    if (!text_append(text, "%s", value)) return false;
    source += length + 2;
  }
  return true;
}

bool template_append(struct text *text, const char *directory, const char *file, const struct placeholder *values) {
  char path[PATH_MAX];
  char source[16384];
  snprintf(path, sizeof path, "%s/%s", directory, file);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? -1 : read(fd, source, sizeof source);
  if (fd >= 0) close(fd);
  if (size < 0 || size == sizeof source) {
    log_write(LOG_LEVEL_ERROR, "template %s cannot be read: %s", path, size < 0 ? strerror(errno) : "too large");
    return false;
  }
  source[size] = '\0';
  return expand(text, source, file, values);
}

bool write_file(const char *directory, const char *file, const char *data, size_t size) {
  char path[PATH_MAX];
  char temporary[PATH_MAX + 4];
  snprintf(path, sizeof path, "%s/%s", directory, file);
  snprintf(temporary, sizeof temporary, "%s.new", path);
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = fd >= 0 && write(fd, data, size) == (ssize_t)size;
  if (fd >= 0) close(fd);
  written = written && rename(temporary, path) == 0;
  if (!written) log_write(LOG_LEVEL_ERROR, "%s cannot be written: %s", path, strerror(errno));
  return written;
}
