// Who stands in front of the upstream, and how each one is asked for "small", "large", "stream", "held" and "failover".
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { file, folder } from "../measure.mjs";

const a_while = "30m";  // no timer of theirs shall end a stream that is held
const as_named = (kind) => (kind === "failover" ? "small" : kind);

// Each has: command(port), model(kind), and where they matter at(port, kind) and fields(kind).
function chaos(program, upstream, name, log) {
  const base = (port) => `base_url: "http://127.0.0.1:${port}/v1"`;
  const models = ["small", "large", "stream", "held"];
  const configuration = (port) => `listen: 127.0.0.1:${port}
workers: 1
log: {to: ${log}}
providers:
${models.map((model) => `  ${model}: {${base(upstream)}, model: ${model}}`).join("\n")}
  limited: {${base(upstream + 1)}, model: small}
router:
  models: {${models.map((model) => `${model}: [${model}]`).join(", ")}, failover: [limited, small]}
  timeouts: {first_token: ${a_while}, idle: ${a_while}, total: ${a_while}}
  breaker: {failures: 1000, window_minimum: 100000}
`;
  return {
    name,
    command: (port) => {
      rmSync(log, { force: true });  // a second of it is tens of megabytes
      return [program, "router", file("router.yaml", configuration(port))];
    },
    model: (kind) => kind,
  };
}

// One process and one thread, like ours. Streams have a port of their own, where nothing is buffered.
function nginx(program, upstream) {
  const server = (port, pool, more = "") => `  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / { proxy_pass http://${pool}; ${more} }
  }\n`;
  const pool = (name, ports) => `  upstream ${name} { ${ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(" ")} keepalive 64; keepalive_requests 100000000; }\n`;
  const configuration = (port) => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log error;
worker_rlimit_nofile 20000;
events { worker_connections 19000; }
http {
  access_log off;
  keepalive_requests 100000000;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_read_timeout ${a_while};
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path ${folder}/nginx_${one};`).join(" ")}
${pool("one", [upstream])}` + server(port, "one") + server(port + 1, "one", "proxy_buffering off;") + "}\n";
  return {
    name: "nginx",
    missing: program ? null : "not installed: apt-get install nginx-light",
    command: (port) => [program, "-p", folder, "-e", join(folder, "nginx.log"), "-c", file("nginx.conf", configuration(port))],
    model: (kind) => (kind === "failover" ? null : kind),
    at: (port, kind) => (["stream", "held"].includes(kind) ? port + 1 : port),
  };
}

function haproxy(program, upstream) {
  const configuration = (port) => `global
  maxconn 9000
  nbthread 1
defaults
  mode http
  http-reuse always
  option http-no-delay
  timeout connect 5s
  timeout client ${a_while}
  timeout server ${a_while}
  timeout http-keep-alive ${a_while}
listen all
  bind 127.0.0.1:${port} backlog 8192
  server one 127.0.0.1:${upstream}
`;
  return {
    name: "haproxy",
    missing: program ? null : "not installed: apt-get install haproxy",
    command: (port) => [program, "-db", "-q", "-f", file("haproxy.cfg", configuration(port))],
    model: (kind) => (kind === "failover" ? null : kind),
  };
}

function portkey(peers, upstream) {
  const program = join(peers, "@portkey-ai/gateway/build/start-server.js");
  const target = (port) => ({ provider: "openai", api_key: "any", custom_host: `http://127.0.0.1:${port}/v1` });
  const failing_over = { strategy: { mode: "fallback", on_status_codes: [429] }, targets: [target(upstream + 1), target(upstream)] };
  return {
    name: "Portkey",
    missing: existsSync(program) ? null : "not installed",
    command: (port) => [process.execPath, "--import", join(import.meta.dirname, "loopback.mjs"), program, `--port=${port}`, "--headless"],
    model: as_named,
    fields: (kind) => ({ "x-portkey-config": JSON.stringify(kind === "failover" ? failing_over : target(upstream)) }),
  };
}

export function subjects({ chaos: program, peers, upstream, nginx: nginx_program, haproxy: haproxy_program }) {
  return [
    { name: "(direct)", model: as_named },
    chaos(program, upstream, "chaos", "none"),
    chaos(program, upstream, "chaos, its log", join(folder, "router.log")),
    nginx(nginx_program, upstream),
    haproxy(haproxy_program, upstream),
    portkey(peers, upstream),
  ];
}
