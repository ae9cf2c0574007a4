#pragma once

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Drops messages below the level of that name (debug, info, warn, error). */
void log_set_level(const char *name);

/* Writes one line of JSON to standard output. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * One of nginx's output streams, forwarded line by line.
 *
 * Lines of the access log start with the status. Those that are JSON are forwarded, all are counted.
 */
struct log_stream {
  int fd;
  bool access;               /* the access log; else the error log */
  unsigned long requests[6]; /* by the first digit of their status; 0 for none */
  size_t used;
  char buffer[32768];
};

/* Forwards what there is to read, whole lines only. False at the end of the stream. */
bool log_forward(struct log_stream *stream);
