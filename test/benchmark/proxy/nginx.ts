import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const nginx = "/usr/sbin/nginx";

/** An nginx with one worker and a configuration of its own. */
export interface RunningNginx {
  readonly port: number;
  /** Process id of the master. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Files of a server's certificate. */
export interface ServerCertificate {
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** The upstream: TLS, and a fixed answer to who has the token. It costs little, so that it hides no difference. */
export function upstreamServer(port: number, token: string, { certificatePath, keyPath }: ServerCertificate): string {
  return `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificatePath};
    ssl_certificate_key ${keyPath};
    if ($http_authorization != "Bearer ${token}") { return 401; }
    location / { return 200 '{"digest":"${Buffer.alloc(32, 7).toString("base64")}"}'; }
  }`;
}

/** The floor: forwards with a fixed header over verified, kept connections, and checks nothing. */
export function floorServer(options: {
  readonly port: number;
  readonly upstreamPort: number;
  readonly trustBundlePath: string;
  readonly token: string;
}): string {
  const { port, upstreamPort, trustBundlePath, token } = options;
  return `
  upstream iotedged {
    server 127.0.0.1:${upstreamPort};
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass https://iotedged;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${token}";
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${trustBundlePath};
      proxy_ssl_name localhost;
    }
  }`;
}

/** Starts nginx with one server. What it writes itself lies in `directory`, which is made. */
export async function startNginx(directory: string, port: number, server: string): Promise<RunningNginx> {
  await mkdir(directory);
  const path = join(directory, "nginx.conf");
  await writeFile(path, configuration(directory, server));
  const child = spawn(nginx, ["-e", "stderr", "-c", path], { stdio: ["ignore", "inherit", "inherit"] });
  await once(child, "spawn");
  await untilListening(child, port);
  return {
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

function configuration(directory: string, server: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
pid ${directory}/nginx.pid;
error_log stderr error;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join("\n  ")}
  ${server}
}
`;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const socket = connect(port, "127.0.0.1");
    const listens = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) return;
    await sleep(50);
  }
  throw new Error(`nginx does not listen on port ${port}`);
}
