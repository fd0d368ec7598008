// Indices and names of the pieces of calls.
#include "mock_providers/faults/call_deltas.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

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

std::string_view in_words(Index index)
{
    constexpr std::string_view words[] = {"no index", "index 0 for every call", "indices from 1",
                                          "arguments at another index"};
    return words[static_cast<std::size_t>(index)];
}

std::string_view in_words(Name name)
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

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    CallDeltas fault;
    fault.index = Index::missing;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "call_deltas");
    const auto index = map.choice("index", {"missing", "all_zero", "from_one", "shifting"});
    const auto name = map.choice("name", {"repeated", "split", "late"});
    if (name) {
        fault.name = name_of(*name);
        fault.index.reset();
    }
    if (index) {
        fault.index = index_of(*index);
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
    return whole_answer(sent, fmt::format("a streamed call with {}{}{}", index ? in_words(*index) : "",
                                          index && name ? " and " : "", name ? in_words(*name) : ""));
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
        {"name", "repeated (in every piece), split (over two pieces), or late (in the last piece)", "split"}};
    entry.forms = {"{index: all_zero}", "{name: split}"};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
