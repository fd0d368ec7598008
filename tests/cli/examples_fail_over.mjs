// The documented configurations as they stand, but for addresses: each of their providers is a path of one server here, which
// answers, or fails in the way it is told to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createInterface } from "node:readline";

const [chaos, work] = process.argv.slice(2);
const problems = [];
const expect = (good, words) => { if (!good && problems.length < 20) problems.push(words); };

// --- Providers by path: /NAME/v1/...
const failures = {
  "rate limit": (response) => response.writeHead(429, { "content-type": "application/json" }).end('{"error":{"message":"slow down","code":"rate_limit_exceeded"}}'),
  "server error": (response) => response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"boom"}}'),
  "refused key": (response) => response.writeHead(401, { "content-type": "application/json" }).end('{"error":{"message":"no","code":"invalid_api_key"}}'),
  "web page": (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>maintenance</html>"),
  "broken connection": (response) => response.destroy(),
};
let well = () => true; // whether the provider of this name is
let failing; // how the others fail
let asked = []; // names, in order
const server = http.createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const name = request.url.split("/")[1];
  if (name === "tool") return response.writeHead(200, { "content-type": "application/json" }).end('{"found":true}');
  if (request.method !== "POST") return response.writeHead(404).end();
  asked.push(name);
  if (!well(name)) return failures[failing](response);
  if (request.url.endsWith("/api/chat")) {
    const line = (content, done) => JSON.stringify({ model: name, created_at: "2026-01-01T00:00:00Z", message: { role: "assistant", content }, done, ...(done ? { done_reason: "stop" } : {}) }) + "\n";
    if (!JSON.parse(body).stream) return response.writeHead(200, { "content-type": "application/json" }).end(line(`from ${name}`, true));
    return response.writeHead(200, { "content-type": "application/x-ndjson" }).end(line(`from ${name}`, false) + line("", true));
  }
  if (!JSON.parse(body).stream) {
    const answer = { id: "c", object: "chat.completion", created: 1, model: name, choices: [{ index: 0, message: { role: "assistant", content: `from ${name}` }, finish_reason: "stop" }] };
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }
  const event = (delta, finish = null) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: name, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { "content-type": "text/event-stream" }).end(event({ content: `from ${name}` }) + event({}, "stop") + "data: [DONE]\n\n");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const here = `http://127.0.0.1:${server.address().port}`;
const nobody = "http://127.0.0.1:1";

// --- The configurations: the files, and the blocks of the pages.
const examples = readdirSync("docs/examples").filter((file) => /^router.*\.yaml$/.test(file)).map((file) => ({ where: `docs/examples/${file}`, text: readFileSync(`docs/examples/${file}`, "utf8") }));
for (const page of ["README.md", ...readdirSync("docs").filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`)]) {
  let nth = 0;
  for (const [, text] of readFileSync(page, "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)) {
    nth += 1;
    if (/^listen:/m.test(text)) examples.push({ where: `${page}, YAML block ${nth}`, text });
  }
}
expect(examples.length >= 6, `only ${examples.length} configurations were found`);

const tokens = { AGENTS_TOKEN: "agents-token", NOTEBOOK_TOKEN: "notebook-token", FIRST_API_KEY: "first-key", SECOND_API_KEY: "second-key" };
const token = (text) => tokens[/agents: +{token_env: (\w+)/.exec(text)?.[1] ?? "FIRST_API_KEY"];

/// The example with other addresses. A provider's line begins with its name and its base_url.
function moved(text) {
  let providers = 0;
  const result = text
    .replace(/^( +)(\w+)(: +{base_url: )"[^"]*"/gm, (_, blanks, name, between) => ((providers += 1), `${blanks}${name}${between}"${here}/${name}/v1"`))
    .replace(/^listen: .*/m, "listen: 127.0.0.1:0")
    .replace(/^admin: .*/m, "admin: 127.0.0.1:0")
    .replace(/^log: .*\n/m, "")
    .replace(/^router:/m, "log: {to: none}\nrouter:")
    .replace(/status_page: "[^"]*"/g, `status_page: "${here}"`)
    .replace(/^store: .*/m, `store: ${work}/state.db`)
    .replace(/^dependencies: (.*)/m, (_, file) => {
      // Of each tool the first address is nobody's, the second is here.
      const tools = readFileSync(file, "utf8").replace(/endpoint: \S+/g, `endpoint: ${nobody}/tool`).replace(/endpoints: \[\S+, \S+\]/g, `endpoints: [${nobody}/tool, ${here}/tool]`);
      writeFileSync(`${work}/dependencies.yaml`, tools);
      return `dependencies: ${work}/dependencies.yaml`;
    });
  return { text: result, providers };
}

async function withRouter(text, deed) {
  rmSync(`${work}/state.db`, { force: true });
  writeFileSync(`${work}/router.yaml`, text);
  const router = spawn(chaos, ["router", `${work}/router.yaml`], { env: { ...process.env, ...tokens }, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(router, "exit");
  let base;
  for await (const line of createInterface({ input: router.stdout })) {
    base = /^listening on (http:\/\/[^/]+)/.exec(line)?.[1];
    if (base) break;
  }
  if (!base) throw new Error("the router did not start");
  router.stdout.resume();
  try {
    return await deed(base);
  } finally {
    router.kill("SIGTERM");
    router.kill("SIGTERM"); // the second ends it at once
    await ended;
  }
}
const ask = (base, text, path, body) =>
  fetch(base + path, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token(text)}` }, body: JSON.stringify(body) });
const chat = (base, text, model, stream) => ask(base, text, "/v1/chat/completions", { model, stream, messages: [{ role: "user", content: "hi" }] });

let takenOver = 0;
for (const { where, text: shown } of examples) {
  const { text, providers } = moved(shown);
  expect(providers > 0, `${where}: no provider was found in it`);
  // Who is in each chain: all that are asked while nobody answers.
  const chains = new Map();
  await withRouter(text, async (base) => {
    const listed = await fetch(`${base}/v1/models`, { headers: { authorization: `Bearer ${token(text)}` } });
    for (const { id } of (await listed.json()).data) chains.set(id, []);
  });
  [well, failing] = [() => false, "web page"];
  for (const model of chains.keys()) {
    await withRouter(text, async (base) => {
      asked = [];
      const answer = await chat(base, text, model, false);
      expect(answer.status === 502, `${where}: ${model}: status ${answer.status} while nobody answers`);
      chains.set(model, [...new Set(asked)]);
    });
  }
  expect(chains.size > 0, `${where}: no model`);
  expect(/dependencies:/.test(text) || [...chains.values()].some((chain) => chain.length > 1), `${where}: no chain has a fallback`);
  // Whoever is left answers.
  for (const [model, chain] of chains) {
    for (const survivor of chain) {
      for (failing of Object.keys(failures)) {
        well = (name) => name === survivor;
        await withRouter(text, async (base) => {
          for (const stream of [false, true]) {
            asked = [];
            const answer = await chat(base, text, model, stream);
            const words = await answer.text();
            const story = `${where}: ${model}: with ${failing} everywhere but at ${survivor}: status ${answer.status}: ${words.slice(0, 200)}`;
            expect(answer.status === 200 && words.includes(`from ${survivor}`), story);
            expect(answer.headers.get("x-chaos-served-by") === survivor, `${story}: served by ${answer.headers.get("x-chaos-served-by")}`);
            if (asked[0] !== survivor) takenOver += 1;
          }
        });
      }
    }
  }
  if (/^dependencies:/m.test(text)) {
    await withRouter(text, async (base) => {
      const found = await ask(base, text, "/tools/search", { query: "x" });
      expect(found.status === 200 && found.headers.get("x-chaos-attempts") === "2", `${where}: the second endpoint of search did not take over: ${found.status}`);
      const queued = await ask(base, text, "/tools/send_email", { to: "x" });
      expect(queued.status === 202, `${where}: send_email was not queued: ${queued.status}`);
    });
  }
  console.log(`${where}: ${[...chains].map(([model, chain]) => `${model}: ${chain.join(", ")}`).join("; ")}`);
}
expect(takenOver >= 50, `only ${takenOver} requests were taken over by a fallback`);
server.closeAllConnections();
server.close();
console.log(`${takenOver} requests were taken over by a fallback`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
