// The official Ollama client has a tool-calling conversation with the mock, streamed and not, and the openai client has one
// with its OpenAI-compatible API. Prints one JSON line about what they got; the test that started it judges.
import { Ollama } from "ollama";
import OpenAI from "openai";

const client = new Ollama({ host: process.env.OLLAMA_HOST });
const model = "llama3.2";
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
const question = { role: "user", content: "What is the weather in Oslo? Use the tool." };

// The iterator throws unless a line says that it is done.
async function streamed(request) {
  const whole = { text: "", calls: [], done_reason: null, lines: 0 };
  for await (const line of await client.chat({ ...request, stream: true })) {
    whole.text += line.message.content;
    whole.calls.push(...(line.message.tool_calls ?? []));
    whole.done_reason = line.done_reason ?? whole.done_reason;
    whole.eval_count = line.eval_count;
    ++whole.lines;
  }
  return whole;
}

const first = await streamed({ model, messages: [question], tools });
const call = first.calls[0];
if (!call) throw new Error("no tool call in the first turn: " + JSON.stringify(first));
const result = { role: "tool", tool_name: call.function.name, content: "Sunny, 21 degrees." };
const messages = [question, { role: "assistant", content: "", tool_calls: first.calls }, result];
const second = await streamed({ model, messages, tools });
const plain = await client.chat({ model, messages: [question], tools });
const limited = await client.chat({ model, messages, options: { num_predict: 3 } });
const prompt = await client.generate({ model, prompt: "Hello", system: "Be brief." });
let tokens = 0;
for await (const line of await client.generate({ model, prompt: "Hello", stream: true })) tokens += line.done ? 0 : 1;
const loaded = await client.generate({ model, prompt: "", keep_alive: "5m" });

async function refusal(of) {
  try {
    await of();
    return null;
  } catch (error) {
    return [error.name, error.status_code ?? error.message, error.error ?? error.cause?.code ?? null];
  }
}
const busy = new Ollama({ host: process.env.BUSY_HOST });
const broken = new Ollama({ host: process.env.BROKEN_HOST });

// The same model by way of the other API; the helper is strict about streams.
const compatible = new OpenAI({ apiKey: "ollama", baseURL: process.env.OLLAMA_HOST + "/v1", maxRetries: 0 });
const turn = await compatible.chat.completions.stream({ model, messages: [question], tools }).finalChatCompletion();
const answered = await compatible.chat.completions.create({
  model,
  messages: [question, turn.choices[0].message,
             { role: "tool", tool_call_id: turn.choices[0].message.tool_calls[0].id, content: "Sunny." }],
  tools,
});
let missing = null;
try {
  await compatible.chat.completions.create({ model: "gpt-x", messages: [question] });
} catch (error) {
  missing = [error.status, error.type];
}

console.log(
  JSON.stringify({
    tool: call.function.name,
    arguments: typeof call.function.arguments.city,
    first_reason: first.done_reason,
    first_lines: first.lines,
    text: second.text,
    counted: second.eval_count === second.lines - 1,
    plain_tool: plain.message.tool_calls[0].function.name,
    limited: limited.done_reason,
    prompt: prompt.response.length > 0 && prompt.done_reason,
    tokens: tokens > 3,
    loaded: loaded.done_reason,
    models: (await client.list()).models.map((entry) => entry.name),
    running: (await client.ps()).models.length,
    shown: (await client.show({ model })).capabilities,
    version: typeof (await client.version()).version,
    unknown: await refusal(() => client.chat({ model: "gpt-x", messages: [question] })),
    busy: await refusal(() => busy.chat({ model, messages: [question] })),
    busy_stream: await refusal(() => busy.chat({ model, messages: [question], stream: true })),
    broken: await refusal(async () => {
      for await (const line of await broken.chat({ model, messages: [question], stream: true })) void line;
    }),
    compatible_tool: turn.choices[0].message.tool_calls[0].function.name,
    compatible_finish: [turn.choices[0].finish_reason, answered.choices[0].finish_reason],
    compatible_models: (await compatible.models.list()).data.map((entry) => entry.id),
    missing,
  }),
);
