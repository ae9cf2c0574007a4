#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "log.h"
#include "settings.h"

/* The nginx master process and what it writes. */
struct nginx {
  const struct settings *settings;
  pid_t pid; /* 0 when it does not run */
  int access_end;
  int error_end;
  struct log_stream access;
  struct log_stream errors;
};

/* Makes the pipes for nginx's output. */
bool nginx_open(struct nginx *nginx, const struct settings *settings);

/* Whether nginx accepts scratch/next/nginx.conf. What it objects to is in its error log. */
bool nginx_accepts_next(const struct nginx *nginx);

/* Starts nginx with scratch/live/nginx.conf. */
bool nginx_start(struct nginx *nginx);

/* Ends the workers of a master that was killed: they would go on serving where process ids are shared with other containers. */
void nginx_end_orphans(const struct nginx *nginx);
