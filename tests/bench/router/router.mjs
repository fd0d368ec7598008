// Measures the router and its peers side by side, in rounds, and prints one table. Started by router.sh.
import { parseArgs } from "node:util";
import { cpu_seconds, found, holding, load, resident_mb, run, start, stop, take_priority, wait, wrk, wrk_once } from "../measure.mjs";
import { subjects } from "./subjects.mjs";

const { values: options } = parseArgs({
  options: {
    chaos: { type: "string" }, load: { type: "string" }, upstream: { type: "string" }, peers: { type: "string" },
    json: { type: "string", default: "build/router_bench/router.json" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    only: { type: "string" },      // names, separated by commas; what is asked directly is always there
    figures: { type: "string" },   // small, large, alone, failover, first, memory
    realtime: { type: "boolean", default: false },
  },
});
const seconds = Number(options.seconds);
const connections = 32;
const held_streams = 5000;
const upstream_port = 18800;
const between_chunks_ms = 1;
let port = upstream_port;

take_priority(options.realtime);
const who = subjects({ chaos: options.chaos, peers: options.peers, upstream: upstream_port, nginx: found("nginx"), haproxy: found("haproxy") })
  .filter((one) => !options.only || !one.command || options.only.split(",").includes(one.name));

// It has the core of who asks: what is measured has its core for itself.
const upstream = await start("the upstream", [options.upstream, `${upstream_port}`, `${between_chunks_ms}`], upstream_port, { core: 1, lasts: true });

async function in_front(subject, deed, core = 0) {
  port += 10;
  const server = subject.command ? await start(subject.name, subject.command(port), port, { core }) : upstream;
  const result = await deed(server);
  if (subject.command) await stop(server);
  return result;
}

// With one request under way one of the three works at a time: on one core, or waking a core of a virtual machine, which takes
// longer than a request, would be most of what is measured.
const alone_in_front = (subject, deed) => in_front(subject, deed, 1);

const at = (subject, server, kind) => subject.at?.(server.port, kind) ?? server.port;
const asking = (subject, kind) =>
  ["--model", subject.model(kind), ...Object.entries(subject.fields?.(kind) ?? {}).flatMap(([name, value]) => ["--field", `${name}: ${value}`])];

// What was measured directly in this round, and what a request alone took with each: the later figures are differences.
const direct = {};
const alone_us = {};

async function answers(subject, kind) {
  if (!wrk) return {};
  return in_front(subject, async (server) => {
    const ask = (duration) => wrk_once(at(subject, server, kind), duration, connections, subject.model(kind), subject.fields?.(kind));
    await ask(1);  // what compiles while it runs has had its chance
    await ask(1);
    const before = cpu_seconds(server);
    const rate = await ask(seconds);
    return { [`${kind}_per_second`]: rate, [`${kind}_cpu_us`]: (cpu_seconds(server) - before) * 1e6 / (rate * seconds) };
  });
}

const one_by_one = (subject, server, kind, count) => load(options.load, ...asking(subject, kind), "delay", at(subject, server, kind), 0, 1, count);

const figures = {
  small: (subject) => answers(subject, "small"),
  large: (subject) => answers(subject, "large"),
  alone: (subject) => alone_in_front(subject, async (server) => {
    await one_by_one(subject, server, "small", 1000);
    const took = await one_by_one(subject, server, "small", 5000);
    const [p50, p99] = [took.p50_ms * 1000, took.p99_ms * 1000];
    alone_us[subject.name] = p50;
    if (!subject.command) Object.assign(direct, { p50, p99 });
    return { alone_p50_us: p50, alone_p99_us: p99, added_p50_us: p50 - direct.p50, added_p99_us: p99 - direct.p99 };
  }),
  // Directly: two requests, one after the other. Of ours fewer than the 1,000 in a row after which a breaker opens at the latest.
  async failover(subject) {
    if (!subject.model("failover")) return {};
    if (!subject.command) return { failover_p50_us: 2 * direct.p50 };
    return alone_in_front(subject, async (server) => {
      await one_by_one(subject, server, "failover", 100);
      const p50 = (await one_by_one(subject, server, "failover", 800)).p50_ms * 1000;
      return { failover_p50_us: p50, failover_beyond_us: p50 - alone_us[subject.name] - direct.p50 };
    });
  },
  first: (subject) => alone_in_front(subject, async (server) => {
    const once = (streams) => load(options.load, ...asking(subject, "stream"), "first", at(subject, server, "stream"), streams);
    await once(20);
    const p50 = (await once(100)).p50_ms * 1000;
    if (!subject.command) direct.first = p50;
    return { first_p50_us: p50, first_added_us: p50 - direct.first };
  }),
  async memory(subject) {
    if (!subject.command) return {};
    return in_front(subject, async (server) => {
      const idle_mb = resident_mb(server);
      const words = [...asking(subject, "held"), "hold", at(subject, server, "held"), "stream", held_streams];
      const streams_mb = await holding(options.load, words, async () => { await wait(200); return resident_mb(server); });
      return { idle_mb, streams_mb };
    });
  },
};

const rows = [
  [`JSON of 1.4 KB a second, ${connections} connections`, "small_per_second", 0],
  ["the same to nginx", "small_to_nginx", 2, ">= 0.8"],
  ["its CPU for each, us", "small_cpu_us", 1],
  [`JSON of 10 KB a second, ${connections} connections`, "large_per_second", 0],
  ["the same to nginx", "large_to_nginx", 2],
  ["its CPU for each, us", "large_cpu_us", 1],
  ["a request alone, p50, us", "alone_p50_us", 1],
  ["a request alone, p99, us", "alone_p99_us", 1],
  ["added to it, p50, us", "added_p50_us", 1, "<= 45"],
  ["added to it, p99, us", "added_p99_us", 1],
  ["failing over on a 429, p50, us (directly: two)", "failover_p50_us", 1],
  ["beyond a request alone and a direct round trip, us", "failover_beyond_us", 1, "<= 200"],
  ["first token of a stream, p50, us", "first_p50_us", 1],
  ["added to it, p50, us", "first_added_us", 1, "<= 200"],
  ["resident, idle, MB", "idle_mb", 1, "< 30"],
  [`resident, ${held_streams} open streams, MB`, "streams_mb", 1, "< 100"],
];

// Round by round: the machine's own noise is in both.
function derive(samples) {
  for (const one of Object.values(samples)) {
    for (const kind of ["small", "large"]) {
      const nginx = samples.nginx?.[`${kind}_per_second`];
      const mine = one[`${kind}_per_second`];
      if (nginx && mine && nginx.length === mine.length) one[`${kind}_to_nginx`] = mine.map((rate, round) => rate / nginx[round]);
    }
  }
}

await run({ subjects: who, figures, chosen: options.figures?.split(","), rounds: Number(options.rounds), rows, derive, json: options.json });
