// The official Anthropic and OpenAI clients over https, streamed and not. What the environment makes them trust is not
// this script's business. Prints one JSON line about what they got.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const options = { maxRetries: 0, timeout: 20_000 };
const anthropic = new Anthropic(options);
const openai = new OpenAI(options);
const messages = [{ role: "user", content: "What is the weather in Oslo?" }];

async function tried(ask) {
  try {
    return await ask();
  } catch (error) {
    return error.cause?.cause?.code ?? error.cause?.code ?? error.message;
  }
}

async function openai_stream() {
  let finish = null;
  for await (const chunk of await openai.chat.completions.create({ model: "gpt-mock", messages, stream: true })) {
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  return finish;
}

const ask = { model: "claude-mock", max_tokens: 1000, messages };
console.log(
  JSON.stringify({
    anthropic_stream: await tried(async () => (await anthropic.messages.stream(ask).finalMessage()).stop_reason),
    anthropic_plain: await tried(async () => (await anthropic.messages.create(ask)).stop_reason),
    openai_stream: await tried(openai_stream),
    openai_plain: await tried(
      async () => (await openai.chat.completions.create({ model: "gpt-mock", messages })).choices[0].finish_reason,
    ),
  }),
);
