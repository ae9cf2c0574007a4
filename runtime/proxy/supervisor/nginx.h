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
