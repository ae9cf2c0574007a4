#pragma once

#include <stdbool.h>

/* Settings of the proxy, all from the environment. The image sets those that are part of the contract. */
struct settings {
  const char *host;               /* IOTEDGED_HOST: Service name of iotedged, and the name in its certificate */
  const char *log_level;          /* PROXY_LOG_LEVEL: debug, info, warn or error */
  bool management;                /* PROXY_MANAGEMENT: whether the management API is offered as well */
  const char *workload_port;      /* PROXY_WORKLOAD_PORT, on loopback */
  const char *management_port;    /* PROXY_MANAGEMENT_PORT, on loopback */
  const char *observability_port; /* PROXY_OBSERVABILITY_PORT, on all addresses */
  const char *workload_upstream;  /* PROXY_WORKLOAD_UPSTREAM_PORT at iotedged */
  const char *management_upstream; /* PROXY_MANAGEMENT_UPSTREAM_PORT at iotedged */
  const char *token_file;         /* PROXY_TOKEN_FILE */
  const char *bundle_file;        /* PROXY_TRUST_BUNDLE_FILE */
  const char *probe_path;         /* PROXY_PROBE_PATH: path at the workload API that any module may read */
  const char *scratch;            /* PROXY_SCRATCH: the only directory that is written to */
  const char *config_dir;         /* PROXY_CONFIG_DIR: templates of nginx's configuration */
  const char *nginx;              /* PROXY_NGINX: path of the program */
};

/* Reads and checks the environment. Logs each problem; false when there was one. */
bool settings_read(struct settings *settings);

/* The port that the text says; 0 when it is none. */
unsigned settings_port(const char *text);
