// The official MCP client introduces itself, lists tools, calls them, and meets every fault of the tool server's MCP door.
// Prints one JSON line about what it got; the test that started it judges.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const url = new URL(process.env.MCP_URL);
const connect = async () => {
  const client = new Client({ name: "test", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  return { client, transport };
};
const failure = async (promise) => {
  try {
    return { value: await promise };
  } catch (error) {
    return { name: error.constructor.name, code: error.code, message: error.message };
  }
};

let { client, transport } = await connect();
await client.ping();
const listed = await client.listTools();
const write = (client, reference, key) =>
  client.callTool({ name: "write_file", arguments: { reference, content: "x" }, _meta: { "idempotency-key": key } });

const first = await write(client, "one", "k1");
const again = await write(client, "one", "k1");
const weather = await client.callTool({ name: "get_weather", arguments: { city: "Oslo", days: 2 } });
const unknown = await failure(client.callTool({ name: "format_disk", arguments: {} }));
const wrong = await failure(client.callTool({ name: "get_weather", arguments: { city: "Oslo", days: 9 } }));

const told = await write(client, "two", "k2");
const protocol = await failure(write(client, "two", "k2"));
const http = await failure(write(client, "two", "k2"));
const huge = await write(client, "two", "k2");
const dropped = await failure(write(client, "three", "k3"));
const recovered = await write(client, "three", "k3");
const twice = await write(client, "four", "k4");
const broken = await failure(client.callTool({ name: "broken_sensor", arguments: {} }));
const lost = await failure(write(client, "five", "k5"));
const still_lost = await failure(client.listTools());
await client.close();

const second = await connect();
const resumed = await write(second.client, "five", "k5");
const other_session = second.transport.sessionId !== transport.sessionId;
await second.transport.terminateSession();
await second.client.close();

console.log(
  JSON.stringify({
    version: transport.protocolVersion,
    tools: listed.tools.map((tool) => tool.name),
    read_only: listed.tools[1].annotations.readOnlyHint,
    first: first.content[0].text,
    again: again.content[0].text,
    weather: weather.structuredContent,
    unknown: unknown.code,
    wrong: wrong.message,
    told: told.isError,
    protocol: protocol.code,
    http: http.code,
    huge: huge.content[0].text.length,
    dropped: dropped.name,
    recovered: recovered.isError,
    twice: twice.isError,
    broken: broken.code,
    lost: lost.code,
    still_lost: still_lost.code,
    resumed: resumed.isError,
    other_session,
  }),
);
