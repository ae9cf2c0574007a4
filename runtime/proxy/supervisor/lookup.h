#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { lookup_text_size = 1024, lookup_addresses_limit = 16 };

/* A name lookup in a process of its own, because the C library offers none that does not block. */
struct lookup {
  pid_t pid; /* 0 when none is under way */
  int fd;    /* where its result arrives; -1 when none is under way */
  size_t used;
  char text[lookup_text_size];
};

/* Starts to look up host. False when the process cannot be started. */
bool lookup_start(struct lookup *lookup, const char *host);

/* Reads more of the result. True when it is complete: text holds the sorted addresses, a line each, or is empty. */
bool lookup_receive(struct lookup *lookup);
