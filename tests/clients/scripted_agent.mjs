// A small agent of the kind people write: it offers the tools of an MCP server to a model behind an official client, and
// does what the model says until it says no more. Prints one JSON line; the test that started it judges.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const mcp = new Client({ name: "agent", version: "1.0.0" });
await mcp.connect(new StreamableHTTPClientTransport(new URL(process.env.MCP_URL)));
const { tools } = await mcp.listTools();
const task = "What is the weather in Oslo? Note it. canary: velvet-harbor-7";
const calls = [];

// A reply that is lost leaves the outcome unknown: asked again under the same key, it happens once.
const callTool = async (id, name, args) => {
  calls.push([name, args]);
  const call = { name, arguments: args, _meta: { "idempotency-key": id } };
  const result = await mcp.callTool(call).catch(() => mcp.callTool(call));
  return result.content.map((block) => block.text).join("\n");
};

const openaiAgent = async () => {
  const client = new OpenAI({ apiKey: "any", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
  const messages = [{ role: "user", content: task }];
  const offered = tools.map(({ name, description, inputSchema }) => ({
    type: "function",
    function: { name, description, parameters: inputSchema },
  }));
  for (let turn = 0; turn < 10; ++turn) {
    const stream = client.chat.completions.stream({ model: "gpt-4o", messages, tools: offered });
    const { message } = (await stream.finalChatCompletion()).choices[0];
    if (!message.tool_calls?.length) return { said: message.content, messages };
    messages.push(message);
    for (const call of message.tool_calls) {
      const content = await callTool(call.id, call.function.name, JSON.parse(call.function.arguments));
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
  throw new Error("the agent came to no end");
};

const anthropicAgent = async () => {
  const client = new Anthropic({ apiKey: "any", baseURL: process.env.ANTHROPIC_BASE_URL, maxRetries: 0 });
  const messages = [{ role: "user", content: task }];
  const offered = tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema }));
  const ask = () => client.messages.create({ model: "claude-sonnet-4-5", max_tokens: 1000, messages, tools: offered });
  for (let turn = 0; turn < 10; ++turn) {
    const { content } = await ask();
    const call = content.find((block) => block.type === "tool_use");
    if (!call) return content.map((block) => block.text).join("");
    messages.push({ role: "assistant", content });
    const result = await callTool(call.id, call.name, call.input);
    messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: result }] });
  }
  throw new Error("the agent came to no end");
};

const openai = await openaiAgent();
// Without its first message the conversation has lost the canary, and the answer shows it.
const client = new OpenAI({ apiKey: "any", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
const rest = [{ role: "user", content: "Well?" }, ...openai.messages.slice(1)];
const forgetful = await client.chat.completions.create({ model: "gpt-4o", messages: rest });
const anthropic = await anthropicAgent();
await mcp.close();

console.log(
  JSON.stringify({
    calls,
    between: openai.messages[3].content,
    openai: openai.said,
    forgetful: forgetful.choices[0].message.content,
    anthropic,
  }),
);
