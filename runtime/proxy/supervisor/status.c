#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "configuration.h"
#include "control.h"
#include "template.h"

static const char json_type[] = "application/json";

static const char *missing(const struct supervisor *supervisor) {
  return configuration_missing(&(struct configuration){.token = &supervisor->token,
                                                       .token_expired = supervisor->token_expired,
                                                       .bundle = &supervisor->bundle,
                                                       .addresses = supervisor->addresses});
}

/*
 * What keeps the module from being started; nothing once iotedged was reached.
 *
 * Once is enough: were readiness to follow iotedged, its restart would take every module's pod out of its Service.
 */
static const char *unready(const struct supervisor *supervisor) {
  const char *reason = missing(supervisor);
  if (reason[0] != '\0' || supervisor->reached) return reason;
  return supervisor->probe_status == 401 || supervisor->probe_status == 403 ? "token-refused" : "upstream";
}

static void answer_readiness(const struct supervisor *supervisor, int connection) {
  char body[128];
  const char *reason = unready(supervisor);
  if (reason[0] == '\0') snprintf(body, sizeof body, "{\"status\":\"ready\"}");
  else snprintf(body, sizeof body, "{\"status\":\"not ready\",\"reason\":\"%s\"}", reason);
  control_answer(connection, reason[0] == '\0' ? 200 : 503, json_type, body);
}

static void answer_status(const struct supervisor *supervisor, int connection) {
  char body[512];
  char bundle[sha256_hex_size + 2] = "null";
  char expiry[32] = "null";
  const struct token *token = &supervisor->token;
  if (supervisor->bundle.pem != NULL) snprintf(bundle, sizeof bundle, "\"%s\"", supervisor->bundle.hash);
  if (token->expiry != 0) snprintf(expiry, sizeof expiry, "%lld", token->expiry);
  snprintf(body, sizeof body,
           "{\"trustBundle\":%s,\"tokenNotAfter\":%s,\"missing\":\"%s\",\"iotedgedReached\":%s,"
           "\"lastReload\":{\"time\":%lld,\"succeeded\":%s}}\n",
           bundle, expiry, missing(supervisor), supervisor->reached ? "true" : "false",
           (long long)supervisor->reloaded_at, supervisor->reload_succeeded ? "true" : "false");
  control_answer(connection, 200, json_type, body);
}

static void append_family(struct text *text, const char *name, const char *type, const char *help) {
  text_append(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_gauge(struct text *text, const char *name, long long value, const char *help) {
  append_family(text, name, "gauge", help);
  text_append(text, "%s %lld\n", name, value);
}

/* A counter with one label of two values. */
static void append_pair(struct text *text, const char *name, unsigned long good, unsigned long bad, const char *help) {
  append_family(text, name, "counter", help);
  text_append(text, "%s{result=\"accepted\"} %lu\n", name, good);
  text_append(text, "%s{result=\"rejected\"} %lu\n", name, bad);
}

static void append_requests(struct text *text, const struct supervisor *supervisor) {
  append_family(text, "iotedge_proxy_requests_total", "counter",
                "Requests of the module, by the class of their status.");
  const unsigned long *requests = supervisor->host.access.requests;
  for (int class = 1; class <= 5; class++)
    text_append(text, "iotedge_proxy_requests_total{code=\"%dxx\"} %lu\n", class, requests[class]);
}

static void answer_metrics(const struct supervisor *supervisor, int connection) {
  static struct text text;
  const struct counts *counts = &supervisor->counts;
  text_clear(&text);
  append_requests(&text, supervisor);
  append_gauge(&text, "iotedge_proxy_token_not_after_seconds", supervisor->token.expiry,
               "When the token expires, in seconds since 1970; 0 without a token that says so.");
  append_pair(&text, "iotedge_proxy_token_changes_total", counts->tokens_accepted, counts->tokens_rejected,
              "Changes of the mounted token.");
  append_pair(&text, "iotedge_proxy_trust_bundle_changes_total", counts->bundles_accepted, counts->bundles_rejected,
              "Changes of the mounted trust bundle.");
  if (supervisor->bundle.pem != NULL) {
    append_family(&text, "iotedge_proxy_trust_bundle_info", "gauge",
                  "The trust bundle in use, by the SHA-256 of its file.");
    text_append(&text, "iotedge_proxy_trust_bundle_info{sha256=\"%s\"} 1\n", supervisor->bundle.hash);
  }
  append_pair(&text, "iotedge_proxy_reloads_total", counts->reloads_done, counts->reloads_failed,
              "Times that nginx was given a new token, trust bundle or address of iotedged.");
  append_gauge(&text, "iotedge_proxy_last_reload_success", supervisor->reload_succeeded,
               "Whether the last reload succeeded.");
  append_gauge(&text, "iotedge_proxy_last_reload_timestamp_seconds", supervisor->reloaded_at,
               "When the last reload was tried.");
  append_gauge(&text, "iotedge_proxy_nginx_instances", supervisor->nginx_count,
               "Running nginx, those that were replaced included.");
  append_family(&text, "iotedge_proxy_failed_lookups_total", "counter", "Failed lookups of iotedged's name.");
  text_append(&text, "iotedge_proxy_failed_lookups_total %lu\n", counts->failed_lookups);
  control_answer(connection, 200, "text/plain; version=0.0.4", text.data);
}

void status_serve(struct supervisor *supervisor, time_t now) {
  char path[32];
  for (int connection; (connection = control_accept(&supervisor->control, path)) >= 0;) {
    if (strcmp(path, "/readyz") == 0) {
      answer_readiness(supervisor, connection);
    } else if (strcmp(path, "/status") == 0) {
      answer_status(supervisor, connection);
    } else if (strcmp(path, "/metrics") == 0) {
      answer_metrics(supervisor, connection);
    } else if (strcmp(path, "/reread") == 0) {
      supervisor_reread(supervisor, now);
      control_answer(connection, 200, json_type, "{}");
    } else {
      control_answer(connection, 404, json_type, "{}");
    }
  }
}
