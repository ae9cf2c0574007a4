#pragma once

#include <stdbool.h>
#include <time.h>

#include "bundle.h"
#include "control.h"
#include "listeners.h"
#include "lookup.h"
#include "nginx.h"
#include "probe.h"
#include "settings.h"
#include "token.h"

enum { nginx_limit = 11 };

/* What happened so far, for metrics. */
struct counts {
  unsigned long bundles_accepted, bundles_rejected, tokens_accepted, tokens_rejected;
  unsigned long reloads_done, reloads_failed, failed_lookups;
};

/* The state of the proxy: what nginx was last configured from, and what was seen since. */
struct supervisor {
  const struct settings *settings;
  struct listeners listeners;
  struct nginx_host host;
  struct nginx nginx[nginx_limit]; /* oldest first; the last one is in use, the others were replaced */
  int nginx_count;
  unsigned long last_number; /* of the nginx that was started last */
  struct control control;
  struct lookup lookup;
  struct probe probe;

  struct bundle bundle;             /* the last good trust bundle */
  struct bundle seen;               /* last content of the mounted file, whether in use or refused */
  struct token token;               /* the last good token */
  char addresses[lookup_text_size]; /* iotedged's last known addresses, a line each */
  bool looked;                      /* whether the mounted files were read at all */
  bool bundle_waits;                /* whether what was seen last is to be taken in use */
  bool changed;                     /* whether nginx has not got the last good state yet */
  bool token_valid;                 /* whether the token's file could be used the last time */
  bool token_expired;               /* whether the last good token has expired */
  bool lookup_failed;               /* whether the last lookup found nothing */

  bool reached;              /* whether iotedged was reached over verified TLS once */
  int probe_status;          /* of the last probe, 0 without an answer */
  unsigned probe_failures;   /* probes in a row that failed with what nginx has */
  time_t reloaded_at;        /* in seconds since 1970 */
  bool reload_succeeded;     /* whether the last reload did */
  struct counts counts;
  bool stopping;
  /* On the monotonic clock. */
  time_t next_check, next_lookup, settle_at, retry_bundle_at, probe_at, probe_ends_at, end_at, kill_at;
};

bool supervisor_init(struct supervisor *supervisor, const struct settings *settings, time_t now);

/* Does what is due: reads token and bundle, starts and ends nginx, starts lookups and probes. */
void supervisor_tick(struct supervisor *supervisor, time_t now);

/* Milliseconds until supervisor_tick has something to do again. */
int supervisor_pause(const struct supervisor *supervisor, time_t now);

/* Takes in the result of the lookup that has just completed. */
void supervisor_looked_up(struct supervisor *supervisor, time_t now);

/* Takes in the result of the probe that has just ended. */
void supervisor_probed(struct supervisor *supervisor, int status, time_t now);

/* Reads the token at once: iotedged refused the one in use. */
void supervisor_reread(struct supervisor *supervisor, time_t now);

/* Takes in that a process ended. False when it was the nginx in use. */
bool supervisor_ended(struct supervisor *supervisor, pid_t pid);

/* Lets nginx finish its requests and end; a second call ends it at once. */
void supervisor_stop(struct supervisor *supervisor, time_t now);
