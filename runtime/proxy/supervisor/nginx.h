#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "listeners.h"
#include "log.h"
#include "settings.h"

/* What every nginx of this proxy shares. */
struct nginx_host {
  const struct settings *settings;
  const struct listeners *listeners;
  int access_end, error_end; /* where an nginx writes */
  struct log_stream access;
  struct log_stream errors;
};

/* One nginx, a master with its worker. Its files lie in the directory scratch/NUMBER. */
struct nginx {
  unsigned long number;
  pid_t pid;      /* 0 when it does not run */
  time_t quit_at; /* when one that was replaced is told to end */
  bool quit;      /* whether it was told */
};

/* Makes the pipes for nginx's output. */
bool nginx_host_open(struct nginx_host *host, const struct settings *settings, const struct listeners *listeners);

/* Starts an nginx with the files that are in its directory. False when it does not come up. */
bool nginx_start(const struct nginx_host *host, struct nginx *nginx);

/* Lets a replaced nginx hand each further request to the one in use, and close the connection that it came over. */
bool nginx_replace(const struct nginx_host *host, const struct nginx *nginx);

/* Ends the workers of a master that ended: they would go on serving where containers share process ids. */
void nginx_end_orphans(const struct nginx *nginx);
