// YAML with positions: a tree whose every node knows where it stands, and complaints that say so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chaos::config {

/// Both from 1.
struct Position {
    int line = 1;
    int column = 1;
    auto operator<=>(const Position&) const = default;
};

/// One thing that is wrong, said once: `file:line:column: text`.
struct Complaint {
    std::string file;
    Position at;
    std::string text;
};
std::string to_string(const Complaint& complaint);

/// Collects everything wrong with one file, in the order of positions.
class Complaints {
public:
    explicit Complaints(std::string file) : file_(std::move(file)) {}
    void add(Position at, std::string text);
    bool empty() const { return all_.empty(); }
    std::vector<Complaint> sorted() const;
    const std::string& file() const { return file_; }

private:
    std::string file_;
    std::vector<Complaint> all_;
};

enum class NodeKind { null, scalar, sequence, map };

/// A value with a position. Nodes are shared and immutable; copying one is cheap.
class Node {
public:
    Node() = default;
    NodeKind kind() const;
    Position at() const;
    /// The text of a scalar, unquoted.
    const std::string& text() const;
    /// True if a scalar was quoted: then it is text and never a number or a duration.
    bool quoted() const;
    const std::vector<Node>& items() const;
    /// In file order; keys are scalars with positions of their own.
    const std::vector<std::pair<Node, Node>>& entries() const;
    /// "a map", "a list", "text", "nothing": for messages.
    std::string_view kind_name() const;

    struct Data;
    explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

private:
    std::shared_ptr<const Data> data_;
};

/// The root of the (single) document in `text`, or nothing with a complaint: not UTF-8 or not text, not YAML, empty,
/// several documents, nested too deep (64), too large (1 MiB). Anchors, aliases and tags are refused: values are
/// written out where they are used. Duplicate keys are complained about, but the tree is returned (with both entries),
/// so that everything else wrong with it can be said as well: a result is good only if `complaints` stayed empty.
std::optional<Node> parse(std::string_view text, Complaints& complaints);

/// The candidate nearest to `word` by edit distance, if near enough to be worth suggesting.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);
/// " (did you mean 'x'?)", or "" without a near candidate.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace chaos::config
