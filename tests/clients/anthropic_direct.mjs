// The official Anthropic client has a tool-calling conversation with the mock, streamed with thinking and not streamed.
// Prints one JSON line about what it got; the test that started it judges.
import Anthropic from "@anthropic-ai/sdk";

const options = { apiKey: "test-key", maxRetries: 0, timeout: 20_000 };
const client = new Anthropic({ ...options, baseURL: process.env.ANTHROPIC_BASE_URL });
const tools = [
  {
    name: "get_weather",
    description: "The weather in a city",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];
const model = "claude-mock";
const messages = [{ role: "user", content: "What is the weather in Oslo? Use the tool." }];
const thinking = { type: "enabled", budget_tokens: 1024 };

// The helper is strict: it rejects a stream without message_stop, and events in the wrong order.
const first = await client.messages
  .stream({ model, max_tokens: 4000, messages, tools, thinking, system: "Be brief." })
  .finalMessage();
const call = first.content.find((block) => block.type === "tool_use");
if (!call) throw new Error("no tool call in the first turn: " + JSON.stringify(first));

// The thinking block goes back with its signature, which the mock checks.
messages.push(
  { role: "assistant", content: first.content },
  { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "Sunny, 21 degrees." }] },
);
let second_stop = null;
let text = "";
const second = await client.messages.create({ model, max_tokens: 4000, messages, tools, stream: true });
for await (const event of second) {
  if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
  if (event.type === "message_delta") second_stop = event.delta.stop_reason;
}
const plain = await client.messages.create({ model, max_tokens: 4000, messages, tools });
const counted = await client.messages.countTokens({ model, messages, tools });
const models = [];
for await (const entry of client.models.list()) models.push(entry.id);

let overloaded = null;
try {
  const busy = new Anthropic({ ...options, baseURL: process.env.OVERLOADED_BASE_URL });
  await busy.messages.create({ model, max_tokens: 10, messages: [{ role: "user", content: "hi" }] });
} catch (error) {
  overloaded = [error.status, error.error?.error?.type];
}

console.log(
  JSON.stringify({
    tool: call.name,
    first_stop: first.stop_reason,
    thinking: first.content[0].type === "thinking" && first.content[0].signature.length > 0,
    second_stop,
    text,
    plain_stop: plain.stop_reason,
    counted: counted.input_tokens > 0,
    models,
    overloaded,
  }),
);
