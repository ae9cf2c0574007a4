#pragma once

#include <stdbool.h>
#include <time.h>

#include "bundle.h"
#include "lookup.h"
#include "nginx.h"
#include "settings.h"

/* The state of the proxy: what nginx was last configured from, and what was seen since. */
struct supervisor {
  const struct settings *settings;
  struct nginx nginx;
  struct lookup lookup;
  struct bundle good;               /* the trust bundle in use */
  char addresses[lookup_text_size]; /* iotedged's addresses in use, a line each */
  struct bundle seen;               /* last content of the mounted file, whether in use or refused */
  bool looked;                      /* whether there is a last content at all */
  bool lookup_failed;               /* whether the last lookup found nothing */
  bool stopping;
  time_t next_check, next_lookup, start_at, retry_at, kill_at; /* on the monotonic clock */
  unsigned long accepted, rejected, reloads, failed_lookups;
};

bool supervisor_init(struct supervisor *supervisor, const struct settings *settings, time_t now);

/* Does what is due: reads the bundle, starts nginx, starts a lookup, ends an nginx that does not stop. */
void supervisor_tick(struct supervisor *supervisor, time_t now);

/* Milliseconds until supervisor_tick has something to do again. */
int supervisor_pause(const struct supervisor *supervisor, time_t now);

/* Takes in the result of the lookup that has just completed. */
void supervisor_looked_up(struct supervisor *supervisor);

/* Lets nginx finish its requests and end; a second call ends it at once. */
void supervisor_stop(struct supervisor *supervisor, time_t now);
