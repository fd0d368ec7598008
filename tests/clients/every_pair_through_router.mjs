// The official clients of OpenAI (both its APIs) and of Anthropic finish a streamed tool task through the router, for
// every model in ALIASES. Prints one JSON line: how many finished, and what went wrong; the test that started it judges.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const base = process.env.ROUTER_URL;
const options = { apiKey: "test-key", maxRetries: 0, timeout: 30_000 };
const openai = new OpenAI({ ...options, baseURL: `${base}/v1` });
const anthropic = new Anthropic({ ...options, baseURL: base });

const name = "get_weather";
const description = "The weather in a city";
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const question = "What is the weather in Oslo? Use the tool.";
const result = "Sunny, 21 degrees.";

const must = (condition, what) => {
  if (!condition) throw new Error(what);
};

// Each helper is strict: it rejects events in the wrong order, and streams that do not end as they should.
const agents = {
  async chat(model) {
    const tools = [{ type: "function", function: { name, description, parameters: schema } }];
    const messages = [{ role: "user", content: question }];
    const first = (await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion()).choices[0];
    const call = first.message.tool_calls?.[0];
    must(first.finish_reason === "tool_calls" && call, "no call: " + JSON.stringify(first));
    JSON.parse(call.function.arguments);
    messages.push(first.message, { role: "tool", tool_call_id: call.id, content: result });
    const last = (await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion()).choices[0];
    must(last.finish_reason === "stop" && last.message.content, "no answer: " + JSON.stringify(last));
  },
  async responses(model) {
    const tools = [{ type: "function", name, description, parameters: schema, strict: false }];
    const input = [{ role: "user", content: question }];
    const first = await openai.responses.stream({ model, input, tools, store: false }).finalResponse();
    const call = first.output.find((item) => item.type === "function_call");
    must(first.status === "completed" && call, "no call: " + JSON.stringify(first));
    JSON.parse(call.arguments);
    input.push({ type: "function_call", call_id: call.call_id, name: call.name, arguments: call.arguments });
    input.push({ type: "function_call_output", call_id: call.call_id, output: result });
    const last = await openai.responses.stream({ model, input, tools, store: false }).finalResponse();
    must(last.status === "completed" && last.output_text, "no answer: " + JSON.stringify(last));
  },
  async messages(model) {
    const tools = [{ name, description, input_schema: schema }];
    const messages = [{ role: "user", content: question }];
    const ask = () => anthropic.messages.stream({ model, max_tokens: 1000, messages, tools }).finalMessage();
    const first = await ask();
    const call = first.content.find((block) => block.type === "tool_use");
    must(first.stop_reason === "tool_use" && call, "no call: " + JSON.stringify(first));
    must(first.usage.input_tokens > 0 && first.usage.output_tokens > 0, "no usage: " + JSON.stringify(first.usage));
    messages.push({ role: "assistant", content: first.content });
    messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: result }] });
    const last = await ask();
    const text = last.content.map((block) => block.text ?? "").join("");
    must(last.stop_reason === "end_turn" && text, "no answer: " + JSON.stringify(last));
  },
};

const jobs = process.env.ALIASES.split(" ").flatMap((model) => Object.keys(agents).map((agent) => [agent, model]));
const total = jobs.length;
const failed = [];
const worker = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const [agent, model] = job;
    await agents[agent](model).catch((error) => failed.push(`${agent} ${model}: ${error}`));
  }
};
await Promise.all(Array.from({ length: 12 }, worker));

// Each vendor's client lists the models in its own shape.
const models = [];
for await (const model of anthropic.models.list()) models.push(model.id);
const listed = (await openai.models.list()).data.length === models.length && models.length * 3 === total;
// And reads an error as its own.
const refused = await anthropic.messages
  .create({ model: "nobody", max_tokens: 1, messages: [{ role: "user", content: "hi" }] })
  .catch((error) => [error.status, error.error?.error?.type]);

console.log(JSON.stringify({ total, finished: total - failed.length, failed: failed.slice(0, 5), listed, refused }));
