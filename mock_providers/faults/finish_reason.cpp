// The answer stays; the reason changes.
#include "mock_providers/faults/finish_reason.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/respelling.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::mock_providers::faults {

namespace {

/// An empty reason stands on every chunk, any other where a reason would.
std::string respelt(std::string_view value, std::string_view as)
{
    if (value == "null" && !as.empty()) {
        return std::string(value);
    }
    std::string text;
    net::append_json_string(text, as);
    return text;
}

using Place = WrongFinishReason::Place;

const Choices<Place> places = {
    {"end", Place::end}, {"early", Place::early}, {"with_last_token", Place::with_last_token}};

void move_finish(std::vector<Piece>& pieces, Place place)
{
    const auto is_finish = [](const Piece& piece) { return std::holds_alternative<wire::delta::Finish>(piece.delta); };
    const auto is_token = [](const Piece& piece) { return piece.token; };
    const auto found = std::find_if(pieces.begin(), pieces.end(), is_finish);
    const auto tokens = std::count_if(pieces.begin(), found, is_token);
    if (found == pieces.end() || tokens < 2) {
        return;
    }
    const Piece finish = *found;
    pieces.erase(found);
    std::ptrdiff_t wanted = place == Place::early ? tokens / 2 : tokens - 1;
    const auto at =
        std::find_if(pieces.begin(), pieces.end(), [&](const Piece& piece) { return piece.token && wanted-- == 0; });
    if (place == Place::early) {
        pieces.insert(at, finish);
    } else {
        at->finish = std::get<wire::delta::Finish>(finish.delta);
    }
}

bool has_a_place_in_every_chunk(const Script& script)
{
    return script.stream && script.api->finish_key() == R"("finish_reason":)";
}

Parameters read_finish_reason(const config::Node& value, config::Complaints& complaints)
{
    WrongFinishReason fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "finish_reason");
    if (const auto as = map.text("as")) {
        fault.as = *as == "none" ? std::nullopt : as;
    }
    fault.place = read_choice(map, "place", places, fault.place);
    if (fault.place != Place::end && map.take("as")) {
        complaints.add(map.at("as"), fmt::format("as does not go with `place: {}`, where the reason is the right one",
                                                 word_for(fault.place, places)));
    }
    map.finish();
    return fault;
}

}  // namespace

bool WrongFinishReason::applies_to(const Script& script) const
{
    if (place != Place::end) {
        return has_a_place_in_every_chunk(script) && shows(*this, script);
    }
    const bool cannot_be_empty = script.api->finish_key().empty();
    return !(as && as->empty() && cannot_be_empty) && shows(*this, script);
}

void WrongFinishReason::inject(Script& script, net::Instant) const
{
    if (place != Place::end) {
        script.rearrange = [place = place](std::vector<Piece>& pieces) { move_finish(pieces, place); };
        return;
    }
    if (!as || !as->empty()) {
        script.answer.finish = wire::openai_chat::finish_reason(as.value_or(""));
        script.answer.finish_text = as.value_or("");
    }
    if (as && !script.api->finish_key().empty()) {
        script.respell = [key = std::string(script.api->finish_key()), as = *as](std::string& bytes) {
            respell_values(bytes, key, [&as](std::string_view value) { return respelt(value, as); });
        };
    }
}

std::optional<std::string> WrongFinishReason::proof(const Sent& sent) const
{
    if (place != Place::end) {
        return whole_answer(
            sent, place == Place::early ? "the finish reason before the end" : "the finish reason with the last token");
    }
    return whole_answer(sent, as ? fmt::format("finish reason '{}'", *as) : "no finish reason");
}

Entry finish_reason_entry()
{
    Entry entry;
    entry.name = "finish_reason";
    entry.layer = Layer::request;
    entry.summary =
        "The answer is whole, but its finish reason is another one, unknown, empty or missing, or not at the end.";
    entry.evidence = "Delivered: the whole answer with this finish reason went out to a recognised attempt.";
    entry.remedy =
        "Tell a tool turn by its calls and never by the reason; take an unknown reason for a normal end, and none for "
        "no end at all.";
    entry.parameters = {{"as",
                         "the reason in the words of the wire, also one the API does not have, or \"\" (then on every "
                         "chunk); none: null or left out; default stop",
                         "end_turn"},
                        {"place",
                         "of the right reason, in streams: early (more is said behind it) or with_last_token (in one "
                         "event with it); default end",
                         "early"}};
    entry.forms = {"{as: none}", "{as: \"\"}", "{as: length}", "{place: early}", "{place: with_last_token}"};
    entry.read = &read_finish_reason;
    return entry;
}

}  // namespace chaos::mock_providers::faults
