#include "supervisor.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "backoff.h"
#include "configuration.h"

enum {
  check_interval = 2,
  lookup_interval = 5,
  start_interval = 5, /* the first lookup gets this long, so that nginx need not be replaced at once */
  settle_interval = 1, /* changes that follow each other quickly are made in one */
  retry_interval = 60,
  /* A replaced nginx waits until no client has an idle connection to it (keepalive_timeout), then for its requests. */
  replaced_seconds = 80,
  replaced_limit = 8, /* each takes 4 MB */
  stop_seconds = 25,
  kill_seconds = 27,
  probe_interval = 1,
  probe_seconds = 10,
  /* iotedged forgets what it was told when it starts anew. */
  acknowledge_interval = 300,
};

bool supervisor_init(struct supervisor *supervisor, const struct settings *settings, time_t now) {
  *supervisor = (struct supervisor){.settings = settings,
                                    .lookup = {.fd = -1},
                                    .probe = {.fd = -1},
                                    .token_valid = true,
                                    .settle_at = now + start_interval};
  configuration_remove_all(settings);
  return listeners_open(&supervisor->listeners, settings) && control_open(&supervisor->control, settings->scratch) &&
         nginx_host_open(&supervisor->host, settings, &supervisor->listeners);
}

static struct nginx *in_use(struct supervisor *supervisor) {
  return supervisor->nginx_count == 0 ? NULL : &supervisor->nginx[supervisor->nginx_count - 1];
}

static void quit(struct nginx *nginx) {
  kill(nginx->pid, SIGQUIT);
  nginx->quit = true;
}

/* Tells replaced nginx to end: those whose time has come, and the oldest one when there are too many. */
static void end_replaced(struct supervisor *supervisor, time_t now) {
  int left = supervisor->nginx_count - 1;
  for (int i = 0; i < supervisor->nginx_count - 1; i++) {
    struct nginx *nginx = &supervisor->nginx[i];
    if (!nginx->quit && (now >= nginx->quit_at || left > replaced_limit)) quit(nginx);
    if (nginx->quit) left--;
  }
}

/* Starts an nginx with what is to be, and lets it take over. False leaves what runs as it is. */
static bool replace_nginx(struct supervisor *supervisor, const struct configuration *next, time_t now) {
  struct nginx started = {.number = supervisor->last_number + 1};
  supervisor->last_number = started.number;
  if (!configuration_write(next, started.number) || !nginx_start(&supervisor->host, &started) ||
      !configuration_make_current(next, started.number)) {
    if (started.pid != 0) nginx_end_orphans(&started);
    configuration_remove(supervisor->settings, started.number);
    return false;
  }
  struct nginx *replaced = in_use(supervisor);
  if (replaced != NULL) {
    nginx_replace(&supervisor->host, replaced);
    replaced->quit_at = now + replaced_seconds;
  }
  supervisor->nginx[supervisor->nginx_count++] = started;
  return true;
}

static bool apply(struct supervisor *supervisor, const struct bundle *bundle, time_t now) {
  const struct configuration next = {.settings = supervisor->settings,
                                     .token = &supervisor->token,
                                     .token_expired = supervisor->token_expired,
                                     .bundle = bundle,
                                     .addresses = supervisor->addresses,
                                     .ipv6 = supervisor->listeners.ipv6};
  const bool first = supervisor->nginx_count == 0;
  supervisor->settle_at = now + settle_interval;
  supervisor->reload_succeeded = replace_nginx(supervisor, &next, now);
  supervisor->reloaded_at = time(NULL);
  if (!supervisor->reload_succeeded) {
    supervisor->counts.reloads_failed++;
    return false;
  }
  if (!first) supervisor->counts.reloads_done++;
  supervisor->changed = false;
  probe_cancel(&supervisor->probe);
  supervisor->probe_failures = 0;
  supervisor->probe_at = now;
  return true;
}

static void refuse_bundle(struct supervisor *supervisor, const char *reason) {
  supervisor->counts.bundles_rejected++;
  log_write(LOG_LEVEL_ERROR, "trust bundle %s is refused: %s; %s", supervisor->settings->bundle_file, reason,
            supervisor->bundle.pem == NULL ? "there is none to use" : "the last good one stays in use");
}

static void use_bundle(struct supervisor *supervisor, time_t now) {
  struct bundle copy = supervisor->seen;
  copy.pem = strdup(supervisor->seen.pem);
  supervisor->bundle_waits = false;
  if (copy.pem == NULL || !apply(supervisor, &copy, now)) {
    bundle_free(&copy);
    supervisor->retry_bundle_at = now + retry_interval;
    refuse_bundle(supervisor, "nginx does not accept it");
    return;
  }
  bundle_free(&supervisor->bundle);
  supervisor->bundle = copy;
  supervisor->counts.bundles_accepted++;
  log_write(LOG_LEVEL_INFO, "trust bundle %s is in use, %zu bytes, SHA-256 %s", supervisor->settings->bundle_file,
            copy.size, copy.hash);
}

static void check_bundle(struct supervisor *supervisor, time_t now) {
  struct bundle mounted;
  const char *reason = "";
  bool valid = bundle_read(supervisor->settings->bundle_file, &mounted, &reason);
  const bool retry = supervisor->retry_bundle_at != 0 && now >= supervisor->retry_bundle_at;
  if (supervisor->looked && !retry && bundle_equal(&mounted, &supervisor->seen)) {
    bundle_free(&mounted);
    return;
  }
  bundle_free(&supervisor->seen);
  supervisor->seen = mounted;
  supervisor->retry_bundle_at = 0;
  valid = valid && bundle_is_certificates(&supervisor->seen, &reason);
  if (!valid) refuse_bundle(supervisor, reason);
  supervisor->bundle_waits = valid && !bundle_equal(&supervisor->seen, &supervisor->bundle);
}

static void note_expiry(struct supervisor *supervisor) {
  const bool expired = supervisor->token.expiry != 0 && time(NULL) >= supervisor->token.expiry;
  if (expired == supervisor->token_expired) return;
  supervisor->token_expired = expired;
  supervisor->changed = true;
  if (expired) log_write(LOG_LEVEL_ERROR, "token %s has expired", supervisor->settings->token_file);
}

/* A token that cannot be read leaves the last good one in use: it counts until it expires. */
static void check_token(struct supervisor *supervisor) {
  struct token mounted;
  const char *reason = "";
  const bool valid = token_read(supervisor->settings->token_file, &mounted, &reason);
  if (!valid && (supervisor->token_valid || !supervisor->looked)) {
    supervisor->counts.tokens_rejected++;
    log_write(LOG_LEVEL_ERROR, "token %s is refused: %s; %s", supervisor->settings->token_file, reason,
              supervisor->token.text[0] == '\0' ? "there is none to use" : "the last good one stays in use");
  }
  supervisor->token_valid = valid;
  if (valid && strcmp(mounted.text, supervisor->token.text) != 0) {
    supervisor->token = mounted;
    supervisor->changed = true;
    supervisor->counts.tokens_accepted++;
  }
  note_expiry(supervisor);
}

/* Whether one more nginx may be started; if not, the oldest one is ended without waiting for its requests. */
static bool has_room(struct supervisor *supervisor, time_t now) {
  if (supervisor->nginx_count < nginx_limit) return true;
  kill(supervisor->nginx[0].pid, SIGTERM);
  supervisor->settle_at = now + settle_interval;
  return false;
}

/* Brings nginx in step with what was seen. */
static void settle(struct supervisor *supervisor, time_t now) {
  const bool settled = !supervisor->bundle_waits && !supervisor->changed && supervisor->nginx_count > 0;
  if (settled || !has_room(supervisor, now)) return;
  if (supervisor->bundle_waits) use_bundle(supervisor, now);
  if (!supervisor->changed && supervisor->nginx_count > 0) return;
  if (apply(supervisor, &supervisor->bundle, now)) return;
  log_write(LOG_LEVEL_ERROR, "nginx cannot be started with what is new");
}

static void check_files(struct supervisor *supervisor, time_t now) {
  supervisor->next_check = now + check_interval;
  check_bundle(supervisor, now);
  check_token(supervisor);
  supervisor->looked = true;
}

static void check_probe(struct supervisor *supervisor, time_t now) {
  if (supervisor->nginx_count == 0) return;
  if (supervisor->probe.fd >= 0 && now >= supervisor->probe_ends_at) supervisor_probed(supervisor, 0, now);
  if (supervisor->probe.fd >= 0 || now < supervisor->probe_at) return;
  supervisor->probe_ends_at = now + probe_seconds;
  if (!probe_start(&supervisor->probe, supervisor->settings->scratch, supervisor->settings->probe_path))
    supervisor_probed(supervisor, 0, now);
}

static void signal_all(struct supervisor *supervisor, int signal) {
  for (int i = 0; i < supervisor->nginx_count; i++) kill(supervisor->nginx[i].pid, signal);
}

void supervisor_tick(struct supervisor *supervisor, time_t now) {
  if (supervisor->stopping) {
    if (now >= supervisor->end_at) signal_all(supervisor, now >= supervisor->kill_at ? SIGKILL : SIGTERM);
    return;
  }
  if (now >= supervisor->next_check) check_files(supervisor, now);
  if (now >= supervisor->settle_at) settle(supervisor, now);
  end_replaced(supervisor, now);
  check_probe(supervisor, now);
  if (now >= supervisor->next_lookup && supervisor->lookup.pid == 0) {
    supervisor->next_lookup = now + lookup_interval;
    lookup_start(&supervisor->lookup, supervisor->settings->host);
  }
}

int supervisor_pause(const struct supervisor *supervisor, time_t now) {
  if (supervisor->stopping) return 1000;
  time_t next = supervisor->next_check;
  const bool waits = supervisor->nginx_count == 0 || supervisor->changed || supervisor->bundle_waits;
  if (waits && supervisor->settle_at < next) next = supervisor->settle_at;
  if (supervisor->lookup.pid == 0 && supervisor->next_lookup < next) next = supervisor->next_lookup;
  if (supervisor->probe.fd < 0 && supervisor->probe_at < next) next = supervisor->probe_at;
  return next > now ? (int)(next - now) * 1000 : 0;
}

void supervisor_looked_up(struct supervisor *supervisor, time_t now) {
  const char *found = supervisor->lookup.text;
  if (supervisor->stopping) return;
  const bool failed = found[0] == '\0';
  if (failed) supervisor->counts.failed_lookups++;
  if (failed && !supervisor->lookup_failed)
    log_write(LOG_LEVEL_WARN, "%s cannot be resolved", supervisor->settings->host);
  supervisor->lookup_failed = failed;
  if (failed && supervisor->nginx_count == 0) settle(supervisor, now);
  if (failed || strcmp(found, supervisor->addresses) == 0) return;
  memcpy(supervisor->addresses, found, strlen(found) + 1);
  supervisor->changed = true;
  settle(supervisor, now);
  log_write(LOG_LEVEL_INFO, "%s is at %.*s", supervisor->settings->host, (int)strlen(found) - 1, found);
}

/*
 * A module waits for the first answer, so it is asked for every second. Later ones are nothing but news for iotedged, of
 * which many proxies may have some at once: a new trust bundle, which iotedged's own certificate may follow any time.
 */
static int retry_interval_of(const struct supervisor *supervisor) {
  unsigned random = 0;
  if (!supervisor->reached) return probe_interval;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0) random = 0;
  return backoff_seconds(supervisor->probe_failures, random);
}

void supervisor_probed(struct supervisor *supervisor, int status, time_t now) {
  probe_cancel(&supervisor->probe);
  supervisor->probe_status = status;
  const bool refused = status == 401 || status == 403;
  const bool answered = status >= 200 && status < 500 && !refused;
  supervisor->reached = supervisor->reached || answered;
  supervisor->probe_failures = answered ? 0 : supervisor->probe_failures + 1;
  supervisor->probe_at = now + (answered ? acknowledge_interval : retry_interval_of(supervisor));
}

void supervisor_reread(struct supervisor *supervisor, time_t now) {
  if (supervisor->stopping) return;
  check_token(supervisor);
  settle(supervisor, now);
}

bool supervisor_ended(struct supervisor *supervisor, pid_t pid) {
  for (int i = 0; i < supervisor->nginx_count; i++) {
    struct nginx *nginx = &supervisor->nginx[i];
    if (nginx->pid != pid) continue;
    const bool was_in_use = nginx == in_use(supervisor);
    nginx_end_orphans(nginx);
    configuration_remove(supervisor->settings, nginx->number);
    memmove(nginx, nginx + 1, (size_t)(supervisor->nginx_count - i - 1) * sizeof *nginx);
    supervisor->nginx_count--;
    return !was_in_use;
  }
  return true;
}

void supervisor_stop(struct supervisor *supervisor, time_t now) {
  signal_all(supervisor, supervisor->stopping ? SIGTERM : SIGQUIT);
  if (supervisor->stopping) return;
  log_write(LOG_LEVEL_INFO, "stopping");
  listeners_close(&supervisor->listeners);
  supervisor->stopping = true;
  supervisor->end_at = now + stop_seconds;
  supervisor->kill_at = now + kill_seconds;
}
