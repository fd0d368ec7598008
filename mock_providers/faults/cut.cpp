// Every place a response can stop at, and every way.
#include "mock_providers/faults/cut.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/stream_error.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/pieces.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

template <class Value>
using Words = std::vector<std::pair<std::string, Value>>;

const Words<Stop> ends = {{"fin", Stop::fin},     {"reset", Stop::reset},       {"silence", Stop::silence},
                          {"clean", Stop::clean}, {"error", Stop::error_event}, {"garbage", Stop::garbage}};
const Words<Cut::Place> cut_insides = {
    {"tool_call", Cut::Place::tool_call}, {"event", Cut::Place::event}, {"code_point", Cut::Place::code_point}};
const Words<Cut::Place> befores = {{"finish", Cut::Place::finish}, {"terminator", Cut::Place::terminator}};

template <class Value>
std::vector<std::string> names_of(const Words<Value>& words)
{
    std::vector<std::string> names;
    for (const auto& [name, value] : words) names.push_back(name);
    return names;
}

/// `word` is one of them.
template <class Value>
Value meaning_of(const std::string& word, const Words<Value>& words)
{
    return std::find_if(words.begin(), words.end(), [&](const auto& entry) { return entry.first == word; })->second;
}

bool looks_well(Stop end)
{
    return end == Stop::clean || end == Stop::error_event || end == Stop::garbage;
}

void check_age(config::MapReader& map, const Cut& cut)
{
    for (const std::string_view key : {"after_tokens", "inside", "before"}) {
        if (map.take(key)) {
            map.complaints().add(map.at(key), fmt::format("{} does not go with `after`, which says when to cut", key));
        }
    }
    if (looks_well(cut.end)) {
        map.complaints().add(map.at("end"),
                             fmt::format("`after` cuts the connection: end must be fin, reset or silence"));
    }
}

/// How long the answer takes at its pace.
net::Duration length_of(const Script& script)
{
    return script.pace.first_token + count_tokens(script.answer) * script.pace.between_tokens;
}

Parameters read_cut(const config::Node& value, config::Complaints& complaints)
{
    Cut fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "cut");
    const auto tokens = map.integer("after_tokens", 0, 1'000'000);
    fault.after_tokens = tokens.value_or(fault.after_tokens);
    const auto after = map.duration("after");
    const auto inside = map.choice("inside", names_of(cut_insides));
    const auto before = map.choice("before", names_of(befores));
    if (const auto end = map.choice("end", names_of(ends))) fault.end = meaning_of(*end, ends);
    if (inside) fault.place = meaning_of(*inside, cut_insides);
    if (before) fault.place = meaning_of(*before, befores);
    if (after) {
        fault.place = Cut::Place::age;
        fault.age = *after;
        check_age(map, fault);
    }
    if (inside && before) {
        complaints.add(map.at("before"), "a cut is inside something or before something, not both");
    }
    if (tokens && (fault.place == Cut::Place::tool_call || before)) {
        complaints.add(map.at("after_tokens"),
                       fmt::format("after_tokens does not go with `{}`, which says where to cut",
                                   before ? "before: " + *before : "inside: tool_call"));
    }
    map.finish();
    return fault;
}

bool needs_a_stream(const Cut& cut)
{
    const bool whole_has_it =
        cut.place == Cut::Place::age || cut.place == Cut::Place::tokens || cut.place == Cut::Place::tool_call;
    return !whole_has_it || looks_well(cut.end);
}

Break::Where where_of(Cut::Place place)
{
    switch (place) {
        case Cut::Place::age:
            return Break::Where::age;
        case Cut::Place::tokens:
            return Break::Where::tokens;
        case Cut::Place::tool_call:
            return Break::Where::tool_call;
        case Cut::Place::event:
            return Break::Where::event;
        case Cut::Place::code_point:
            return Break::Where::code_point;
        case Cut::Place::finish:
            return Break::Where::finish;
        case Cut::Place::terminator:
            return Break::Where::terminator;
    }
    return Break::Where::tokens;
}

/// A character of three bytes, so that there is something to tear.
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

/// Puts the character at the end of the token of the text that is torn: the first one behind so many of the answer's.
void add_character(std::string& text, std::int64_t after_tokens)
{
    const auto tokens = tokens_of(text);
    const auto last = static_cast<std::int64_t>(tokens.size()) - 1;
    const auto nth = static_cast<std::size_t>(std::clamp<std::int64_t>(after_tokens, 0, last));
    const std::string_view torn = tokens[nth];
    text.insert(static_cast<std::size_t>(torn.data() + torn.size() - text.data()), ellipsis);
}

std::string_view spelling_of_place(Cut::Place place)
{
    switch (place) {
        case Cut::Place::age:
        case Cut::Place::tokens:
            return "";
        case Cut::Place::tool_call:
            return " into a tool call";
        case Cut::Place::event:
            return " into an event";
        case Cut::Place::code_point:
            return " into a character";
        case Cut::Place::finish:
            return " without a finish reason";
        case Cut::Place::terminator:
            return " without the stream's own end";
    }
    return "";
}

bool ended_so(const Sent& sent, Stop end)
{
    switch (end) {
        case Stop::fin:
            return sent.end == WireEnd::cut_fin;
        case Stop::reset:
            return sent.end == WireEnd::cut_reset;
        case Stop::silence:
            return sent.fell_silent != Sent::Silence::none;
        case Stop::clean:
        case Stop::error_event:
        case Stop::garbage:
            return sent.end == WireEnd::complete;
    }
    return false;
}

}  // namespace

bool Cut::applies_to(const Script& script) const
{
    if (needs_a_stream(*this) && !script.stream) return false;
    if (end == Stop::error_event && !can_say_errors(script)) return false;
    if (place == Place::age) return length_of(script) > age;
    if (place == Place::code_point) return !script.instead && !script.answer.text.empty();
    return place != Place::tool_call || script.calls_a_tool();
}

void Cut::inject(Script& script, net::Instant release) const
{
    Break cut;
    cut.where = where_of(place);
    cut.after_tokens = after_tokens;
    cut.age = age;
    cut.how = end;
    cut.release = release;
    if (place == Place::code_point) {
        const auto thoughts = static_cast<std::int64_t>(tokens_of(script.answer.reasoning).size());
        const auto words = static_cast<std::int64_t>(tokens_of(script.answer.text).size());
        add_character(script.answer.text, after_tokens - thoughts);
        cut.after_tokens = std::min(after_tokens, thoughts + words - 1);
    }
    script.stop = std::move(cut);
}

std::optional<std::string> Cut::proof(const Sent& sent) const
{
    const bool began = sent.status != 0 || place == Place::age;
    if (!sent.broke_off || !began || !ended_so(sent, end)) {
        return std::nullopt;
    }
    return fmt::format("{}{}, then {}", amount(sent), spelling_of_place(place),
                       end == Stop::silence ? silence(sent) : std::string(faults::spelling(end)));
}

Entry cut_entry()
{
    Entry entry;
    entry.name = "cut";
    entry.layer = Layer::request;
    entry.summary = "The response stops before its end: at any place, and in any way.";
    entry.evidence =
        "Delivered: so many bytes went out to a recognised attempt, and then this ending in place of the proper one.";
    entry.remedy =
        "Never take it for an answer: before anything was passed on, go on with another provider; afterwards, end with "
        "an error.";
    entry.parameters = {
        {"after_tokens",
         "how many tokens are sent before it stops; all of them if there are fewer, but not the proper end; default 4",
         "3"},
        {"after", "in place of tokens: so long after the request it stops, wherever it is (fin, reset or silence)",
         "41s"},
        {"inside",
         "tool_call: in the middle of the first call's arguments; in streams also event (half of the next event's "
         "bytes) or code_point (up to the middle of a character)",
         "tool_call"},
        {"before",
         "in streams: finish (everything was said, but for the finish reason) or terminator (only the stream's own end "
         "is missing: [DONE], message_stop)",
         "finish"},
        {"end",
         "fin, reset (what was sent arrives first) or silence; in streams also clean (the body ends as if all was "
         "well), error (the dialect's error event, then a clean end) or garbage (an event that is not JSON, then a "
         "clean end); default reset",
         "clean"}};
    entry.forms = {"{after: 1s}",          "{inside: tool_call}", "{inside: event}",
                   "{inside: code_point}", "{before: finish}",    "{before: terminator}",
                   "{end: clean}",         "{end: error}",        "{end: garbage}"};
    entry.read = &read_cut;
    return entry;
}

}  // namespace chaos::mock_providers::faults
