#include "configuration.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "template.h"

static const char conf_name[] = "nginx.conf";
static const char token_name[] = "token.conf";
static const char bundle_name[] = "trust_bundle.pem";
/* All that lies in the directory of an nginx. */
static const char *const file_names[] = {conf_name,   token_name,      bundle_name,
                                         "nginx.pid", "workload.sock", "management.sock", "replaced"};

/*
 * Regular expressions of what a request line may ask for, and of $http_host|$server_port: parts of two maps each.
 *
 * A path may hold no backslash, fragment, empty segment or incomplete percent-encoding, and no dot segment, be its dots
 * and slashes encoded or not.
 */
#define SEPARATOR "(?:/(?!/)|%2[fF]|%5[cC])"
#define NO_DOT_SEGMENT "(?!(?:\\.|%2[eE]){1,2}(?:/|%2[fF]|%5[cC]|[? ]))"
#define PATH_CHARACTERS "[!\\x22$&-.0->@-[\\]-~]++|%(?!2[fF]|5[cC])[0-9a-fA-F]{2}"
#define QUERY_CHARACTERS "[!\\x22$&-[\\]-~]++|%[0-9a-fA-F]{2}"
static const char target_expression[] =
    "(?=/)(?:" SEPARATOR NO_DOT_SEGMENT "|" PATH_CHARACTERS ")*+(?:\\?(?:" QUERY_CHARACTERS ")*+)?";
static const char host_expression[] =
    "(?i:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::(\\d{1,5})(?=\\|\\g{-1}(?:\\||$)))?\\|\\d+";

const char *configuration_missing(const struct configuration *configuration) {
  if (configuration->bundle->pem == NULL) return "trust-bundle";
  if (configuration->addresses[0] == '\0') return "address";
  if (configuration->token_expired) return "token-expired";
  return configuration->token->text[0] == '\0' ? "token" : "";
}

static bool is_open(const struct configuration *configuration) {
  return configuration_missing(configuration)[0] == '\0';
}

static bool append_listen(struct text *text, const char *v4, const char *v6, const char *port) {
  if (!text_append(text, "listen %s:%s;", v4, port)) return false;
  return v6 == NULL || text_append(text, " listen %s:%s;", v6, port);
}

static bool append_addresses(struct text *text, const char *addresses, const char *port) {
  while (*addresses != '\0') {
    const int length = (int)strcspn(addresses, "\n");
    const char *format = memchr(addresses, ':', (size_t)length) == NULL ? "server %.*s:%s; " : "server [%.*s]:%s; ";
    if (!text_append(text, format, length, addresses, port)) return false;
    addresses += length + 1;
  }
  return true;
}

/* What one API of iotedged needs to be forwarded. */
struct api {
  const char *name;
  const char *port;
  const char *upstream_port;
  /* When a request is sent again. A pooled connection may have been closed by iotedged at the same moment. */
  const char *retry;
  const char *read_timeout;
  const char *buffering;
};

/* A line for each request would take a fifth of the CPU: iotedged has none either above level debug. */
static bool logs_all(const char *level) { return strcmp(level, "debug") == 0; }

/* A line to count every request by, and one to log those that are worth it. */
static const char *access_log(const char *level) {
  return logs_all(level) ? "access_log /dev/stdout count buffer=16k flush=1s; "
                           "access_log /dev/stdout json buffer=16k flush=1s;"
                         : "access_log /dev/stdout count buffer=16k flush=1s; "
                           "access_log /dev/stdout json buffer=16k flush=1s if=$logged;";
}

static bool append_api(struct text *servers, const struct configuration *configuration, const char *directory,
                       const struct api *api) {
  const struct settings *settings = configuration->settings;
  const bool open = is_open(configuration);
  static struct text addresses, listen, forward;
  text_clear(&addresses);
  text_clear(&listen);
  text_clear(&forward);
  bool fits = append_addresses(&addresses, configuration->addresses, api->upstream_port);
  fits &= append_listen(&listen, "127.0.0.1", configuration->ipv6 ? "[::1]" : NULL, api->port);
  fits &= open ? text_append(&forward, "proxy_pass https://%s;", api->name)
               : text_append(&forward, "error_page 503 /.answer; return 503;");
  const struct placeholder values[] = {{"API", api->name},
                                       {"ADDRESSES", addresses.data},
                                       {"LISTEN", listen.data},
                                       {"FORWARD", forward.data},
                                       {"INTERCEPT", open ? "on" : "off"},
                                       {"RETRY", api->retry},
                                       {"READ_TIMEOUT", api->read_timeout},
                                       {"BUFFERING", api->buffering},
                                       {"ACCESS_LOG", access_log(settings->log_level)},
                                       {"SCRATCH", settings->scratch},
                                       {"DIRECTORY", directory},
                                       {NULL, NULL}};
  if (open) fits &= template_append(servers, settings->config_dir, "upstream.conf.template", values);
  return fits && template_append(servers, settings->config_dir, "server.conf.template", values);
}

/* Why nginx answers 503 without having asked iotedged. */
static const char *unavailability(const char *missing) {
  if (strcmp(missing, "trust-bundle") == 0) return "the proxy has no valid trust bundle to verify iotedged with";
  if (strcmp(missing, "address") == 0) return "the proxy cannot resolve iotedged's name";
  if (strcmp(missing, "token-expired") == 0) return "the proxy's token for iotedged has expired";
  if (strcmp(missing, "token") == 0) return "the proxy has no token for iotedged";
  return "the proxy handles as many requests as it can";
}

/* nginx's info level prints what clients sent, and its debug level the token: neither is ever used. */
static const char *nginx_log_level(const char *level) {
  return strcmp(level, "warn") == 0 || strcmp(level, "error") == 0 ? level : "notice";
}

static bool append_configuration(struct text *text, const struct configuration *configuration, const char *directory) {
  const struct settings *settings = configuration->settings;
  static struct text servers, observability;
  text_clear(&servers);
  text_clear(&observability);
  /* Signing twice does no harm; making an identity twice might. Logs are followed for as long as somebody reads. */
  const struct api workload = {"workload", settings->workload_port, settings->workload_upstream, "error non_idempotent",
                               "30s", "on"};
  const struct api management = {"management", settings->management_port, settings->management_upstream, "error", "1h",
                                 "off"};
  bool fits = append_api(&servers, configuration, directory, &workload);
  if (settings->management) fits &= append_api(&servers, configuration, directory, &management);
  fits &= append_listen(&observability, "0.0.0.0", configuration->ipv6 ? "[::]" : NULL, settings->observability_port);
  const char *missing = configuration_missing(configuration);
  const char *trust = "proxy_ssl_trusted_certificate trust_bundle.pem;";
  const char *level = settings->log_level;
  const struct placeholder values[] = {{"SCRATCH", settings->scratch},
                                       {"DIRECTORY", directory},
                                       {"IOTEDGED_HOST", settings->host},
                                       {"NGINX_LOG_LEVEL", nginx_log_level(level)},
                                       {"LOG_REFUSAL", strcmp(level, "error") == 0 ? "0" : "1"},
                                       {"UNAVAILABLE", missing[0] == '\0' ? "busy" : missing},
                                       {"UNAVAILABLE_MESSAGE", unavailability(missing)},
                                       {"TRUST", missing[0] == '\0' ? trust : ""},
                                       {"TARGET", target_expression},
                                       {"HOST", host_expression},
                                       {"BUNDLE_HASH", configuration->bundle->hash},
                                       {"SERVERS", servers.data},
                                       {"OBSERVABILITY_LISTEN", observability.data},
                                       {NULL, NULL}};
  return fits && template_append(text, settings->config_dir, "nginx.conf.template", values);
}

static void directory_of(char path[PATH_MAX], const struct settings *settings, unsigned long number) {
  snprintf(path, PATH_MAX, "%s/%lu", settings->scratch, number);
}

static bool write_token(const char *directory, const struct token *token) {
  static struct text text;
  text_clear(&text);
  return text_append(&text, "proxy_set_header Authorization \"Bearer %s\";\n", token->text) &&
         write_file(directory, token_name, text.data, text.used);
}

bool configuration_write(const struct configuration *configuration, unsigned long number) {
  static struct text conf;
  char directory[PATH_MAX];
  configuration_remove(configuration->settings, number);
  directory_of(directory, configuration->settings, number);
  if (mkdir(directory, 0700) != 0) {
    log_write(LOG_LEVEL_ERROR, "%s cannot be made: %s", directory, strerror(errno));
    return false;
  }
  text_clear(&conf);
  if (!append_configuration(&conf, configuration, directory)) {
    log_write(LOG_LEVEL_ERROR, "the configuration of nginx cannot be made");
    return false;
  }
  if (!write_file(directory, conf_name, conf.data, conf.used)) return false;
  const struct bundle *bundle = configuration->bundle;
  if (bundle->pem != NULL && !write_file(directory, bundle_name, bundle->pem, bundle->size)) return false;
  return write_token(directory, configuration->token);
}

bool configuration_make_current(const struct configuration *configuration, unsigned long number) {
  const char *scratch = configuration->settings->scratch;
  char target[32], link[PATH_MAX], temporary[PATH_MAX];
  snprintf(target, sizeof target, "%lu", number);
  snprintf(link, sizeof link, "%s/current", scratch);
  snprintf(temporary, sizeof temporary, "%s/next", scratch);
  unlink(temporary);
  if (symlink(target, temporary) == 0 && rename(temporary, link) == 0) return true;
  log_write(LOG_LEVEL_ERROR, "%s cannot be written: %s", link, strerror(errno));
  return false;
}

static void remove_directory(const char *scratch, const char *name) {
  char directory[PATH_MAX], path[PATH_MAX + 32];
  snprintf(directory, sizeof directory, "%s/%s", scratch, name);
  for (size_t i = 0; i < sizeof file_names / sizeof *file_names; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, file_names[i]);
    unlink(path);
  }
  rmdir(directory);
}

void configuration_remove(const struct settings *settings, unsigned long number) {
  char name[32];
  snprintf(name, sizeof name, "%lu", number);
  remove_directory(settings->scratch, name);
}

void configuration_remove_all(const struct settings *settings) {
  DIR *scratch = opendir(settings->scratch);
  if (scratch == NULL) return;
  for (const struct dirent *entry; (entry = readdir(scratch)) != NULL;)
    if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0') remove_directory(settings->scratch, entry->d_name);
  closedir(scratch);
}
