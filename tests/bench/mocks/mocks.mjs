// Measures the mocks and their peers side by side, in rounds, and prints one table. Started by mocks.sh.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
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
const first_port = 17800;

const folder = mkdtempSync(join(tmpdir(), "chaos-bench-"));
for (const kind of ["plain", "delayed"]) mkdirSync(join(folder, `wiremock_${kind}/mappings`), { recursive: true });
const found = (program) => spawnSync("which", [program], { encoding: "utf8" }).stdout.trim();
const [java, wrk] = [found("java"), found("wrk")];
const who = subjects({ chaos: options.chaos, load: options.load, peers: options.peers, folder, java })
  .filter((one) => !options.only || options.only.split(",").includes(one.name));

// ---- processes ------------------------------------------------------------------------------------------------------

// Two cores at least: the measured program has the first, whatever asks it the second. Both go before everything else
// on the machine, where this user may say so: by nice, or as real-time processes, which a busy machine does not keep waiting,
// but whose threads do not make way for one another: no measure of node or Java.
const pinned = availableParallelism() >= 2;
const priority = options.realtime ? ["chrt", "-f", "10"] : ["nice", "-n", "-20"];
const prior = spawnSync(priority[0], [...priority.slice(1), "true"], { stdio: "pipe" }).stderr.length === 0;
const on_core = (core, command) => [...(prior ? priority : []), ...(pinned ? ["taskset", "-c", `${core}`] : []), ...command];

let port = first_port;
const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(130));

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function listens(at) {
  return new Promise((done) => {
    const socket = connect(at, "127.0.0.1");
    socket.on("connect", () => { socket.destroy(); done(true); });
    socket.on("error", () => done(false));
  });
}

async function start(subject, kind) {
  port += 10;
  const command = subject.command(port, kind);
  if (!command) return null;
  const [program, ...rest] = on_core(0, command);
  const child = spawn(program, rest, { stdio: "ignore" });
  children.add(child);
  for (let tries = 0; !(await listens(port)); ++tries) {
    if (tries > 600 || child.exitCode !== null) throw new Error(`${subject.name} did not start: ${command.join(" ")}`);
    await wait(50);
  }
  await wait(1000);  // what it does once, and what real-time processes that did much have to rest, is over
  return { port, child };
}

async function stop({ child }) {
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(late);
  children.delete(child);
}

async function load(...words) {
  const [program, ...rest] = on_core(1, [options.load, ...words.map(String)]);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (piece) => (text += piece));
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`load ${words.join(" ")} ended with ${code}`);
  return JSON.parse(text);
}

// Connections that stay open while `deed` is done.
async function holding(at, what, count, deed) {
  const [program, ...rest] = on_core(1, [options.load, "hold", `${at}`, what, `${count}`]);
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  await new Promise((done, failed) => {
    child.stdout.once("data", done);
    child.once("exit", () => failed(new Error("the connections could not be held")));
  });
  const result = await deed();
  child.stdin.end();
  await new Promise((done) => (child.exitCode !== null ? done() : child.once("exit", done)));
  children.delete(child);
  return result;
}

function resident_mb({ child }) {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1];
  return Number(kilobytes) / 1024;
}

// ---- figures: each gives { name: value } of one round, or nothing -----------------------------------------------------

const script = join(folder, "wrk.lua");
writeFileSync(script, `wrk.method = "POST"
wrk.body = '{"model":"gpt-4o","messages":[{"role":"user","content":"hello there, how are you today?"}]}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer any"
`);

function wrk_once(at, duration) {
  const [program, ...rest] = on_core(1, [wrk, "-t1", `-c${connections}`, `-d${duration}s`, "-s", script, `http://127.0.0.1:${at}/v1/chat/completions`]);
  return new Promise((done, failed) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (piece) => (text += piece));
    child.once("exit", () => {
      const rate = /Requests\/sec:\s+([\d.]+)/.exec(text);
      const errors = /Non-2xx|Socket errors/.exec(text);
      rate && !errors ? done(Number(rate[1])) : failed(new Error(`wrk: ${text}`));
    });
  });
}

const figures = {
  async ready(subject) {
    port += 10;
    const command = subject.command(port, "plain");
    // Both cores: what starts may use what there is.
    const [program, ...rest] = [...(prior ? priority : []), options.load, "ready", `${port}`, "--", ...command];
    return { ready_ms: JSON.parse(execFileSync(program, rest)).ready_ms };
  },
  async answers(subject) {
    if (!wrk) return {};
    const server = await start(subject, "plain");
    await wrk_once(server.port, 1);  // what compiles while it runs has had its chance
    await wrk_once(server.port, 1);
    const answers_per_second = await wrk_once(server.port, seconds);
    const loaded_mb = resident_mb(server);
    await stop(server);
    return { answers_per_second, loaded_mb };
  },
  async memory(subject) {
    const server = await start(subject, "held");
    if (!server) {
      const idle = await start(subject, "plain");
      const result = { idle_mb: resident_mb(idle) };
      await stop(idle);
      return result;
    }
    const idle_mb = resident_mb(server);
    const streams_mb = await holding(server.port, "stream", held_streams, async () => resident_mb(server));
    await stop(server);
    return { idle_mb, streams_mb };
  },
  async pace(subject) {
    const server = await start(subject, "paced");
    if (!server) return {};
    const off = await load("pace", server.port, gap_ms, gap_ms, 100);
    await stop(server);
    return { gap_off_p50_ms: off.p50_ms, gap_off_p99_ms: off.p99_ms, behind_p50_ms: off.behind_p50_ms, behind_p99_ms: off.behind_p99_ms };
  },
  async delay(subject) {
    const server = await start(subject, "delayed");
    if (!server) return {};
    const late = await load("delay", server.port, delay_ms, 50, 20);
    await stop(server);
    return { late_p50_ms: late.p50_ms, late_p99_ms: late.p99_ms };
  },
  // What the others have in its place (a very long delay) is not the same fault, so ours alone.
  async dark(subject) {
    const server = await start(subject, "dark");
    if (!server) return {};
    const rate = 1000;
    await load("steady", server.port, rate, 1);
    const quiet = await load("steady", server.port, rate, seconds);
    const beside = await holding(server.port + 1, "silent", held_streams, async () => {
      await wait(1000);
      return load("steady", server.port, rate, seconds);
    });
    await stop(server);
    return { quiet_p50_ms: quiet.p50_ms, quiet_p99_ms: quiet.p99_ms, beside_p50_ms: beside.p50_ms, beside_p99_ms: beside.p99_ms,
      beside_to_quiet: beside.p99_ms / quiet.p99_ms };
  },
};

// ---- rounds, and the table ------------------------------------------------------------------------------------------

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

const rows = [
  ["start to first 200, ms", "ready_ms", 1, 20],
  ["resident, idle, MB", "idle_mb", 1, 20],
  [`resident, ${held_streams} open streams, MB`, "streams_mb", 1, 60],
  ["resident after load, MB", "loaded_mb", 1],
  [`JSON answers a second, ${connections} connections`, "answers_per_second", 0, 25000],
  [`gap of ${gap_ms} ms between tokens off by, p50, ms`, "gap_off_p50_ms", 3, 0.5],
  [`gap of ${gap_ms} ms between tokens off by, p99, ms`, "gap_off_p99_ms", 3, 2],
  ["token behind its schedule, p50, ms", "behind_p50_ms", 3],
  ["token behind its schedule, p99, ms", "behind_p99_ms", 3],
  [`delay of ${delay_ms} ms off by, p50, ms`, "late_p50_ms", 3, 0.3],
  [`delay of ${delay_ms} ms off by, p99, ms`, "late_p99_ms", 3, 1.5],
  ["1000 a second, quiet, p99, ms", "quiet_p99_ms", 3],
  [`1000 a second beside ${held_streams} blackholed, p99, ms`, "beside_p99_ms", 3],
  ["the second to the first", "beside_to_quiet", 2, 2],
];

function table(measured) {
  const names = who.filter((one) => !one.missing).map((one) => one.name);
  const line = (cells) => cells.map((cell, n) => (n === 0 ? cell.padEnd(50) : cell.padStart(13))).join("") + "\n";
  let text = line(["", ...names, "asked of us"]);
  for (const [words, key, digits, floor] of rows) {
    const values = names.map((name) => measured[name]?.[key]);
    if (values.every((value) => value === undefined)) continue;
    const asked = floor === undefined ? "" : key === "answers_per_second" ? `>= ${floor}` : `<= ${floor}`;
    text += line([words, ...values.map((value) => (value === undefined ? "-" : value.median.toFixed(digits))), asked]);
  }
  return text;
}

const samples = Object.fromEntries(who.map((one) => [one.name, {}]));
const failures = [];
const began = loadavg()[0];
const chosen = options.figures ? options.figures.split(",") : Object.keys(figures);
for (let round = 1; round <= rounds; ++round) {
  for (const figure of chosen) {
    for (const subject of who.filter((one) => !one.missing)) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round} of ${rounds}: ${figure}, ${subject.name}`);
      try {
        const values = await figures[figure](subject);
        for (const [key, value] of Object.entries(values)) (samples[subject.name][key] ??= []).push(value);
      } catch (error) {
        failures.push(`${subject.name}, ${figure}, round ${round}: ${error.message}`);
        for (const child of children) child.kill("SIGKILL");
      }
    }
  }
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

const measured = Object.fromEntries(Object.entries(samples).map(([name, keys]) => [name, Object.fromEntries(
  Object.entries(keys).map(([key, values]) => [key, { median: median(values), of: values }]))]));
const machine = { date: new Date().toISOString(), cpu: cpus()[0].model, cores: availableParallelism(), load_before: began, load_after: loadavg()[0],
  rounds, pinned, priority: prior ? priority.join(" ") : "", failures };
writeFileSync(options.json, JSON.stringify({ machine, missing: Object.fromEntries(who.filter((one) => one.missing).map((one) => [one.name, one.missing])), measured }, null, 1) + "\n");

process.stdout.write(table(measured));
for (const one of who.filter((subject) => subject.missing)) process.stdout.write(`${one.name}: ${one.missing}\n`);
for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
if (!wrk) process.stdout.write("wrk is not installed: no answers a second\n");
process.stdout.write(`"-": has no such thing, or was not measured. Medians of ${rounds} rounds; ${machine.cpu}, ${machine.cores} cores` +
  `${pinned ? ", one for the measured, one for who asks" : ", not pinned"}${prior ? `, before everything else (${priority.join(" ")})` : ""}; ` +
  `load ${began.toFixed(1)} before, ${machine.load_after.toFixed(1)} after.\nAs JSON, with every round: ${options.json}\n`);
process.exit(failures.length > 0 ? 1 : 0);
