// The official Google Gen AI client has a tool-calling conversation with the mock, streamed and not streamed.
// Prints one JSON line about what it got; the test that started it judges.
import { GoogleGenAI, ApiError, Type } from "@google/genai";

const client_of = (baseUrl) => new GoogleGenAI({ apiKey: "test-key", httpOptions: { baseUrl, timeout: 20_000 } });
const client = client_of(process.env.GOOGLE_GEMINI_BASE_URL);
const model = "gemini-mock";
const config = {
  systemInstruction: "Be brief.",
  tools: [
    {
      functionDeclarations: [
        {
          name: "get_weather",
          description: "The weather in a city",
          parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ["city"] },
        },
      ],
    },
  ],
};
const contents = [{ role: "user", parts: [{ text: "What is the weather in Oslo? Use the tool." }] }];

// Streamed: a turn with a call, then, after its result, one with text.
let call = null;
let first_finish = null;
for await (const chunk of await client.models.generateContentStream({ model, contents, config })) {
  call = chunk.functionCalls?.[0] ?? call;
  first_finish = chunk.candidates?.[0]?.finishReason ?? first_finish;
}
if (!call) throw new Error("no function call in the first turn");
contents.push(
  { role: "model", parts: [{ functionCall: call }] },
  { role: "user", parts: [{ functionResponse: { name: call.name, response: { output: "Sunny, 21 degrees." } } }] },
);
let text = "";
let second_finish = null;
let usage = null;
for await (const chunk of await client.models.generateContentStream({ model, contents, config })) {
  text += chunk.text ?? "";
  second_finish = chunk.candidates?.[0]?.finishReason ?? second_finish;
  usage = chunk.usageMetadata ?? usage;
}

// Whole, and the pages beside.
const whole_call = await client.models.generateContent({ model, contents: contents.slice(0, 1), config });
const plain = await client.models.generateContent({ model, contents, config });
const counted = await client.models.countTokens({ model, contents });
const models = [];
for await (const entry of await client.models.list()) models.push(entry.name);

// The error's message is the body.
const failed = async (ask) => {
  try {
    await ask();
  } catch (error) {
    return [error instanceof ApiError, error.status, JSON.parse(error.message).error.status];
  }
  return null;
};
const busy = client_of(process.env.OVERLOADED_BASE_URL);
const hello = { model, contents: "hi" };
const overloaded = await failed(() => busy.models.generateContent(hello));
const overloaded_stream = await failed(() => busy.models.generateContentStream(hello));
const no_model = await failed(() => client.models.generateContent({ model: "gemini-x", contents: "hi" }));

console.log(
  JSON.stringify({
    tool: call.name,
    city: typeof call.args.city,
    first_finish,
    text,
    second_finish,
    counted_output: usage.candidatesTokenCount > 0,
    whole_tool: whole_call.functionCalls?.[0]?.name,
    plain: plain.text,
    plain_finish: plain.candidates[0].finishReason,
    counted: counted.totalTokens > 0,
    models,
    overloaded,
    overloaded_stream,
    no_model,
  }),
);
