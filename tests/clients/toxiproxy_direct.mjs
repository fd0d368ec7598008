// The Toxiproxy client for Node against chaos: every call it has, and what each toxic does to a provider and to a proxy
// of its own. Prints one JSON line about what it got; the test that started it judges.
import { Toxiproxy } from "toxiproxy-node-client";

const api = new Toxiproxy(process.env.TOXIPROXY_URL);
const provider = process.env.PROVIDER_URL;

/** A chat request: its status, or why there is none; and how long it took. */
async function chat(url = provider, { patience = 3_000, connection = "close" } = {}) {
  const began = performance.now();
  const body = JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "hello" }] });
  const headers = { "content-type": "application/json", connection };
  let status;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(patience),
    });
    await response.text();
    status = response.status;
  } catch (error) {
    status = error.name === "TimeoutError" ? "timeout" : (error.cause?.code ?? error.message);
  }
  return { status, ms: performance.now() - began };
}

const toxic = (type, attributes, stream = "downstream") => ({ name: "", type, stream, toxicity: 1, attributes });
const result = { version: await api.getVersion() };

const primary = await api.get("primary_llm");
result.upstream = primary.upstream;
result.healthy = (await chat()).status;

// Each toxic on the provider itself: added, felt, removed.
async function under(body, options) {
  const added = await primary.addToxic(body);
  const felt = await chat(provider, options);
  await added.remove();
  return { name: added.name, ...felt };
}
result.latency = await under(toxic("latency", { latency: 300, jitter: 20 }));
result.bandwidth = await under(toxic("bandwidth", { rate: 2 }));
result.slicer = await under(toxic("slicer", { average_size: 100, size_variation: 20, delay: 20_000 }));
result.slow_close = await under(toxic("slow_close", { delay: 100 }));
// A connection that its server closes ends for the client, too, whatever is lost: so these are kept alive.
result.forever = await under(toxic("timeout", { timeout: 0 }), { patience: 300, connection: "keep-alive" });
result.timeout = await under(toxic("timeout", { timeout: 100 }), { connection: "keep-alive" });
result.upwards = await under(toxic("timeout", { timeout: 0 }, "upstream"), { patience: 300 });
result.limit_data = await under(toxic("limit_data", { bytes: 50 }));
result.reset_peer = await under(toxic("reset_peer", { timeout: 50 }));
result.unlikely = await under({ ...toxic("timeout", { timeout: 0 }), toxicity: 0 });

await primary.update({ enabled: false, listen: primary.listen, upstream: primary.upstream });
result.down = await chat();
await api.reset();
result.up_again = (await chat()).status;

// A toxic is changed in its place, and found again.
const lag = await primary.addToxic(toxic("latency", { latency: 10, jitter: 0 }));
await lag.update({ ...toxic("latency", { latency: 250, jitter: 0 }), name: lag.name });
result.changed = (await primary.getToxic(lag.name)).attributes.latency;
result.changed_lag = await chat();
await lag.remove();

// A proxy of its own, which really forwards; and several at once.
const upstream = provider.replace("http://", "");
const own = await api.createProxy({ name: "own", listen: "localhost:0", upstream });
result.forwarded = (await chat(`http://${own.listen}`)).status;
await own.addToxic(toxic("reset_peer", { timeout: 0 }, "upstream"));
result.forwarded_reset = (await chat(`http://${own.listen}`)).status;
result.proxies = Object.keys(await api.getAll());
await own.remove();
result.removed = (await chat(`http://${own.listen}`)).status;
const several = await api.populate([
  { name: "one", listen: "localhost:0", upstream },
  { name: "two", listen: "localhost:0", upstream, enabled: false },
]);
result.populated = [several.one.enabled, several.two.enabled, (await chat(`http://${several.one.listen}`)).status];

// What Toxiproxy would ignore is refused.
result.refused = await primary.addToxic(toxic("latency", { latncy: 1 })).then(
  () => "taken",
  (error) => error.message,
);
console.log(JSON.stringify(result));
