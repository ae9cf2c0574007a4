#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

enum { longest_value = 255, longest_scratch = 72 };

/* Values become part of nginx's configuration, so that nothing but these may stand in them. */
static const char plain_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/?=";

static bool read_text(const char *name, const char **value) {
  const char *text = getenv(name);
  if (text == NULL || text[0] == '\0') {
    log_write(LOG_LEVEL_ERROR, "%s is not set", name);
    return false;
  }
  if (strlen(text) > longest_value || text[strspn(text, plain_characters)] != '\0') {
    log_write(LOG_LEVEL_ERROR, "%s is too long or has a character that is not allowed", name);
    return false;
  }
  *value = text;
  return true;
}

/* Not by strtol, of which newer C libraries have a variant that the image's older one lacks. */
unsigned settings_port(const char *text) {
  unsigned port = 0;
  for (; *text >= '0' && *text <= '9' && port < 65536; text++) port = port * 10 + (unsigned)(*text - '0');
  return *text == '\0' && port < 65536 ? port : 0;
}

static bool read_port(const char *name, const char **value) {
  if (!read_text(name, value)) return false;
  if (settings_port(*value) > 0) return true;
  log_write(LOG_LEVEL_ERROR, "%s must be a port, not %s", name, *value);
  return false;
}

static bool read_switch(const char *name, bool *value) {
  const char *text = getenv(name);
  *value = text != NULL && strcmp(text, "on") == 0;
  if (text == NULL || *value || strcmp(text, "off") == 0) return true;
  log_write(LOG_LEVEL_ERROR, "%s must be on or off", name);
  return false;
}

static bool read_level(const char *name, const char **value) {
  static const char *const levels[] = {"debug", "info", "warn", "error"};
  if (!read_text(name, value)) return false;
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (strcmp(*value, levels[i]) == 0) return true;
  log_write(LOG_LEVEL_ERROR, "%s must be debug, info, warn or error, not %s", name, *value);
  return false;
}

/* Paths of sockets have a limit of their own. */
static bool is_short_enough(const char *scratch) {
  if (strlen(scratch) <= longest_scratch) return true;
  log_write(LOG_LEVEL_ERROR, "PROXY_SCRATCH is longer than %d characters", longest_scratch);
  return false;
}

bool settings_read(struct settings *settings) {
  bool valid = read_text("IOTEDGED_HOST", &settings->host);
  valid &= read_level("PROXY_LOG_LEVEL", &settings->log_level);
  valid &= read_switch("PROXY_MANAGEMENT", &settings->management);
  valid &= read_port("PROXY_WORKLOAD_PORT", &settings->workload_port);
  valid &= read_port("PROXY_MANAGEMENT_PORT", &settings->management_port);
  valid &= read_port("PROXY_OBSERVABILITY_PORT", &settings->observability_port);
  valid &= read_port("PROXY_WORKLOAD_UPSTREAM_PORT", &settings->workload_upstream);
  valid &= read_port("PROXY_MANAGEMENT_UPSTREAM_PORT", &settings->management_upstream);
  valid &= read_text("PROXY_TOKEN_FILE", &settings->token_file);
  valid &= read_text("PROXY_TRUST_BUNDLE_FILE", &settings->bundle_file);
  valid &= read_text("PROXY_PROBE_PATH", &settings->probe_path);
  valid &= read_text("PROXY_SCRATCH", &settings->scratch) && is_short_enough(settings->scratch);
  valid &= read_text("PROXY_CONFIG_DIR", &settings->config_dir);
  valid &= read_text("PROXY_NGINX", &settings->nginx);
  return valid;
}
