// Who is measured: how each one is told to answer at once, after 100 ms, or as a paced stream. No command: it cannot.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const delay_ms = 100;
export const gap_ms = 20;
const words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
const answer = {
  id: "chatcmpl-1", object: "chat.completion", created: 1700000000, model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: words }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 16, total_tokens: 25 },
};

function file(folder, name, content) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

// kinds: plain, delayed, paced, held (streams that stay open), dark (a second provider, on port + 1, that never answers)
function chaos(program, folder) {
  const provider = (name, port, pace) =>
    `  ${name}: {dialect: openai, model: gpt-4o, port: ${port}, answer_tokens: 14, pace: ${pace}}\n`;
  const at_once = "{first_token: 0ms, between_tokens: 0ms}";
  const scenario = (port, kind) => {
    const paces = { paced: `{first_token: ${gap_ms}ms, between_tokens: ${gap_ms}ms}`, held: "{first_token: 1ms, between_tokens: 10m}" };
    let text = `name: bench_${kind}\nproviders:\n` + provider("mock", port, paces[kind] ?? at_once);
    if (kind === "dark") text += provider("dark", port + 1, at_once);
    if (kind === "delayed") text += `faults:\n  - {target: mock, inject: {latency: {of: ${delay_ms}ms, direction: down}}}\n`;
    if (kind === "dark") text += "faults:\n  - {target: dark, inject: {blackhole: {at: request}}}\n";
    return text;
  };
  return {
    name: "chaos",
    command: (port, kind) => [program, "serve", file(folder, `${kind}.yaml`, scenario(port, kind))],
  };
}

function rig(load) {
  return {
    name: "(the rig)",
    command: (port, kind) => {
      const ms = { plain: 0, delayed: delay_ms, paced: gap_ms }[kind];
      return ms === undefined ? null : [load, "rig", `${port}`, `${ms}`];
    },
  };
}

function aimock(peers, folder) {
  const fixtures = (kind) => {
    const profile = kind === "held" ? { streamingProfile: { ttft: 1, tps: 0.002 } } : {};
    return file(folder, `aimock_${kind}.json`, { fixtures: [{ match: { userMessage: "hello" }, response: { content: words }, ...profile }] });
  };
  const more = { plain: [], delayed: ["--chaos-latency", `${delay_ms}`], paced: ["-l", `${gap_ms}`, "-c", "6"], held: ["-c", "6"] };
  const program = join(peers, "@copilotkit/aimock/dist/cli.js");
  return {
    name: "aimock",
    missing: existsSync(program) ? null : "not installed",
    command: (port, kind) => more[kind] && [process.execPath, program, "-p", `${port}`, "--log-level", "silent", "-f", fixtures(kind), ...more[kind]],
  };
}

function mountebank(peers, folder) {
  const program = join(peers, "mountebank/bin/mb");
  const imposters = (port, kind) => {
    const is = { statusCode: 200, headers: { "Content-Type": "application/json", Connection: "keep-alive" }, body: JSON.stringify(answer) };
    const behaviors = kind === "delayed" ? [{ wait: delay_ms }] : [];
    const stubs = [{ responses: [{ is, behaviors }] }];
    return { imposters: [{ port, protocol: "http", host: "127.0.0.1", stubs }] };
  };
  return {
    name: "mountebank",
    missing: existsSync(program) ? null : "not installed",
    command: (port, kind) =>
      ["plain", "delayed"].includes(kind)
        ? [process.execPath, program, "start", "--port", `${port + 1}`, "--nologfile", "--loglevel", "error", "--host", "127.0.0.1",
            "--pidfile", join(folder, "mb.pid"), "--configfile", file(folder, `mountebank_${kind}.json`, imposters(port, kind))]
        : null,
  };
}

function wiremock(peers, folder, java) {
  const build = join(peers, "wiremock/build");
  const jar = existsSync(build) ? readdirSync(build).find((name) => name.endsWith(".jar")) : undefined;
  const mapping = (kind) => ({
    request: { method: "POST", url: "/v1/chat/completions" },
    response: { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(answer),
      ...(kind === "delayed" ? { fixedDelayMilliseconds: delay_ms } : {}) },
  });
  return {
    name: "WireMock",
    missing: !java ? "no java here" : jar ? null : "not installed",
    // No journal and no log of requests: as its own documentation advises for load.
    command: (port, kind) => {
      if (!["plain", "delayed"].includes(kind)) return null;
      file(folder, `wiremock_${kind}/mappings/chat.json`, mapping(kind));
      return [java, "-jar", join(build, jar), "--port", `${port}`, "--bind-address", "127.0.0.1", "--no-request-journal",
        "--disable-request-logging", "--root-dir", join(folder, `wiremock_${kind}`)];
    },
  };
}

export function subjects({ chaos: program, load, peers, folder, java }) {
  return [rig(load), chaos(program, folder), aimock(peers, folder), mountebank(peers, folder), wiremock(peers, folder, java)];
}
