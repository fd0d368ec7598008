// Every spelling of a fault, and every wrong one beside what is said about it.
#include <gtest/gtest.h>

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct ReadFault {
    FaultSpec fault;
    std::string complaints;  ///< one a line, "line:column: text"
};

ReadFault read_one_fault(const std::string& yaml)
{
    config::Complaints complaints("test.yaml");
    ReadFault result;
    const auto node = config::parse(yaml, complaints);
    if (node) {
        result.fault = read_fault(*node, complaints, {"primary", "backup"}, {"write_file", "send_email"}, 1);
    }
    for (const auto& complaint : complaints.sorted()) {
        result.complaints += std::to_string(complaint.at.line) + ":" + std::to_string(complaint.at.column) + ": " +
                             complaint.text + "\n";
    }
    return result;
}

FaultSpec accept(const std::string& yaml)
{
    ReadFault result = read_one_fault(yaml);
    EXPECT_EQ(result.complaints, "") << yaml;
    return result.fault;
}

template <class Kind>
Kind parameters(const std::string& yaml)
{
    const FaultSpec fault = accept(yaml);
    const Kind* kind = std::get_if<Kind>(&fault.parameters);
    EXPECT_NE(kind, nullptr) << yaml;
    return kind != nullptr ? *kind : Kind{};
}

TEST(ReadFault, takes_a_bare_word_in_a_window)
{
    const FaultSpec fault = accept("{target: primary, from: 1s, until: 6s, inject: blackhole}");
    EXPECT_EQ(fault.target, "primary");
    EXPECT_EQ(fault.fault, "blackhole");
    EXPECT_EQ(fault.name, "blackhole-primary-1");
    EXPECT_EQ(fault.when.from, seconds(1));
    EXPECT_EQ(fault.when.until, seconds(6));
    EXPECT_EQ(layer_of(fault.parameters), Layer::connection);
    EXPECT_EQ(in_words(fault), "blackhole on primary, 1s to 6s");
}

TEST(ReadFault, takes_parameters_and_a_name)
{
    const FaultSpec fault =
        accept("{target: primary, requests: 3..5, name: busy, inject: {rate_limit: {retry_after: 2500ms}}}");
    EXPECT_EQ(fault.name, "busy");
    EXPECT_EQ(std::get<RateLimit>(fault.parameters).retry_after, milliseconds(2500));
    EXPECT_EQ(in_words(fault), "rate_limit on primary, requests 3..5");
}

TEST(ReadFault, takes_every_selector_of_requests)
{
    const FaultSpec fault = accept(
        "{target: backup, from: 1s, requests: 2.., every: 3, times: 4, chance: 10%, at_least: 2, stream: false, model: "
        "m, "
        "step: 2..3, turn: after_tool, inject: empty_tool_turn}");
    EXPECT_EQ(in_words(fault),
              "empty_tool_turn on backup, from 1s, requests 2.., every 3, at most 4 times, chance 10%, not streamed, "
              "model m, "
              "step 2..3, turn after_tool");
    EXPECT_EQ(fault.when.at_least, 2);
    EXPECT_EQ(fault.when.chance, 100'000U);
}

TEST(ReadFault, takes_tools)
{
    EXPECT_EQ(in_words(accept("{target: tools, tool: send_email, times: 1, inject: tool_drop_reply}")),
              "tool_drop_reply on tools, at most 1 time, tool send_email");
    EXPECT_EQ(layer_of(accept("{target: write_file, step: 2, inject: tool_error}").parameters), Layer::tool);
}

TEST(ReadFault, reads_each_faults_parameters)
{
    EXPECT_EQ(
        parameters<Blackhole>("{target: primary, inject: {blackhole: {at: mid_stream, after_tokens: 3}}}").after_tokens,
        3);
    EXPECT_EQ(parameters<Blackhole>("{target: primary, requests: 1, inject: {blackhole: {at: request}}}").at,
              Blackhole::At::request);
    EXPECT_TRUE(parameters<Blackhole>("{target: primary, from: 0s, inject: {blackhole: {new_connections_only: true}}}")
                    .new_connections_only);
    EXPECT_EQ(parameters<Timeout>("{target: primary, inject: {timeout: {hold: 30s}}}").hold, seconds(30));
    EXPECT_EQ(parameters<Timeout>("{target: primary, inject: timeout}").hold, std::nullopt);
    EXPECT_EQ(parameters<RateLimit>("{target: primary, inject: rate_limit}").retry_after, seconds(1));
    EXPECT_EQ(parameters<RateLimit>("{target: primary, inject: {rate_limit: {retry_after: none}}}").retry_after,
              std::nullopt);
    EXPECT_EQ(parameters<Status>("{target: primary, inject: {status: {code: 503, error_code: slow_down}}}").error_code,
              "slow_down");
    EXPECT_FALSE(parameters<Refuse>("{target: primary, until: 2s, inject: {refuse: {reset_open: false}}}").reset_open);
    EXPECT_EQ(parameters<Reset>("{target: primary, connections: 2, inject: {reset: {at: accept}}}").at,
              Reset::At::accept);
    EXPECT_EQ(parameters<Reset>("{target: primary, inject: reset}").at, Reset::At::request);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: {cut: {after_tokens: 7, end: fin}}}").end, Stop::fin);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: {cut: {inside: tool_call}}}").place, Cut::Place::tool_call);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: {cut: {inside: code_point, after_tokens: 2}}}").after_tokens,
              2);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: {cut: {before: finish, end: clean}}}").place,
              Cut::Place::finish);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: {cut: {end: error}}}").end, Stop::error_event);
    EXPECT_EQ(parameters<Cut>("{target: primary, inject: cut}").end, Stop::reset);
    EXPECT_EQ(parameters<Slow>("{target: primary, inject: {slow: {between_tokens: 300ms}}}").first_token, std::nullopt);
    EXPECT_EQ(parameters<Slow>("{target: primary, inject: slow}").first_token, seconds(2));
    EXPECT_EQ(parameters<Slow>("{target: primary, inject: {slow: {}}}").first_token, seconds(2));
    EXPECT_EQ(parameters<WrongFinishReason>("{target: primary, inject: finish_reason}").as, "stop");
    EXPECT_EQ(parameters<WrongFinishReason>("{target: primary, inject: {finish_reason: {as: none}}}").as, std::nullopt);
    EXPECT_EQ(parameters<WrongFinishReason>("{target: primary, inject: {finish_reason: {as: \"\"}}}").as, "");
    EXPECT_FALSE(parameters<Truncated>("{target: primary, inject: {truncated: {admits: false}}}").admits);
    EXPECT_EQ(parameters<WrongArguments>("{target: primary, inject: {arguments: {shape: null}}}").shape,
              WrongArguments::Shape::null);
    EXPECT_EQ(parameters<WrongArguments>("{target: primary, inject: {arguments: {shape: \"null\"}}}").shape,
              WrongArguments::Shape::null);
    EXPECT_EQ(parameters<CallDeltas>("{target: primary, inject: call_deltas}").index, CallDeltas::Index::missing);
    EXPECT_EQ(parameters<CallDeltas>("{target: primary, inject: {call_deltas: {name: late}}}").index, std::nullopt);
    EXPECT_EQ(parameters<WrongCallId>("{target: primary, inject: {call_id: {as: reused}}}").as,
              WrongCallId::As::reused);
    EXPECT_EQ(parameters<Repetition>("{target: primary, inject: {repetition: {of: \"\\n\"}}}").of, "\n");
    EXPECT_EQ(parameters<ToolError>("{target: tools, inject: {tool_error: {status: 503}}}").status, 503);
    EXPECT_EQ(parameters<ToolSlow>("{target: tools, inject: {tool_slow: {by: 3s}}}").by, seconds(3));
    EXPECT_EQ(parameters<ToolDropReply>("{target: tools, inject: {tool_drop_reply: {end: silent}}}").end,
              Stop::silence);
}

struct Wrong {
    const char* yaml;
    const char* complaint;
};

TEST(ReadFault, refuses_what_could_never_happen)
{
    const Wrong wrongs[] = {
        {"{target: primary, from: 1s, inject: blackhol}",
         "1:37: unknown fault 'blackhol' (did you mean 'blackhole'?)\n"},
        {"{target: primry, from: 1s, inject: refuse}", "1:10: unknown provider 'primry' (did you mean 'primary'?)\n"},
        {"{target: write_fil, inject: tool_error}", "1:10: unknown tool 'write_fil' (did you mean 'write_file'?)\n"},
        {"{target: tools, inject: cut}", "1:10: cut acts on requests to a provider, but 'tools' is a tool\n"},
        {"{target: primary, inject: tool_error}",
         "1:10: tool_error acts on calls of tools, but 'primary' is a provider\n"},
        {"{inject: cut}", "1:1: fault: 'target' is missing\n"},
        {"{target: primary}", "1:1: fault: 'inject' is missing\n"},
        {"{target: primary, from: 6s, until: 1s, inject: cut}",
         "1:36: the window is empty: it begins at 6s and ends at 1s\n"},
        {"{target: primary, from: 1s, until: 1s, inject: cut}",
         "1:36: the window is empty: it begins at 1s and ends at 1s\n"},
        {"{target: primary, until: 0s, inject: cut}", "1:26: the window is empty: it begins at 0s and ends at 0s\n"},
        {"{target: primary, inject: refuse}",
         "1:27: refuse needs a window: `from:`, `until:` or both (`from: 0s` is the whole run)\n"},
        {"{target: primary, inject: blackhole}",
         "1:27: blackhole needs a window: `from:`, `until:` or both (`from: 0s` is the whole run)\n"},
        {"{target: primary, from: 0s, requests: 3, inject: blackhole}",
         "1:39: `requests` picks requests, but blackhole acts on connections, before there is a request; say `inject: "
         "{blackhole: "
         "{at: request}}` for single requests\n"},
        {"{target: primary, from: 0s, times: 3, inject: refuse}",
         "1:36: `times` picks requests, but refuse acts on connections, before there is a request\n"},
        {"{target: primary, requests: 1, inject: {reset: {at: accept}}}",
         "1:29: `requests` picks requests, but reset acts on connections, before there is a request; say `inject: "
         "{reset: {at: "
         "request}}` for single requests\n"},
        {"{target: primary, connections: 1, inject: cut}",
         "1:32: `connections` picks connections, but cut acts on requests to a provider\n"},
        {"{target: primary, tool: write_file, inject: cut}",
         "1:25: `tool` picks calls of tools, but cut acts on requests to a provider\n"},
        {"{target: tools, turn: final, inject: tool_error}",
         "1:23: `turn` picks requests, but tool_error acts on calls of tools\n"},
        {"{target: primary, from: 0s, connections: 2, inject: refuse}",
         "1:42: `connections` picks single connections, but refuse meets every connect in its window\n"},
        {"{target: primary, from: 0s, chance: 5%, inject: blackhole}",
         "1:37: `chance` picks single connections, but blackhole meets every connect in its window\n"},
        {"{target: tools, tool: send_mail, inject: tool_error}",
         "1:23: unknown tool 'send_mail' (did you mean 'send_email'?)\n"},
        {"{target: write_file, tool: send_email, inject: tool_error}",
         "1:28: never matches: the target is 'write_file' alone\n"},
        {"{target: primary, requests: 3..4, every: 3, inject: cut}",
         "1:42: `every: 3` picks none of so few requests\n"},
        {"{target: primary, chance: 0%, inject: cut}", "1:27: a chance of 0% never falls\n"},
        {"{target: primary, times: 2, at_least: 3, inject: cut}",
         "1:39: `at_least: 3` cannot be had with `times: 2`\n"},
        {"{target: primary, requests: 3, at_least: 2, inject: cut}",
         "1:42: `at_least: 2` cannot be had from 1 request\n"},
        {"{target: primary, inject: [cut]}",
         "1:27: inject is a list, but must be one fault: `inject: blackhole`, or with parameters `inject: {rate_limit: "
         "{retry_after: 2s}}`\n"},
        {"{target: primary, inject: {cut: {}, slow: {}}}",
         "1:27: inject is a map of several, but must be one fault: `inject: blackhole`, or with parameters `inject: "
         "{rate_limit: "
         "{retry_after: 2s}}`\n"},
        {"{target: primary, inject: {rate_limit: {retry_after: 2s, spelt: soon}}}",
         "1:54: retry_after does not go with spelt, which takes its place\n"},
        {"{target: primary, inject: {rate_limit: {retry_after: none, in_prose: true}}}",
         "1:70: in_prose needs a wait to tell: give retry_after, and no spelt\n"},
        {R"({target: primary, inject: {rate_limit: {spelt: "2\r\nx: y"}}})",
         "1:48: spelt: expected the value of a header field: 1 to 200 characters of printable ASCII\n"},
        {"{target: primary, inject: {quota: {kind: dayly}}}",
         "1:42: kind: expected one of insufficient_quota, daily, request_too_large, spend_limit, affordable, found "
         "'dayly' (did you mean 'daily'?)\n"},
        {"{target: primary, inject: {error_in_200: {shape: null_choises}}}",
         "1:50: shape: expected one of error, flat, null_choices, beside, empty, blank, html, found 'null_choises' "
         "(did you "
         "mean 'null_choices'?)\n"},
        {"{target: primary, inject: {error_in_200: {shape: html, code: 503}}}",
         "1:62: code has no place in `shape: html`\n"},
        {"{target: primary, inject: {content_type: {body: whle}}}",
         "1:49: body: expected one of asked, whole, stream, found 'whle' (did you mean 'whole'?)\n"},
        {"{target: primary, inject: {framing: {shape: clrf}}}",
         "1:45: shape: expected one of crlf, bare_cr, mixed, no_space, bom, comments, multi_line, double_prefix, "
         "comment_as_data, one_segment, byte_by_byte, found 'clrf' (did you mean 'crlf'?)\n"},
        {"{target: primary, inject: {gzip: {flush: at_end, lying: true}}}",
         "1:42: flush does not go with `lying: true`, which compresses nothing\n"},
        {"{target: primary, inject: {status: {code: 502, body: htm}}}",
         "1:54: body: expected one of vendor, empty, html, plain, cdn_json, fastapi, array, nested, metadata, found "
         "'htm' "
         "(did you mean 'html'?)\n"},
        {"{target: primary, inject: {status: {code: 502, body: html, message: no}}}",
         "1:69: message has no place in `body: html`\n"},
        {"{target: primary, inject: {status: {code: 429, body: empty, truncated: true}}}",
         "1:72: an empty body cannot be truncated\n"},
        {"{target: primary, inject: {cut: {inside: event, before: finish}}}",
         "1:57: a cut is inside something or before something, not both\n"},
        {"{target: primary, inject: {cut: {before: finish, after_tokens: 3}}}",
         "1:64: after_tokens does not go with `before: finish`, which says where to cut\n"},
        {"{target: primary, inject: {cut: {end: clear}}}",
         "1:39: end: expected one of fin, reset, silence, clean, error, garbage, found 'clear' (did you mean "
         "'clean'?)\n"},
        {"{target: primary, inject: {cut: {inside: tool_call, after_tokens: 3}}}",
         "1:67: after_tokens does not go with `inside: tool_call`, which says where to cut\n"},
        {"{target: primary, from: 0s, inject: {blackhole: {after_tokens: 3}}}",
         "1:64: after_tokens goes with `at: mid_stream` alone\n"},
        {"{target: primary, inject: {finish_reason: {as: null}}}", "1:48: as: expected text, found nothing\n"},
        {"{target: primary, inject: {truncated: {admits: no}}}",
         "1:48: admits: expected true or false, found 'no' (did you mean 'false'?)\n"},
        {"{target: primary, inject: {truncated: {after_tokens: -1}}}",
         "1:54: after_tokens: expected a whole number from 0 to 1000000, found '-1'\n"},
        {"{target: primary, inject: {arguments: {shape: nul}}}",
         "1:47: shape: expected one of empty, null, null_text, object, concatenated, found 'nul' (did you mean "
         "'null'?)\n"},
        {"{target: primary, inject: {call_deltas: {index: zero}}}",
         "1:49: index: expected one of missing, all_zero, from_one, shifting, found 'zero'\n"},
        {"{target: primary, inject: {call_id: {as: double}}}",
         "1:42: as: expected one of missing, duplicated, reused, found 'double'\n"},
        {"{target: primary, inject: {unknown_tool: {name: \"\"}}}", "1:49: name must not be empty\n"},
        {"{target: primary, inject: {call_as_text: {as: jsn}}}",
         "1:47: as: expected one of json, markup, unclosed, announced, found 'jsn' (did you mean 'json'?)\n"},
        {"{target: primary, inject: {repeated_call: {as: twice}}}",
         "1:48: as: expected one of new_id, cumulative, found 'twice'\n"},
        {"{target: primary, inject: {refusal: {as: filter}}}",
         "1:42: as: expected one of refusal, content_filter, prompt, found 'filter'\n"},
        {"{target: primary, inject: {reasoning_only: {finish: lenght}}}",
         "1:53: finish: expected one of stop, length, found 'lenght' (did you mean 'length'?)\n"},
        {"{target: primary, inject: {repetition: {of: \"\"}}}", "1:45: of: expected 1 to 64 bytes of text\n"},
        {"{target: primary, inject: {repetition: {inside: reasoning, finish: stop}}}",
         "1:68: finish does not go with `inside: reasoning`, whose end is fixed\n"},
        {"{target: primary, after: {}, inject: cut}",
         "1:26: after: waits for one thing: `{fault: NAME}`, `{requests: 10}` or `{effect: TOOL}`\n"},
        {"{target: primary, after: {fault: a, effect: write_file}, inject: cut}",
         "1:26: after: waits for one thing: `{fault: NAME}`, `{requests: 10}` or `{effect: TOOL}`\n"},
        {"{target: primary, after: {effect: write_fil}, inject: cut}",
         "1:35: unknown tool 'write_fil' (did you mean 'write_file'?)\n"},
        {"{target: primary, after: {requests: 3, on: primry}, inject: cut}",
         "1:44: unknown provider 'primry' (did you mean 'primary'?)\n"},
        {"{target: primary, after: {fault: a, on: primary}, inject: cut}",
         "1:41: on goes with `requests`: whose are counted\n"},
        {"{target: tools, after: {requests: 3}, inject: tool_error}",
         "1:24: after: say at which provider requests are counted, e.g. `on: primary`\n"},
        {"{target: primary, flap: {up: 3s}, inject: cut}",
         "1:25: flap: give both turns, at least 1ms each, e.g. `{up: 3s, down: 2s}`\n"},
        {"{target: primary, flap: {up: 3s, down: 2s, starts: upp}, inject: cut}",
         "1:52: starts: expected one of down, up, found 'upp' (did you mean 'up'?)\n"},
        {"{target: primary, until: 3s, flap: {up: 3s, down: 2s, starts: up}, inject: cut}",
         "1:36: the window ends before the first turn in which it is down\n"},
        {"{target: primary, ramp: {over: 10s}, inject: cut}",
         "1:25: a ramp needs a chance to grow to, e.g. `chance: 50%`\n"},
        {"{target: primary, chance: 50%, ramp: {}, inject: cut}",
         "1:38: ramp: say how long the chance grows, at least 1ms, e.g. `{over: 10s}`\n"},
        {"{target: primary, from: 0s, chance: 50%, ramp: {over: 1s}, inject: latency}",
         "1:48: `ramp` picks requests, but latency acts on connections, before there is a request; say `inject: slow` "
         "for "
         "single requests\n"},
        {"{target: primary, header: {}, inject: cut}", "1:27: header: name at least one, e.g. `{x-tenant: blue}`\n"},
        {"{target: primary, from: 0s, header: {a: b}, inject: refuse}",
         "1:37: `header` picks requests, but refuse acts on connections, before there is a request\n"},
        {"{target: primary, from: 0s, task: 3, inject: refuse}",
         "1:35: `task` picks requests, but refuse acts on connections, before there is a request\n"},
        {"{target: primary, inject: {credential: {as: expird}}}",
         "1:45: as: expected one of invalid_key, expired, no_permission, billing, found 'expird' (did you mean "
         "'expired'?)\n"},
        {"{target: primary, inject: {ratelimit_headers: {shape: pas}}}",
         "1:55: shape: expected one of negative, zero_reset, past, epoch, found 'pas' (did you mean 'past'?)\n"},
        {"{target: primary, inject: {blackhole: {at: request, new_connections_only: true}}}",
         "1:75: new_connections_only goes with `at: connect` alone\n"},
    };
    for (const Wrong& wrong : wrongs) {
        EXPECT_EQ(read_one_fault(wrong.yaml).complaints, wrong.complaint) << wrong.yaml;
    }
}

TEST(ReadFault, reads_what_it_waits_for_and_its_turns)
{
    const Selector when =
        read_one_fault(
            "{target: primary, after: {requests: 3, on: primary}, from: 1s, flap: {up: 3s, down: 2s, starts: "
            "up}, chance: 50%, ramp: {over: 10s}, header: {x-tenant: blue, Authorization: Bearer k}, task: 2.., "
            "inject: cut}")
            .fault.when;
    EXPECT_EQ(when.after->requests, 3);
    EXPECT_EQ(when.after->on, "primary");
    EXPECT_EQ(when.flap->down, seconds(2));
    EXPECT_TRUE(when.flap->starts_up);
    EXPECT_EQ(when.ramp, seconds(10));
    ASSERT_EQ(when.headers.size(), 2U);
    EXPECT_EQ(when.headers[0].value, "blue");
    EXPECT_EQ(when.task->first, 2);
    FaultSpec spec;
    spec.fault = "cut";
    spec.target = "primary";
    spec.when = when;
    EXPECT_EQ(in_words(spec),
              "cut on primary, from 1s, after 3 requests at primary, up for 3s and down for 2s by turns, header "
              "x-tenant: blue, "
              "header Authorization: (secret), chance 50%, growing from 0% over 10s, task 2..");
}

TEST(ReadFault, says_everything_that_is_wrong_at_once)
{
    EXPECT_EQ(read_one_fault("target: primry\nuntill: 3s\nfrom: 3\ninject: {status: {code: 200}}\n").complaints,
              "1:9: unknown provider 'primry' (did you mean 'primary'?)\n"
              "2:1: fault: unknown key 'untill' (did you mean 'until'?)\n"
              "3:7: from: expected a duration with a unit, such as 3s\n"
              "4:25: code: expected a whole number from 400 to 599, found '200'\n");
}

TEST(Vocabulary, explains_every_fault)
{
    for (const Entry& entry : vocabulary()) {
        EXPECT_EQ(find(entry.name), &entry);
        for (const std::string* sentence : {&entry.summary, &entry.evidence, &entry.remedy}) {
            EXPECT_TRUE(sentence->ends_with('.')) << entry.name << ": " << *sentence;
        }
        EXPECT_EQ(entry.layer, layer_of(entry.read(config::Node(), *std::make_unique<config::Complaints>("x"))))
            << entry.name;
    }
    EXPECT_EQ(vocabulary().size(), std::variant_size_v<Parameters>);
    EXPECT_EQ(find("nothing_of_the_kind"), nullptr);
}

/// The complaint about a key that no fault has, which lists the keys the reader knows.
std::string complaint_about_unknown_key(const Entry& entry)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse("{zzzzzzzzzzzz: 1}", complaints);
    entry.read(*node, complaints);
    return complaints.empty() ? "" : complaints.sorted().front().text;
}

TEST(Vocabulary, documents_exactly_what_its_readers_know)
{
    for (const Entry& entry : vocabulary()) {
        std::string known;
        for (const ParameterDoc& parameter : entry.parameters) {
            known += (known.empty() ? "; known keys are " : ", ") + parameter.name;
        }
        known = known.empty() ? "; no keys are expected here" : known;
        EXPECT_EQ(complaint_about_unknown_key(entry), entry.name + ": unknown key 'zzzzzzzzzzzz'" + known);
    }
}

TEST(Vocabulary, gives_examples_that_can_be_read)
{
    for (const Entry& entry : vocabulary()) {
        for (const ParameterDoc& parameter : entry.parameters) {
            config::Complaints complaints("test.yaml");
            std::string yaml = "{" + parameter.name + ": " + parameter.example;
            yaml += entry.name == "blackhole" && parameter.name == "after_tokens" ? ", at: mid_stream}" : "}";
            entry.read(*config::parse(yaml, complaints), complaints);
            EXPECT_TRUE(complaints.empty()) << entry.name << " " << yaml;
        }
    }
}

}  // namespace
}  // namespace chaos::mock_providers::faults
