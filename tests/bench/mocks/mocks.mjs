// Measures the mocks and their peers side by side, in rounds, and prints one table. Started by mocks.sh.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { before_others, folder, found, holding, load, resident_mb, run, start, stop, take_priority, wait, wrk, wrk_once } from "../measure.mjs";
import { delay_ms, gap_ms, subjects } from "./subjects.mjs";

const { values: options } = parseArgs({
  options: {
    chaos: { type: "string" }, load: { type: "string" }, peers: { type: "string" },
    json: { type: "string", default: "build/mocks_bench/mocks.json" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    only: { type: "string" },      // names, separated by commas
    figures: { type: "string" },   // ready, memory, answers, pace, delay, dark
    realtime: { type: "boolean", default: false },  // for a machine that others use as well
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const connections = 32;
const held_streams = 5000;
let port = 17800;

take_priority(options.realtime);
for (const kind of ["plain", "delayed"]) mkdirSync(join(folder, `wiremock_${kind}/mappings`), { recursive: true });
const who = subjects({ chaos: options.chaos, load: options.load, peers: options.peers, folder, java: found("java") })
  .filter((one) => !options.only || options.only.split(",").includes(one.name));

async function start_one(subject, kind) {
  port += 10;
  const command = subject.command(port, kind);
  return command ? start(subject.name, command, port) : null;
}

const figures = {
  async ready(subject) {
    port += 10;
    const command = subject.command(port, "plain");
    // Both cores: what starts may use what there is.
    const [program, ...rest] = before_others([options.load, "ready", `${port}`, "--", ...command]);
    return { ready_ms: JSON.parse(execFileSync(program, rest)).ready_ms };
  },
  async answers(subject) {
    if (!wrk) return {};
    const server = await start_one(subject, "plain");
    await wrk_once(server.port, 1, connections);  // what compiles while it runs has had its chance
    await wrk_once(server.port, 1, connections);
    const answers_per_second = await wrk_once(server.port, seconds, connections);
    const loaded_mb = resident_mb(server);
    await stop(server);
    return { answers_per_second, loaded_mb };
  },
  async memory(subject) {
    const server = await start_one(subject, "held");
    if (!server) {
      const idle = await start_one(subject, "plain");
      const result = { idle_mb: resident_mb(idle) };
      await stop(idle);
      return result;
    }
    const idle_mb = resident_mb(server);
    const streams_mb = await holding(options.load, ["hold", server.port, "stream", held_streams], async () => resident_mb(server));
    await stop(server);
    return { idle_mb, streams_mb };
  },
  async pace(subject) {
    const server = await start_one(subject, "paced");
    if (!server) return {};
    const off = await load(options.load, "pace", server.port, gap_ms, gap_ms, 100);
    await stop(server);
    return { gap_off_p50_ms: off.p50_ms, gap_off_p99_ms: off.p99_ms, behind_p50_ms: off.behind_p50_ms, behind_p99_ms: off.behind_p99_ms };
  },
  async delay(subject) {
    const server = await start_one(subject, "delayed");
    if (!server) return {};
    const late = await load(options.load, "delay", server.port, delay_ms, 50, 20);
    await stop(server);
    return { late_p50_ms: late.p50_ms, late_p99_ms: late.p99_ms };
  },
  // What the others have in its place (a very long delay) is not the same fault, so ours alone.
  async dark(subject) {
    const server = await start_one(subject, "dark");
    if (!server) return {};
    const rate = 1000;
    await load(options.load, "steady", server.port, rate, 1);
    const quiet = await load(options.load, "steady", server.port, rate, seconds);
    const beside = await holding(options.load, ["hold", server.port + 1, "silent", held_streams], async () => {
      await wait(1000);
      return load(options.load, "steady", server.port, rate, seconds);
    });
    await stop(server);
    return { quiet_p50_ms: quiet.p50_ms, quiet_p99_ms: quiet.p99_ms, beside_p50_ms: beside.p50_ms, beside_p99_ms: beside.p99_ms,
      beside_to_quiet: beside.p99_ms / quiet.p99_ms };
  },
};

const rows = [
  ["start to first 200, ms", "ready_ms", 1, "<= 20"],
  ["resident, idle, MB", "idle_mb", 1, "<= 20"],
  [`resident, ${held_streams} open streams, MB`, "streams_mb", 1, "<= 60"],
  ["resident after load, MB", "loaded_mb", 1],
  [`JSON answers a second, ${connections} connections`, "answers_per_second", 0, ">= 25000"],
  [`gap of ${gap_ms} ms between tokens off by, p50, ms`, "gap_off_p50_ms", 3, "<= 0.5"],
  [`gap of ${gap_ms} ms between tokens off by, p99, ms`, "gap_off_p99_ms", 3, "<= 2"],
  ["token behind its schedule, p50, ms", "behind_p50_ms", 3],
  ["token behind its schedule, p99, ms", "behind_p99_ms", 3],
  [`delay of ${delay_ms} ms off by, p50, ms`, "late_p50_ms", 3, "<= 0.3"],
  [`delay of ${delay_ms} ms off by, p99, ms`, "late_p99_ms", 3, "<= 1.5"],
  ["1000 a second, quiet, p99, ms", "quiet_p99_ms", 3],
  [`1000 a second beside ${held_streams} blackholed, p99, ms`, "beside_p99_ms", 3],
  ["the second to the first", "beside_to_quiet", 2, "<= 2"],
];

await run({ subjects: who, figures, chosen: options.figures?.split(","), rounds, rows, json: options.json });
