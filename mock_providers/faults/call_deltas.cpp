// Indices and names of the pieces of calls.
#include "mock_providers/faults/call_deltas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using Index = CallDeltas::Index;
using Name = CallDeltas::Name;

Index index_of(std::string_view word)
{
    return word == "missing"    ? Index::missing
           : word == "all_zero" ? Index::all_zero
           : word == "from_one" ? Index::from_one
                                : Index::shifting;
}

Name name_of(std::string_view word)
{
    return word == "repeated" ? Name::repeated : word == "split" ? Name::split : Name::late;
}

std::string_view call_delta_in_words(Index index)
{
    constexpr std::string_view words[] = {"no index", "index 0 for every call", "indices from 1",
                                          "arguments at another index"};
    return words[static_cast<std::size_t>(index)];
}

std::string_view call_delta_in_words(Name name)
{
    constexpr std::string_view words[] = {"its name in every piece", "its name in two pieces",
                                          "its name in the last piece"};
    return words[static_cast<std::size_t>(name)];
}

wire::delta::Call* call_in(Piece& piece)
{
    return std::get_if<wire::delta::Call>(&piece.delta);
}

void edit_indices(std::vector<Piece>& pieces, Index how)
{
    for (Piece& piece : pieces) {
        wire::delta::Call* call = call_in(piece);
        if (call == nullptr) {
            continue;
        }
        const int shifted = call->index + (piece.inside_call ? 1 : 0);
        call->index = how == Index::missing    ? -1
                      : how == Index::all_zero ? 0
                      : how == Index::from_one ? call->index + 1
                                               : shifted;
    }
}

/// One call: its head, and the fragments behind it.
void edit_name(std::vector<Piece*> call, Name how)
{
    std::string& in_head = call_in(*call.front())->name;
    const std::string name = in_head;
    if (how == Name::repeated) {
        for (Piece* piece : call) {
            call_in(*piece)->name = name;
        }
        return;
    }
    const std::size_t kept = how == Name::split ? name.size() / 2 : 0;
    in_head.resize(kept);
    call_in(how == Name::split ? *call[1] : *call.back())->name = name.substr(kept);
}

void edit_names(std::vector<Piece>& pieces, Name how)
{
    std::vector<std::vector<Piece*>> calls;
    for (Piece& piece : pieces) {
        if (call_in(piece) == nullptr) {
            continue;
        }
        if (!piece.inside_call) {
            calls.emplace_back();
        }
        calls.back().push_back(&piece);
    }
    for (const std::vector<Piece*>& call : calls) {
        if (call.size() > 1) {
            edit_name(call, how);
        }
    }
}

/// Takes the first fragment of the first call away, to be said together with its head.
void drop_first_fragment(std::vector<Piece>& pieces)
{
    const auto first = std::find_if(pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.inside_call; });
    if (first != pieces.end()) {
        pieces.erase(first);
    }
}

/// The entry for that fragment, behind the one with the first call's name.
void add_entry(std::string& bytes, const std::string& fragment)
{
    constexpr std::string_view head_end = R"("arguments":""}}]})";
    const std::size_t at = bytes.find(head_end);
    if (at == std::string::npos || bytes.find(R"("tool_calls":[{"index":0,)") == std::string::npos) {
        return;
    }
    std::string entry = R"(,{"index":0,"function":{"arguments":)";
    net::append_json_string(entry, fragment);
    bytes.insert(at + head_end.size() - 2, entry + "}}");
}

void put_two_in_one(Script& script)
{
    const std::vector<Piece> pieces = pieces_of(script.answer, false);
    const auto first = std::find_if(pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.inside_call; });
    if (first == pieces.end()) {
        return;
    }
    script.rearrange = drop_first_fragment;
    script.respell = [fragment = std::get<wire::delta::Call>(first->delta).arguments](std::string& bytes) {
        add_entry(bytes, fragment);
    };
}

Parameters read_call_deltas(const config::Node& value, config::Complaints& complaints)
{
    CallDeltas fault;
    fault.index = Index::missing;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "call_deltas");
    const auto index = map.choice("index", {"missing", "all_zero", "from_one", "shifting"});
    const auto name = map.choice("name", {"repeated", "split", "late"});
    fault.two_in_one = map.boolean("two_in_one", false);
    if (name || fault.two_in_one) {
        fault.index.reset();
    }
    if (name) {
        fault.name = name_of(*name);
    }
    if (index) {
        fault.index = index_of(*index);
    }
    if (fault.two_in_one && (name || index)) {
        complaints.add(map.at("two_in_one"), "two_in_one does not go with index or name");
    }
    map.finish();
    return fault;
}

}  // namespace

bool CallDeltas::applies_to(const Script& script) const
{
    const bool in_pieces = script.stream && script.api->call_pieces_have_indices();
    const bool enough = index != Index::all_zero || script.following_call;
    return in_pieces && enough && script.calls_a_tool() && shows(*this, script);
}

void CallDeltas::inject(Script& script, net::Instant) const
{
    if (index == Index::all_zero) {
        script.answer.tool_calls.push_back(*script.following_call);
    }
    if (two_in_one) {
        put_two_in_one(script);
        return;
    }
    script.rearrange = [fault = *this](std::vector<Piece>& pieces) {
        if (fault.name) {
            edit_names(pieces, *fault.name);
        }
        if (fault.index) {
            edit_indices(pieces, *fault.index);
        }
    };
}

std::optional<std::string> CallDeltas::proof(const Sent& sent) const
{
    if (two_in_one) {
        return whole_answer(sent, "a streamed call with two entries in its first chunk");
    }
    return whole_answer(sent, fmt::format("a streamed call with {}{}{}", index ? call_delta_in_words(*index) : "",
                                          index && name ? " and " : "", name ? call_delta_in_words(*name) : ""));
}

Entry call_deltas_entry()
{
    Entry entry;
    entry.name = "call_deltas";
    entry.layer = Layer::request;
    entry.summary =
        "The pieces of a streamed call have no index, a wrong one, or the name again, in parts or too late.";
    entry.evidence = "Delivered: the whole stream with these pieces went out to a recognised attempt.";
    entry.remedy =
        "Join the pieces by index and id together; begin another call with another id; append a name only if it brings "
        "something new.";
    entry.parameters = {
        {"index",
         "missing, all_zero (two calls, both at 0), from_one, or shifting (arguments go on at the next index); missing "
         "if neither is given",
         "all_zero"},
        {"name", "repeated (in every piece), split (over two pieces), or late (in the last piece)", "split"},
        {"two_in_one",
         "true: the first chunk has two entries of one index, the name and the first arguments; default false",
         "true"}};
    entry.forms = {"{index: all_zero}", "{name: split}", "{two_in_one: true}"};
    entry.read = &read_call_deltas;
    return entry;
}

}  // namespace chaos::mock_providers::faults
