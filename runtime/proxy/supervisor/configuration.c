#include "configuration.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "template.h"

static const char conf_name[] = "nginx.conf";
static const char bundle_name[] = "trust_bundle.pem";

bool configuration_is_open(const struct configuration *configuration) {
  return configuration->bundle->pem != NULL && configuration->addresses[0] != '\0';
}

/* Whether the host has IPv6 at all, which not every node has. */
static bool has_ipv6(void) {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  const bool bound = bind(fd, (const struct sockaddr *)&loopback, sizeof loopback) == 0;
  close(fd);
  return bound;
}

static bool append_listen(struct text *text, const char *v4, const char *v6, const char *port) {
  if (!text_append(text, "listen %s:%s;", v4, port)) return false;
  return !has_ipv6() || text_append(text, " listen %s:%s;", v6, port);
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
};

static bool append_api(struct text *servers, const struct configuration *configuration, const struct api *api) {
  const char *templates = configuration->settings->config_dir;
  static struct text addresses, listen, forward;
  text_clear(&addresses);
  text_clear(&listen);
  text_clear(&forward);
  bool fits = append_addresses(&addresses, configuration->addresses, api->upstream_port);
  fits &= append_listen(&listen, "127.0.0.1", "[::1]", api->port);
  const bool open = configuration_is_open(configuration);
  fits &= open ? text_append(&forward, "proxy_next_upstream %s; proxy_pass https://%s;", api->retry, api->name)
               : text_append(&forward, "return 503;");
  const struct placeholder values[] = {{"API", api->name},
                                       {"ADDRESSES", addresses.data},
                                       {"LISTEN", listen.data},
                                       {"FORWARD", forward.data},
                                       {NULL, NULL}};
  if (open) fits &= template_append(servers, templates, "upstream.conf.template", values);
  return fits && template_append(servers, templates, "server.conf.template", values);
}

static const char *missing(const struct configuration *configuration) {
  if (configuration->bundle->pem == NULL) return "trust-bundle";
  return configuration->addresses[0] == '\0' ? "address" : "";
}

/* nginx's info level prints what clients sent, and its debug level the token: neither is ever used. */
static const char *nginx_log_level(const char *level) {
  return strcmp(level, "warn") == 0 || strcmp(level, "error") == 0 ? level : "notice";
}

static bool append_configuration(struct text *text, const struct configuration *configuration) {
  const struct settings *settings = configuration->settings;
  static struct text servers, observability, probe;
  text_clear(&servers);
  text_clear(&observability);
  text_clear(&probe);
  /* Signing twice does no harm; making an identity twice might. */
  const struct api workload = {"workload", settings->workload_port, settings->workload_upstream, "error non_idempotent"};
  const struct api management = {"management", settings->management_port, settings->management_upstream, "error"};
  bool fits = append_api(&servers, configuration, &workload);
  if (settings->management) fits &= append_api(&servers, configuration, &management);
  fits &= append_listen(&observability, "0.0.0.0", "[::]", settings->observability_port);
  const bool open = configuration_is_open(configuration);
  fits &= open ? text_append(&probe, "proxy_pass https://workload%s;", settings->probe_path)
               : text_append(&probe, "return 503;");
  const char *level = settings->log_level;
  const bool all = strcmp(level, "debug") == 0 || strcmp(level, "info") == 0;
  const struct placeholder values[] = {{"NJS_MODULE", settings->njs_module},
                                       {"SCRATCH", settings->scratch},
                                       {"CONFIG_DIR", settings->config_dir},
                                       {"TOKEN_FILE", settings->token_file},
                                       {"IOTEDGED_HOST", settings->host},
                                       {"NGINX_LOG_LEVEL", nginx_log_level(level)},
                                       {"LOG_SUCCESS", all ? "1" : "0"},
                                       {"LOG_REFUSAL", strcmp(level, "error") == 0 ? "0" : "1"},
                                       {"MISSING", missing(configuration)},
                                       {"TRUST", open ? "proxy_ssl_trusted_certificate trust_bundle.pem;" : ""},
                                       {"SERVERS", servers.data},
                                       {"OBSERVABILITY_LISTEN", observability.data},
                                       {"PROBE", probe.data},
                                       {NULL, NULL}};
  return fits && template_append(text, settings->config_dir, "nginx.conf.template", values);
}

static bool make_directory(char *path, size_t size, const char *scratch, const char *name) {
  snprintf(path, size, "%s/%s", scratch, name);
  if (mkdir(path, 0700) == 0 || errno == EEXIST) return true;
  log_write(LOG_LEVEL_ERROR, "%s cannot be made: %s", path, strerror(errno));
  return false;
}

bool configuration_write(const struct configuration *configuration) {
  static struct text conf;
  text_clear(&conf);
  if (!append_configuration(&conf, configuration)) {
    log_write(LOG_LEVEL_ERROR, "the configuration of nginx cannot be made");
    return false;
  }
  char next[PATH_MAX];
  if (!make_directory(next, sizeof next, configuration->settings->scratch, "next")) return false;
  const struct bundle *bundle = configuration->bundle;
  if (bundle->pem != NULL && !write_file(next, bundle_name, bundle->pem, bundle->size)) return false;
  return write_file(next, conf_name, conf.data, conf.used);
}

static bool move(const char *scratch, const char *name) {
  char from[PATH_MAX], to[PATH_MAX];
  snprintf(from, sizeof from, "%s/next/%s", scratch, name);
  snprintf(to, sizeof to, "%s/live/%s", scratch, name);
  if (rename(from, to) == 0) return true;
  log_write(LOG_LEVEL_ERROR, "%s cannot be moved: %s", from, strerror(errno));
  return false;
}

bool configuration_adopt(const struct configuration *configuration) {
  const char *scratch = configuration->settings->scratch;
  char live[PATH_MAX];
  if (!make_directory(live, sizeof live, scratch, "live")) return false;
  if (configuration->bundle->pem != NULL && !move(scratch, bundle_name)) return false;
  return move(scratch, conf_name);
}
