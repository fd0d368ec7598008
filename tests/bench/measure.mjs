// What the benchmarks of the mocks and of the router share: processes on their cores, who asks them, rounds, and one table.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

const paths = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };  // where Debian has its servers
export const found = (program) => spawnSync("which", [program], { encoding: "utf8", env: paths }).stdout.trim();
export const wrk = found("wrk");
export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export const folder = mkdtempSync(join(tmpdir(), "chaos-bench-"));
const children = new Set();  // of what is measured at the time
const lasting = new Set();   // of what all are measured with
process.on("exit", () => {
  end_measured();
  for (const child of lasting) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

function end_measured() {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
}

/// A file in the folder of this run; what is no text is written as JSON.
export function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

// ---- processes ------------------------------------------------------------------------------------------------------

// Two cores at least: the measured program has the first, whatever asks it the second. Both go before everything else
// on the machine, where this user may say so: by nice, or as real-time processes, which a busy machine does not keep waiting,
// but whose threads do not make way for one another: no measure of node or Java.
const pinned = availableParallelism() >= 2;
let priority = [];

export function take_priority(realtime) {
  const wanted = realtime ? ["chrt", "-f", "10"] : ["nice", "-n", "-20"];
  if (spawnSync(wanted[0], [...wanted.slice(1), "true"], { stdio: "pipe" }).stderr.length === 0) priority = wanted;
}

export const before_others = (command) => [...priority, ...command];
export const on_core = (core, command) => before_others([...(pinned ? ["taskset", "-c", `${core}`] : []), ...command]);

function listens(at) {
  return new Promise((done) => {
    const socket = connect(at, "127.0.0.1");
    socket.on("connect", () => { socket.destroy(); done(true); });
    socket.on("error", () => done(false));
  });
}

/// A server, once it listens: what is measured, or what all are measured with and lasts as long as the run.
export async function start(name, command, port, { core = 0, lasts = false } = {}) {
  if (await listens(port)) throw new Error(`port ${port} is taken: ${name} cannot start`);
  const [program, ...rest] = on_core(core, command);
  const child = spawn(program, rest, { stdio: "ignore" });
  (lasts ? lasting : children).add(child);
  for (let tries = 0; !(await listens(port)); ++tries) {
    if (tries > 600 || child.exitCode !== null) throw new Error(`${name} did not start: ${command.join(" ")}`);
    await wait(50);
  }
  await wait(1000);  // what it does once, and what real-time processes that did much have to rest, is over
  return { port, child };
}

export async function stop({ child }) {
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 3000);
  if (child.exitCode === null && child.signalCode === null) await gone;
  clearTimeout(late);
  children.delete(child);
}

export function resident_mb({ child }) {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1];
  return Number(kilobytes) / 1024;
}

/// What it has used of its core, in and for the program, in steps of 10 ms.
export function cpu_seconds({ child }) {
  const words = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(words[11]) + Number(words[12])) / 100;
}

// ---- who asks -------------------------------------------------------------------------------------------------------

/// What load.cpp measures.
export async function load(program, ...words) {
  const [first, ...rest] = on_core(1, [program, ...words.map(String)]);
  const child = spawn(first, rest, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (piece) => (text += piece));
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`load ${words.join(" ")} ended with ${code}`);
  return JSON.parse(text);
}

/// Connections of load.cpp that stay open while `deed` is done; `words` ends in "hold PORT WHAT COUNT".
export async function holding(program, words, deed) {
  const [first, ...rest] = on_core(1, [program, ...words.map(String)]);
  const child = spawn(first, rest, { stdio: ["pipe", "pipe", "inherit"] });
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

/// Answers a second to one and the same completion. `fields` are of the head.
export function wrk_once(port, duration, connections, model = "gpt-4o", fields = {}) {
  const all = { "Content-Type": "application/json", Authorization: "Bearer any", ...fields };
  const script = file(`${model}.lua`, `wrk.method = "POST"
wrk.body = '{"model":"${model}","messages":[{"role":"user","content":"hello there, how are you today?"}]}'
${Object.entries(all).map(([name, value]) => `wrk.headers["${name}"] = [[${value}]]`).join("\n")}
`);
  const [program, ...rest] = on_core(1, [wrk, "-t1", `-c${connections}`, `-d${duration}s`, "-s", script, `http://127.0.0.1:${port}/v1/chat/completions`]);
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

// ---- rounds, and the table ------------------------------------------------------------------------------------------

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

/// `rows`: [words, key, digits, what is asked of us].
function table(who, rows, measured) {
  const names = who.map((one) => one.name);
  const line = (cells) => cells.map((cell, n) => (n === 0 ? cell.padEnd(54) : cell.padStart(15))).join("") + "\n";
  let text = line(["", ...names, "asked of us"]);
  for (const [words, key, digits, asked] of rows) {
    const values = names.map((name) => measured[name]?.[key]);
    if (values.every((value) => value === undefined)) continue;
    text += line([words, ...values.map((value) => (value === undefined ? "-" : value.median.toFixed(digits))), asked ?? ""]);
  }
  return text;
}

/// Measures every figure of everybody in each round, prints the table, writes all of it to `json`, and ends the process.
/// A figure gives { key: value } of one round, or nothing.
export async function run({ subjects, figures, chosen, rounds, rows, derive = () => {}, json }) {
  const who = subjects.filter((one) => !one.missing);
  const samples = Object.fromEntries(who.map((one) => [one.name, {}]));
  const failures = [];
  const missing = subjects.filter((one) => one.missing);
  const machine = { date: new Date().toISOString(), cpu: cpus()[0].model, cores: availableParallelism(), load_before: loadavg()[0], pinned,
    priority: priority.join(" "), failures };
  let measured = {};
  for (let round = 1; round <= rounds; ++round) {
    for (const figure of chosen ?? Object.keys(figures)) {
      for (const subject of who) {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round} of ${rounds}: ${figure}, ${subject.name}`);
        try {
          const values = await figures[figure](subject);
          for (const [key, value] of Object.entries(values)) (samples[subject.name][key] ??= []).push(value);
        } catch (error) {
          failures.push(`${subject.name}, ${figure}, round ${round}: ${error.message}`);
          end_measured();
        }
      }
    }
    // After each round: what is interrupted has measured something too.
    derive(samples);
    measured = Object.fromEntries(Object.entries(samples).map(([name, keys]) => [name, Object.fromEntries(
      Object.entries(keys).map(([key, values]) => [key, { median: median(values), of: values }]))]));
    Object.assign(machine, { rounds: round, load_after: loadavg()[0] });
    writeFileSync(json, JSON.stringify({ machine, missing: Object.fromEntries(missing.map((one) => [one.name, one.missing])), measured }, null, 1) + "\n");
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

  process.stdout.write(table(who, rows, measured));
  for (const one of missing) process.stdout.write(`${one.name}: ${one.missing}\n`);
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
  if (!wrk) process.stdout.write("wrk is not installed: no answers a second\n");
  process.stdout.write(`"-": has no such thing, or was not measured. Medians of ${rounds} rounds; ${machine.cpu}, ${machine.cores} cores` +
    `${pinned ? ", one for the measured, one for who asks" : ", not pinned"}${priority.length ? `, before everything else (${machine.priority})` : ""}; ` +
    `load ${machine.load_before.toFixed(1)} before, ${machine.load_after.toFixed(1)} after.\nAs JSON, with every round: ${json}\n`);
  process.exit(failures.length > 0 ? 1 : 0);
}
