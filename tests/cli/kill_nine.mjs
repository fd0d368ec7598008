// The load, the tools with their ledger, a model, and the killer; one process beside the router. No step waits for time to pass:
// each waits for something to happen.
import { spawn } from "node:child_process";
import { once, EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { createInterface } from "node:readline";

const [chaos, killsWanted, work] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const callers = 6;
const problems = [];
const expect = (good, words) => { if (!good && problems.length < 20) problems.push(words); };

// --- The tools: every effect is counted; one in five replies is lost after the effect, one in seven calls fails before it.
const performed = new Map(); // effect -> how often
const received = new Map();
const ledger = new Map(); // key -> effect
const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
let calls = 0;
let replays = 0;
const tools = http.createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const { effect } = JSON.parse(body);
  const key = request.headers["idempotency-key"];
  const honoured = request.url.startsWith("/keyed");
  count(received, effect);
  calls += 1;
  if (calls % 7 === 0) return response.writeHead(429, { "retry-after-ms": "1" }).end("{}");
  if (honoured && ledger.has(key)) {
    replays += 1;
    expect(ledger.get(key) === effect, `the key ${key} came with another effect`);
  } else {
    if (honoured) {
      expect(key !== undefined, `${effect} came without a key`);
      ledger.set(key, effect);
    }
    count(performed, effect);
  }
  if (calls % 5 === 0) return request.socket.destroy();
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ did: effect }));
});

// --- The model: no two answers are the same.
let answers = 0;
const model = http.createServer((request, response) => {
  request.resume();
  const event = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  const chunk = (delta, finish = null) => ({ id: "c", model: "m", object: "chat.completion.chunk", created: 1, choices: [{ index: 0, delta, finish_reason: finish }] });
  response.writeHead(200, { "content-type": "text/event-stream" });
  event(chunk({ role: "assistant", content: "" }));
  event(chunk({ content: `answer ${++answers}` }));
  event(chunk({}, "stop"));
  response.end("data: [DONE]\n\n");
});

const port = async (server) => { server.listen(0, "127.0.0.1"); await once(server, "listening"); return server.address().port; };
const [toolPort, modelPort] = [await port(tools), await port(model)];
const tool = (path, honours) => `
    kind: tool
    endpoint: http://127.0.0.1:${toolPort}${path}
    failure_modes: [reply_lost, rate_limit]
    strategy: queue_and_retry
    honours_keys: ${honours}
    retry: {max_attempts: 50, backoff: 1ms, backoff_cap: 5ms}
    queue: {entries: 100000, at_once: 8}`;
writeFileSync(`${work}/dependencies.yaml`, `dependencies:\n  keyed:${tool("/keyed", true)}\n  plain:${tool("/plain", false)}\n`);
writeFileSync(`${work}/router.yaml`, `listen: 127.0.0.1:0
store: ${work}/state.db
dependencies: ${work}/dependencies.yaml
providers: {model: {base_url: "http://127.0.0.1:${modelPort}/v1", model: m}}
router: {models: {agent: [model]}}
log: {to: none}
`);

// --- The router, of which there is one at a time.
const news = new EventEmitter().setMaxListeners(0);
let router;
let base;
let life = 0;
async function start() {
  router = spawn(chaos, ["router", `${work}/router.yaml`], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: router.stdout })) {
    const said = /^listening on (http:\/\/[^/]+)/.exec(line);
    if (!said) continue;
    base = new URL(said[1]);
    life += 1;
    news.emit("alive");
    return;
  }
  throw new Error("the router did not start");
}

// --- Callers.
function ask(method, path, { key, body } = {}) {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", ...(key ? { "idempotency-key": key } : {}) };
    const request = http.request({ host: base.hostname, port: base.port, method, path, headers, agent: false }, async (response) => {
      let text = "";
      try {
        for await (const piece of response) text += piece;
        resolve(response.complete ? { status: response.statusCode, headers: response.headers, text } : undefined);
      } catch {
        resolve(undefined);
      }
    });
    request.on("error", () => resolve(undefined));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
/// Asks again after each restart until there is an answer.
async function askUntilAnswered(...question) {
  for (;;) {
    const asked = life;
    const answer = await ask(...question);
    if (answer) return answer;
    if (life === asked) await once(news, "alive");
  }
}

const accepted = []; // {where, effect, keyed}
const told = new Map(); // key of a conversation -> its answer
const tally = { accepted: 0, refused: 0, unknown: 0, conversations: 0, replayed: 0 };
let stopping = false;
let sequence = 0;
const progress = () => news.emit("progress");

async function callTool(effect, path, key) {
  const answer = key ? await askUntilAnswered("POST", path, { key, body: { effect } }) : await ask("POST", path, { body: { effect } });
  if (!answer) return (tally.unknown += 1);
  if (answer.status !== 202) {
    expect(answer.status === 503, `${path}: status ${answer.status}: ${answer.text}`);
    return (tally.refused += 1);
  }
  tally.accepted += 1;
  accepted.push({ where: answer.headers.location, effect, keyed: path === "/tools/keyed" });
  progress();
}
async function converse(key) {
  const body = { model: "agent", stream: true, messages: [{ role: "user", content: key }] };
  const answer = await askUntilAnswered("POST", "/v1/chat/completions", { key, body });
  if (answer.status !== 200) return expect(answer.status === 503, `conversation: ${answer.status} ${answer.text}`);
  tally.conversations += 1;
  if (answer.headers["x-chaos-replayed"]) tally.replayed += 1;
  if (told.has(key)) expect(told.get(key) === answer.text, `${key} was answered twice, and differently`);
  expect(answer.text.endsWith("data: [DONE]\n\n"), `${key}: half an answer`);
  told.set(key, answer.text);
  progress();
}
async function caller() {
  while (!stopping) {
    const n = ++sequence;
    if (n % 4 === 0) await callTool(`keyed-${n}`, "/tools/keyed", `key-${n}`);
    else if (n % 4 === 1) await callTool(`made-${n}`, "/tools/keyed");
    else if (n % 4 === 2) await callTool(`plain-${n}`, "/tools/plain");
    else await converse(`talk-${n % 8 === 3 ? n : Math.max(3, n - 64)}`);
  }
}

// --- The killer: after so many things have happened in a life, which differs from life to life.
const began = process.hrtime.bigint();
await start();
const load = Array.from({ length: callers }, caller);
for (let kill = 1; kill <= killsWanted; ++kill) {
  for (let left = 1 + ((kill * 7) % 23); left > 0; --left) await once(news, "progress");
  const gone = once(router, "exit");
  router.kill("SIGKILL");
  await gone;
  await start();
}
stopping = true;
await Promise.all(load);

// --- The judge.
const ends = { done: 0, dead: 0 };
async function judge({ where, effect, keyed }) {
  const answer = await ask("GET", `${where}?wait=60s`);
  expect(answer?.status === 200, `${effect} was accepted as ${where} and is lost: ${answer?.status}`);
  if (answer?.status !== 200) return;
  const { state, why } = JSON.parse(answer.text);
  expect(state === "done" || state === "dead", `${effect} is ${state}`);
  ends[state] += 1;
  const effects = performed.get(effect) ?? 0;
  if (state === "done") expect(effects === 1, `${effect} is done, and happened ${effects} times`);
  if (keyed) expect(state === "done", `${effect} is keyed, and ${state}: ${why}`);
  if (state === "dead") expect(/not sent again/.test(why), `${effect} is dead: ${why}`);
}
const judged = accepted.slice();
while (judged.length > 0) await Promise.all(judged.splice(0, 16).map(judge));
const dead = JSON.parse((await ask("GET", "/queue?state=dead")).text).calls;
expect(dead.length >= ends.dead, `${ends.dead} are dead, and ${dead.length} are listed`);
for (const [effect, times] of performed) expect(times === 1, `${effect} happened ${times} times`);
for (const key of told.keys()) await converse(key);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;

expect(life === killsWanted + 1, `${life} lives`);
expect(ends.done > killsWanted, "too few calls were done to say anything");
expect(replays > 0, "no keyed call was ever sent twice: the load does not test that");
expect(tally.replayed > 0, "no conversation was ever replayed");
router.kill("SIGKILL");
tools.close();
model.close();
tools.closeAllConnections();
model.closeAllConnections();
console.log(`${killsWanted} kills in ${seconds.toFixed(1)} s:`, JSON.stringify({ ...tally, ...ends, replays, answers }));
for (const problem of problems) console.log("PROBLEM", problem);
process.exitCode = problems.length > 0 ? 1 : 0;
