// The official openai client has a streamed, tool-calling conversation through whatever OPENAI_BASE_URL names.
// Prints one JSON line about what it got; the test that started it judges.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "test-key", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0, timeout: 20_000 });
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
const messages = [{ role: "user", content: "What is the weather in Oslo? Use the tool." }];

// .stream() is the strict helper: it rejects a stream without a finish reason or with odd tool call deltas.
const first = await client.chat.completions.stream({ model: "agent", messages, tools }).finalChatCompletion();
const call = first.choices[0].message.tool_calls?.[0];
if (!call) throw new Error("no tool call in the first turn: " + JSON.stringify(first));
JSON.parse(call.function.arguments);

messages.push(first.choices[0].message, { role: "tool", tool_call_id: call.id, content: "Sunny, 21 degrees." });
let text = "";
let finish = null;
const second = await client.chat.completions.create({ model: "agent", messages, tools, stream: true });
for await (const chunk of second) {
  text += chunk.choices[0]?.delta?.content ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
}
const models = (await client.models.list()).data.map((model) => model.id);
const plain = await client.chat.completions.create({ model: "agent", messages, tools });

// An SDK as users have it, with its own retries: where the router has tried everything, it does not begin again.
let asked = 0;
const counting = (...request) => (asked++, fetch(...request));
const usual = new OpenAI({ apiKey: "test-key", baseURL: process.env.OPENAI_BASE_URL, fetch: counting });
const refused = await usual.chat.completions.create({ model: "down", messages }).catch((error) => error.status);

console.log(
  JSON.stringify({
    tool: call.function.name,
    first_finish: first.choices[0].finish_reason,
    text,
    finish,
    models,
    plain: plain.choices[0].message.content,
    refused,
    asked,
  }),
);
