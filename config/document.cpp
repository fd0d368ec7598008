// Nodes and complaints as plain values.
#include "config/document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/node_data.hpp"

namespace chaos::config {

namespace {

/// What a default-constructed Node reads as.
const Node::Data& nothing()
{
    static const Node::Data data;
    return data;
}

}  // namespace

std::string to_string(const Complaint& complaint)
{
    return fmt::format("{}:{}:{}: {}", complaint.file, complaint.at.line, complaint.at.column, complaint.text);
}

void Complaints::add(Position at, std::string text)
{
    all_.push_back({file_, at, std::move(text)});
}

std::vector<Complaint> Complaints::sorted() const
{
    std::vector<Complaint> result = all_;
    std::stable_sort(result.begin(), result.end(), [](const Complaint& a, const Complaint& b) { return a.at < b.at; });
    return result;
}

NodeKind Node::kind() const
{
    return data_ ? data_->kind : nothing().kind;
}

Position Node::at() const
{
    return data_ ? data_->at : nothing().at;
}

const std::string& Node::text() const
{
    return data_ ? data_->text : nothing().text;
}

bool Node::quoted() const
{
    return data_ && data_->quoted;
}

const std::vector<Node>& Node::items() const
{
    return data_ ? data_->items : nothing().items;
}

const std::vector<std::pair<Node, Node>>& Node::entries() const
{
    return data_ ? data_->entries : nothing().entries;
}

std::string_view Node::kind_name() const
{
    switch (kind()) {
        case NodeKind::null: return "nothing";
        case NodeKind::scalar: return "text";
        case NodeKind::sequence: return "a list";
        case NodeKind::map: return "a map";
    }
    return "nothing";
}

}  // namespace chaos::config
