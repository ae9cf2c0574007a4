#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static enum log_level lowest = LOG_LEVEL_INFO;

void log_set_level(const char *name) {
  for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++)
    if (strcmp(name, level_names[level]) == 0) lowest = (enum log_level)level;
}

static void write_all(const char *data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(STDOUT_FILENO, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return; /* nobody reads the log: there is no one to tell */
    data += written;
    size -= (size_t)written;
  }
}

/* Copies text as the inside of a JSON string: line ends as spaces, what else is not printable as question marks. */
static void escape(char *out, size_t size, const char *text) {
  size_t used = 0;
  for (; *text != '\0' && used + 2 < size; text++) {
    const char c = *text;
    if (c == '"' || c == '\\') out[used++] = '\\';
    out[used++] = c >= 0x20 && c < 0x7f ? c : (c == '\n' ? ' ' : '?');
  }
  out[used] = '\0';
}

static void write_line(enum log_level level, const char *component, const char *message) {
  if (level < lowest) return;
  char time_text[32];
  const time_t now = time(NULL);
  struct tm utc;
  strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&now, &utc));
  char escaped[2048];
  escape(escaped, sizeof escaped, message);
  char line[2304];
  const int length = snprintf(line, sizeof line, "{\"time\":\"%s\",\"level\":\"%s\",\"component\":\"%s\",\"msg\":\"%s\"}\n",
                              time_text, level_names[level], component, escaped);
  write_all(line, (size_t)length);
}

void log_write(enum log_level level, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  write_line(level, "supervisor", message);
}

/* Level of a line such as "2026/01/31 00:00:00 [error] 7#7: *1 message", or of "nginx: [emerg] message". */
static enum log_level nginx_level(const char *line) {
  if (strstr(line, "[notice]") != NULL) return LOG_LEVEL_DEBUG;
  if (strstr(line, "[warn]") != NULL) return LOG_LEVEL_WARN;
  return LOG_LEVEL_ERROR;
}

/* Forwards a line of the error log without its context, which repeats the request line with its query. */
static void forward_error(char *line) {
  const enum log_level level = nginx_level(line);
  char *message = strstr(line, "] ");
  message = message == NULL ? line : message + 2;
  char *context = strstr(message, ", client: ");
  if (context != NULL) *context = '\0';
  write_line(level, "nginx", message);
}

/* Counts a request by its line, which is its status. False for a line that is JSON, to be forwarded. */
static bool count_request(struct log_stream *stream, const char *line) {
  if (*line == '{') return false;
  stream->requests[*line >= '1' && *line <= '5' ? *line - '0' : 0]++;
  return true;
}

/* Forwards JSON lines, as many as follow each other at once. */
static void forward_access(struct log_stream *stream, char *start, const char *end) {
  char *unsent = start;
  for (char *next; start < end; start = next) {
    next = (char *)memchr(start, '\n', (size_t)(end - start)) + 1;
    if (!count_request(stream, start)) continue;
    write_all(unsent, (size_t)(start - unsent));
    unsent = next;
  }
  write_all(unsent, (size_t)(end - unsent));
}

static void forward_errors(char *start, const char *end) {
  for (char *newline; start < end; start = newline + 1) {
    newline = memchr(start, '\n', (size_t)(end - start));
    *newline = '\0';
    forward_error(start);
  }
}

bool log_forward(struct log_stream *stream) {
  const ssize_t count = read(stream->fd, stream->buffer + stream->used, sizeof stream->buffer - 1 - stream->used);
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  if (count == 0) return false;
  stream->used += (size_t)count;
  stream->buffer[stream->used] = '\0';
  const char *newline = memrchr(stream->buffer, '\n', stream->used);
  const size_t whole = newline == NULL ? 0 : (size_t)(newline + 1 - stream->buffer);
  if (stream->access) forward_access(stream, stream->buffer, stream->buffer + whole);
  else forward_errors(stream->buffer, stream->buffer + whole);
  stream->used -= whole;
  if (whole == 0 && stream->used == sizeof stream->buffer - 1) stream->used = 0;
  memmove(stream->buffer, stream->buffer + whole, stream->used);
  return true;
}
