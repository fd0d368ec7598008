// One router, slow clients of every kind, and somebody who asks properly all the while. No step waits for time to pass: the slow
// wait for their end, and whoever asks properly asks until all of them have met it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { createInterface } from "node:readline";
import tls from "node:tls";

const [chaos, how, work] = [process.argv[2], process.argv[3], process.argv[5]];
const clients = Number(process.argv[4]);
const secure = how === "tls";
const problems = [];
const expect = (good, words) => { if (!good && problems.length < 20) problems.push(words); };

// --- The model: "quick" answers at once, "endless" never stops.
const model = http.createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const event = (delta, finish = null) =>
    response.write(`data: ${JSON.stringify({ id: "c", model: "m", object: "chat.completion.chunk", created: 1, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  response.on("error", () => {}).setMaxListeners(0);
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (JSON.parse(body).model === "quick") {
    event({ content: "hello" });
    event({}, "stop");
    return response.end("data: [DONE]\n\n");
  }
  const text = "x".repeat(64 * 1024);
  while (!response.destroyed) {
    if (!event({ content: text })) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
});
model.listen(0, "127.0.0.1");
await once(model, "listening");

// --- The router. Its timers are short; nothing else differs from a router in use.
// `total` is that of who asks properly as well, also on a busy machine.
const limits = { head: 2, body: 3, idle: 4, total: 20, answer: 5 }; // seconds; `answer`: for what the router says by itself
writeFileSync(`${work}/router.yaml`, `listen: 127.0.0.1:0
${secure ? `tls: {certificate: ${work}/router.pem, key: ${work}/router.key}` : ""}
limits: {head_timeout: ${limits.head}s, body_timeout: ${limits.body}s, idle_timeout: ${limits.idle}s}
log: {to: none}
providers:
  quick:   {base_url: "http://127.0.0.1:${model.address().port}/v1", model: quick}
  endless: {base_url: "http://127.0.0.1:${model.address().port}/v1", model: endless}
router:
  models: {agent: [quick], endless: [endless], ${Array.from({ length: 2000 }, (_, n) => `model-${n}: [quick]`).join(", ")}}
  timeouts: {total: ${limits.total}s}
`);
const router = spawn(chaos, ["router", `${work}/router.yaml`], { stdio: ["ignore", "pipe", "inherit"] });
let base;
for await (const line of createInterface({ input: router.stdout })) {
  const said = /^listening on (https?:\/\/[^/]+)/.exec(line);
  if (said) { base = new URL(said[1]); break; }
}
if (!base) throw new Error("the router did not start");

// --- Slow clients. Each resolves when the router has ended it, to how long that took.
const ca = secure ? readFileSync(`${work}/router.pem`) : undefined;
const address = { host: "127.0.0.1", port: Number(base.port) };
const connect = () => (secure ? tls.connect({ ...address, ca }) : net.connect(address));
const ready = secure ? "secureConnect" : "connect";

/// Says `first`, then a byte now and then, for ever. `paused`: it reads nothing of what it is told.
function slow(socket, when, first, { dribble, paused = false }) {
  return new Promise((resolve) => {
    const began = performance.now(); // not when it hears that it is connected: it may be busy, and hear of it late
    let timer;
    socket.on(when, () => {
      if (paused) socket.pause(); else socket.resume();
      if (first.length > 0) socket.write(first);
      if (dribble) timer = setInterval(() => socket.writable && socket.write(dribble), 100);
    });
    const over = () => { clearInterval(timer); resolve((performance.now() - began) / 1000); socket.destroy(); };
    socket.on("error", over);
    socket.on("end", over);
    socket.on("close", over);
  });
}
/// Reads nothing, and asks again as long as it can: it learns of its end by what it can no longer write.
function unread(request, times) {
  return slow(connect(), ready, request.repeat(times), { dribble: request, paused: true });
}
const hello = Buffer.from("16030102000100", "hex"); // the beginning of a ClientHello
const post = (body, length = body.length) => `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
const kinds = [
  { name: "bytes of the head trickle in", limit: limits.head, client: () => slow(connect(), ready, "POST /v1/chat/completions HTTP/1.1\r\nx-slow: ", { dribble: "a" }) },
  { name: "bytes of the body trickle in", limit: limits.body, client: () => slow(connect(), ready, post("{", 100_000), { dribble: " " }) },
  { name: "connected, and nothing more", limit: limits.idle, client: () => slow(connect(), ready, "", {}) },
  { name: "answers are not read", limit: limits.answer, client: () => unread("GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n", 300) },
  { name: "a stream is not read", limit: limits.total, client: () => slow(connect(), ready, post('{"model":"endless","stream":true,"messages":[{"role":"user","content":"hi"}]}'), { dribble: " ", paused: true }) },
];
if (secure) {
  kinds.push(
    { name: "no handshake", limit: limits.idle, client: () => slow(net.connect(address), "connect", "", {}) },
    { name: "a handshake that stops", limit: limits.idle, client: () => slow(net.connect(address), "connect", hello, {}) },
    { name: "a handshake that trickles in", limit: limits.idle, client: () => slow(net.connect(address), "connect", hello, { dribble: "\0" }) },
  );
}

// --- Who asks properly: one request after the other on one connection and, now and then, on a new one.
const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
function ask(through) {
  const body = JSON.stringify({ model: "agent", stream: true, messages: [{ role: "user", content: "hi" }] });
  return new Promise((resolve) => {
    const options = { ...address, ca, method: "POST", path: "/v1/chat/completions", headers: { "content-type": "application/json" }, agent: through };
    const request = (secure ? https : http).request(options, async (response) => {
      let text = "";
      try {
        for await (const piece of response) text += piece;
      } catch (error) {
        text = String(error);
      }
      resolve({ status: response.statusCode, text });
    });
    request.on("error", (error) => resolve({ status: 0, text: String(error) }));
    request.end(body);
  });
}

let served = 0;
let slowest = 0;
for (const { name, limit, client } of kinds) {
  let left = clients;
  const all = Array.from({ length: clients }, async () => { const took = await client(); left -= 1; return took; });
  while (left > 0) {
    const began = performance.now();
    const answer = await ask(served % 5 === 0 ? false : agent);
    slowest = Math.max(slowest, performance.now() - began);
    expect(answer.status === 200 && answer.text.endsWith("data: [DONE]\n\n"), `${name}: who asks properly got ${answer.status}: ${answer.text.slice(0, 200)}`);
    served += 1;
    if (problems.length >= 20) break;
  }
  const times = await Promise.all(all);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  // A busy machine makes timers late, never early. (The clock begins just after the connection is asked for.)
  expect(first >= limit - 0.05, `${name}: one was closed after ${first.toFixed(1)} s, before its ${limit} s were over`);
  expect(last <= limit + 20, `${name}: one was closed only after ${last.toFixed(1)} s instead of ${limit} s`);
  console.log(`${how}: ${name}: ${clients} closed after ${first.toFixed(1)} to ${last.toFixed(1)} s (${limit} s)`);
}
agent.destroy();
expect(served >= kinds.length, `only ${served} were served`);
router.kill("SIGTERM");
const [code] = await once(router, "exit");
expect(code === 0, `the router's exit code is ${code}`);
model.closeAllConnections();
model.close();
console.log(`${how}: ${served} who asked properly were served meanwhile, the slowest in ${Math.round(slowest)} ms`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
