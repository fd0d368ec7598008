// The official Anthropic and OpenAI clients, streamed and not, and what a fault in front of the endpoint does to them.
// Prints one JSON line: the answers' texts, so that two runs can be compared.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const options = { maxRetries: 0, timeout: 20_000, apiKey: "sk-secret-of-mine" };
const anthropic = new Anthropic(options);
const openai = new OpenAI(options);
const messages = [{ role: "user", content: "What is the weather in Oslo?" }];
const ask = { model: "claude-mock", max_tokens: 1000, messages };

async function openai_stream() {
  let text = "";
  for await (const chunk of await openai.chat.completions.create({ model: "gpt-mock", messages, stream: true })) {
    text += chunk.choices[0]?.delta?.content ?? "";
  }
  return text;
}
const text_of = (message) => message.content.map((block) => block.text ?? "").join("");

const result = {
  anthropic_stream: text_of(await anthropic.messages.stream(ask).finalMessage()),
  anthropic_plain: text_of(await anthropic.messages.create(ask)),
  openai_stream: await openai_stream(),
  openai_plain: (await openai.chat.completions.create({ model: "gpt-mock", messages })).choices[0].message.content,
  models: (await openai.models.list()).data.map((model) => model.id),
};
const failures = [];
for (let n = 0; n < 2; ++n) {
  try {
    await openai.chat.completions.create({ model: "gpt-mock", messages: [{ role: "user", content: "again" }] });
  } catch (error) {
    failures.push([error.status ?? null, error.error?.code ?? error.message]);
  }
}
console.log(JSON.stringify({ ...result, failures }));
