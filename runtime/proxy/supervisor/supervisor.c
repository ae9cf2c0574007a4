#include "supervisor.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configuration.h"
#include "template.h"

enum {
  check_interval = 2,
  lookup_interval = 5,
  start_interval = 1,
  retry_interval = 60,
  stop_limit = 27, /* nginx ends its own workers after 25 s (worker_shutdown_timeout) */
};

bool supervisor_init(struct supervisor *supervisor, const struct settings *settings, time_t now) {
  /* The first lookup gets a moment, so that nginx need not be reloaded as soon as it has started. */
  *supervisor = (struct supervisor){.settings = settings, .lookup = {.fd = -1}, .start_at = now + start_interval};
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/reached", settings->scratch);
  unlink(path); /* of a former run of the container */
  return nginx_open(&supervisor->nginx, settings);
}

static void append_counter(struct text *text, const char *name, const char *help) {
  text_append(text, "# HELP iotedge_proxy_%s %s\n# TYPE iotedge_proxy_%s counter\n", name, help, name);
}

static void write_metrics(const struct supervisor *supervisor) {
  static struct text text;
  text_clear(&text);
  append_counter(&text, "trust_bundle_changes_total", "Changes of the mounted trust bundle.");
  text_append(&text, "iotedge_proxy_trust_bundle_changes_total{result=\"accepted\"} %lu\n", supervisor->accepted);
  text_append(&text, "iotedge_proxy_trust_bundle_changes_total{result=\"rejected\"} %lu\n", supervisor->rejected);
  append_counter(&text, "reloads_total", "Changes of nginx's configuration while it ran.");
  text_append(&text, "iotedge_proxy_reloads_total %lu\n", supervisor->reloads);
  append_counter(&text, "failed_lookups_total", "Failed lookups of iotedged's name.");
  text_append(&text, "iotedge_proxy_failed_lookups_total %lu\n", supervisor->failed_lookups);
  write_file(supervisor->settings->scratch, "metrics", text.data, text.used);
}

/* Configures nginx anew, and reloads it when it runs. False leaves what runs as it is. */
static bool apply(struct supervisor *supervisor, const struct bundle *bundle, const char *addresses) {
  const struct configuration next = {.settings = supervisor->settings, .bundle = bundle, .addresses = addresses};
  if (!configuration_write(&next) || !nginx_accepts_next(&supervisor->nginx) || !configuration_adopt(&next))
    return false;
  if (supervisor->nginx.pid == 0) return true;
  supervisor->reloads++;
  return kill(supervisor->nginx.pid, SIGHUP) == 0;
}

/* Starts nginx with what there is: without a bundle or an address it runs as well, to say what is missing. */
static void start(struct supervisor *supervisor, time_t now) {
  supervisor->start_at = now + start_interval;
  if (apply(supervisor, &supervisor->good, supervisor->addresses)) nginx_start(&supervisor->nginx);
}

static void refuse_bundle(struct supervisor *supervisor, const char *reason) {
  supervisor->rejected++;
  log_write(LOG_LEVEL_ERROR, "trust bundle %s is refused: %s; %s", supervisor->settings->bundle_file, reason,
            supervisor->good.pem == NULL ? "there is none to use" : "the last good one stays in use");
}

static void use_bundle(struct supervisor *supervisor, time_t now) {
  char *copy = strdup(supervisor->seen.pem);
  if (copy == NULL || !apply(supervisor, &supervisor->seen, supervisor->addresses)) {
    free(copy);
    supervisor->retry_at = now + retry_interval;
    refuse_bundle(supervisor, "nginx does not accept it");
    return;
  }
  bundle_free(&supervisor->good);
  supervisor->good = (struct bundle){.pem = copy, .size = supervisor->seen.size};
  supervisor->accepted++;
  log_write(LOG_LEVEL_INFO, "trust bundle %s is in use, %zu bytes", supervisor->settings->bundle_file,
            supervisor->good.size);
}

static void check_bundle(struct supervisor *supervisor, time_t now) {
  struct bundle mounted;
  const char *reason = "";
  bool valid = bundle_read(supervisor->settings->bundle_file, &mounted, &reason);
  const bool retry = supervisor->retry_at != 0 && now >= supervisor->retry_at;
  if (supervisor->looked && !retry && bundle_equal(&mounted, &supervisor->seen)) {
    bundle_free(&mounted);
    return;
  }
  bundle_free(&supervisor->seen);
  supervisor->seen = mounted;
  supervisor->looked = true;
  supervisor->retry_at = 0;
  valid = valid && bundle_is_certificates(&supervisor->seen, &reason);
  if (!valid) refuse_bundle(supervisor, reason);
  else if (!bundle_equal(&supervisor->seen, &supervisor->good)) use_bundle(supervisor, now);
  write_metrics(supervisor);
}

void supervisor_tick(struct supervisor *supervisor, time_t now) {
  if (supervisor->stopping) {
    if (now >= supervisor->kill_at) kill(supervisor->nginx.pid, SIGKILL);
    return;
  }
  if (now >= supervisor->next_check) {
    supervisor->next_check = now + check_interval;
    check_bundle(supervisor, now);
  }
  if (supervisor->nginx.pid == 0 && now >= supervisor->start_at) start(supervisor, now);
  if (now >= supervisor->next_lookup && supervisor->lookup.pid == 0) {
    supervisor->next_lookup = now + lookup_interval;
    lookup_start(&supervisor->lookup, supervisor->settings->host);
  }
}

int supervisor_pause(const struct supervisor *supervisor, time_t now) {
  if (supervisor->stopping) return supervisor->kill_at > now ? (int)(supervisor->kill_at - now) * 1000 : 1000;
  time_t next = supervisor->next_check;
  if (supervisor->nginx.pid == 0 && supervisor->start_at < next) next = supervisor->start_at;
  if (supervisor->lookup.pid == 0 && supervisor->next_lookup < next) next = supervisor->next_lookup;
  return next > now ? (int)(next - now) * 1000 : 0;
}

void supervisor_looked_up(struct supervisor *supervisor) {
  const char *found = supervisor->lookup.text;
  if (supervisor->nginx.pid == 0) supervisor->start_at = 0;
  if (supervisor->stopping) return;
  const bool failed = found[0] == '\0';
  if (failed && !supervisor->lookup_failed) log_write(LOG_LEVEL_WARN, "%s cannot be resolved", supervisor->settings->host);
  supervisor->lookup_failed = failed;
  if (failed) {
    supervisor->failed_lookups++;
  } else if (strcmp(found, supervisor->addresses) != 0 && apply(supervisor, &supervisor->good, found)) {
    snprintf(supervisor->addresses, sizeof supervisor->addresses, "%s", found);
    log_write(LOG_LEVEL_INFO, "%s is at %.*s", supervisor->settings->host, (int)strlen(found) - 1, found);
  } else {
    return;
  }
  write_metrics(supervisor);
}

void supervisor_stop(struct supervisor *supervisor, time_t now) {
  kill(supervisor->nginx.pid, supervisor->stopping ? SIGTERM : SIGQUIT);
  if (supervisor->stopping) return;
  log_write(LOG_LEVEL_INFO, "stopping");
  supervisor->stopping = true;
  supervisor->kill_at = now + stop_limit;
}
