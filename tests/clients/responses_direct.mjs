// The official openai client has tool-calling conversations over the Responses API with whatever OPENAI_BASE_URL names.
// Prints one JSON line about what it got; the test that started it judges.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "test-key", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0, timeout: 20_000 });
const tools = [
  {
    type: "function",
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
    strict: true,
  },
];
const common = { model: "gpt-4o", instructions: "Be brief.", tools };

// One conversation: what the model said goes back as it came, and the call's output after it.
async function converse(ask) {
  const input = [{ role: "user", content: "What is the weather in Oslo? Use the tool." }];
  const first = await ask(input);
  const call = first.output.find((item) => item.type === "function_call");
  if (!call) throw new Error("no call in the first turn: " + JSON.stringify(first));
  JSON.parse(call.arguments);
  input.push(...first.output, { type: "function_call_output", call_id: call.call_id, output: "Sunny, 21 degrees." });
  const second = await ask(input);
  return {
    tool: call.name,
    own_id: call.id !== call.call_id && call.id.startsWith("fc_") && call.call_id.startsWith("call_"),
    first_status: first.status,
    status: second.status,
    text: second.output_text,
    counted: second.usage.total_tokens === second.usage.input_tokens + second.usage.output_tokens,
  };
}

const whole = await converse((input) => client.responses.create({ ...common, input }));

// .stream() is the strict helper: it rejects a stream whose items, parts and deltas do not fit together.
const helped = await converse((input) => client.responses.stream({ ...common, input }).finalResponse());

const types = [];
const numbers = [];
const streamed = await converse(async (input) => {
  let last = null;
  for await (const event of await client.responses.create({ ...common, input, stream: true })) {
    types.push(event.type);
    numbers.push(event.sequence_number);
    last = event;
  }
  if (last.type !== "response.completed") throw new Error("the stream ends with " + last.type);
  // What stands on the wire has no output_text; only the client's own answers have.
  return { ...last.response, output_text: last.response.output.flatMap((item) => item.content ?? []).map((part) => part.text).join("") };
});

async function failure(attempt) {
  try {
    await attempt();
    return "none";
  } catch (error) {
    return [error.constructor.name, error.status, error.code, error.headers?.get("retry-after")].join(" ");
  }
}
const limited = await failure(() => client.responses.stream({ ...common, input: "Hello" }).finalResponse());
const forgotten = await failure(() =>
  client.responses.create({ ...common, input: "And now?", previous_response_id: "resp_1" }),
);
const absent = await failure(() => client.responses.retrieve("resp_1"));
const unanswered = await failure(() =>
  client.responses.create({
    ...common,
    input: [{ type: "function_call", call_id: "call_1", name: "get_weather", arguments: "{}" }],
  }),
);

console.log(
  JSON.stringify({
    whole,
    helped,
    streamed,
    same: whole.text.length > 0 && [helped, streamed].every((one) => one.tool === whole.tool && one.text.length > 0),
    in_order: numbers.every((number, i) => number === (types[i] === "response.created" ? 0 : numbers[i - 1] + 1)),
    turns: types.filter((type) => type === "response.created").length,
    limited,
    forgotten,
    absent,
    unanswered,
  }),
);
