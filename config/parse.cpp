// From YAML text to nodes: the one file that speaks to yaml-cpp, which is stricter about some things than we want and
// silent about others.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <map>
#include <sstream>

#include "config/node_data.hpp"
#include "config/source_text.hpp"

namespace chaos::config {

namespace {

/// Deeper trees are refused: no configuration needs them, and every reader recurses.
constexpr std::size_t max_depth = 64;

/// Thrown by the builder through yaml-cpp's parser, to stop it; never leaves this file.
struct Refusal {
    Position at;
    std::string text;
};

/// The text as the parser marks it: bytes and positions.
class Source {
public:
    explicit Source(std::string_view text) : text_(text), lines_(text) {}

    Position position(const YAML::Mark& mark) const { return lines_.at(line(mark), column(mark)); }
    Position content_before(const YAML::Mark& mark) const { return lines_.content_before(line(mark)); }
    /// What stands at `mark` and after it.
    std::string_view from(const YAML::Mark& mark) const
    {
        return text_.substr(lines_.offset(line(mark), column(mark)));
    }
    /// The indentation of the line of `mark`.
    std::string_view indentation(const YAML::Mark& mark) const
    {
        std::string_view line_text = text_.substr(lines_.offset(line(mark), 0));
        return line_text.substr(0, line_text.find_first_not_of(" \t"));
    }
    bool first_on_its_line(const YAML::Mark& mark) const { return column(mark) <= indentation(mark).size(); }

private:
    static std::size_t line(const YAML::Mark& mark) { return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line); }
    static std::size_t column(const YAML::Mark& mark)
    {
        return mark.column < 0 ? 0 : static_cast<std::size_t>(mark.column);
    }

    std::string_view text_;
    LineIndex lines_;
};

/// True if the quoted text at the start of `rest` has its closing quote; yaml-cpp lets one that runs into the end of
/// the file pass in silence.
bool quote_closes(std::string_view rest)
{
    char quote = rest.front();
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '\\' && quote == '"') {
            ++i;
        } else if (rest[i] == quote) {
            bool doubled = quote == '\'' && i + 1 < rest.size() && rest[i + 1] == quote;
            if (!doubled) return true;
            ++i;
        }
    }
    return false;
}

bool spells_null(std::string_view rest)
{
    return rest.starts_with('~') || rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
}

/// Builds the tree from the parser's events.
class Builder : public YAML::EventHandler {
public:
    Builder(const Source& source, Complaints& complaints) : source_(source), complaints_(complaints) {}

    /// The finished root, if there was a document.
    const std::optional<Node>& root() const { return root_; }
    /// Where the innermost list or map in brackets was opened that is still open.
    std::optional<Refusal> open_bracket() const;

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override;
    void OnAnchor(const YAML::Mark& mark, const std::string& name) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override { close(); }

private:
    /// A list or map that is not complete yet.
    struct Open {
        std::shared_ptr<Node::Data> data;
        bool in_brackets = false;
        std::optional<Node> key;               ///< of the entry whose value comes next
        std::map<std::string, Position> seen;  ///< keys and where they stand
    };

    bool key_comes_next() const
    {
        return !open_.empty() && open_.back().data->kind == NodeKind::map && !open_.back().key;
    }
    void check_tag(const YAML::Mark& mark, const std::string& tag) const;
    void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::EmitterStyle::value style);
    void close();
    void add(Node node);
    void add_key(Node key);
    Position position_of_null(const YAML::Mark& mark) const;

    const Source& source_;
    Complaints& complaints_;
    std::vector<Open> open_;
    std::optional<Node> root_;
};

std::optional<Refusal> Builder::open_bracket() const
{
    for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
        bool list = open->data->kind == NodeKind::sequence;
        if (!open->in_brackets) continue;
        return Refusal{open->data->at, fmt::format("this '{}' is never closed", list ? '[' : '{')};
    }
    return std::nullopt;
}

void Builder::OnDocumentStart(const YAML::Mark& mark)
{
    if (!root_) return;
    if (source_.from(mark).starts_with("---")) {
        throw Refusal{source_.position(mark), "a second document starts here; one file holds one document"};
    }
    throw Refusal{source_.position(mark), fmt::format("this does not belong to {} above; is the indentation right?",
                                                      root_->kind() == NodeKind::sequence ? "the list"
                                                      : root_->kind() == NodeKind::map    ? "the map"
                                                                                          : "the text")};
}

Position Builder::position_of_null(const YAML::Mark& mark) const
{
    // A value that is simply not there is marked where the parser noticed, often on a later line.
    Position noticed = source_.position(mark);
    if (open_.empty() || spells_null(source_.from(mark))) return noticed;
    const Open& parent = open_.back();
    if (parent.key) return noticed.line == parent.key->at().line ? noticed : parent.key->at();
    return parent.in_brackets ? noticed : source_.content_before(mark);
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t)
{
    auto data = std::make_shared<Node::Data>();
    data->at = position_of_null(mark);
    add(Node(std::move(data)));
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t)
{
    throw Refusal{source_.position(mark), "aliases (*name) are not supported; write the value out, or quote the text"};
}

void Builder::OnAnchor(const YAML::Mark& mark, const std::string& name)
{
    throw Refusal{
        source_.position(mark),
        fmt::format("anchors (&{}) are not supported; write the value out where it is used, or quote the text", name)};
}

void Builder::check_tag(const YAML::Mark& mark, const std::string& tag) const
{
    // The parser's own marks for "plain" and "quoted"; anything else was written by somebody.
    if (tag.empty() || tag == "?" || (tag == "!" && !source_.from(mark).starts_with('!'))) return;
    throw Refusal{source_.position(mark), "tags (!name) are not supported; quote the text if it starts with '!'"};
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value)
{
    check_tag(mark, tag);
    std::string_view written = source_.from(mark);
    bool in_quotes = tag == "!" && (written.starts_with('"') || written.starts_with('\''));
    if (in_quotes && !quote_closes(written)) {
        throw Refusal{source_.position(mark), "the quoted text that starts here is never closed"};
    }
    auto data = std::make_shared<Node::Data>();
    data->kind = NodeKind::scalar;
    data->at = source_.position(mark);
    data->text = value;
    data->quoted = tag == "!";
    add(Node(std::move(data)));
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                              YAML::EmitterStyle::value style)
{
    open(NodeKind::sequence, mark, tag, style);
}

void Builder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value style)
{
    open(NodeKind::map, mark, tag, style);
}

void Builder::open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::EmitterStyle::value style)
{
    check_tag(mark, tag);
    Position at = source_.position(mark);
    if (open_.size() >= max_depth) throw Refusal{at, fmt::format("nested deeper than {} levels", max_depth)};
    auto data = std::make_shared<Node::Data>();
    data->kind = kind;
    data->at = at;
    // The parser also says "flow" of a bare `key: value` inside of brackets: only a bracket is one.
    bool bracket = source_.from(mark).starts_with(kind == NodeKind::sequence ? '[' : '{');
    open_.push_back({std::move(data), style == YAML::EmitterStyle::Flow && bracket, std::nullopt, {}});
}

void Builder::close()
{
    Node node(std::move(open_.back().data));
    open_.pop_back();
    add(std::move(node));
}

void Builder::add(Node node)
{
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    if (key_comes_next()) return add_key(std::move(node));
    Open& parent = open_.back();
    if (parent.key) {
        parent.data->entries.emplace_back(std::move(*parent.key), std::move(node));
        parent.key.reset();
    } else {
        parent.data->items.push_back(std::move(node));
    }
}

void Builder::add_key(Node key)
{
    if (key.kind() == NodeKind::null) throw Refusal{key.at(), "a key is missing before ':'"};
    // Only now, not when its bracket opened: if that never closes, that is what is wrong.
    if (key.kind() != NodeKind::scalar) throw Refusal{key.at(), "a key must be text, not a list or a map"};
    auto [first, is_new] = open_.back().seen.emplace(key.text(), key.at());
    if (!is_new) {
        complaints_.add(key.at(),
                        fmt::format("duplicate key '{}' (first given in line {})", key.text(), first->second.line));
    }
    open_.back().key = std::move(key);
}

constexpr std::string_view tab_refusal = "a tab cannot indent; use spaces";

/// yaml-cpp's words and ours; the first that its message starts with counts.
struct Rewording {
    std::string_view theirs;
    std::string_view ours;
};
const std::array<Rewording, 14> rewordings{{
    {YAML::ErrorMsg::TAB_IN_INDENTATION, tab_refusal},
    {YAML::ErrorMsg::MAP_VALUE,
     "':' is not expected here; keys of one map are indented alike, and text with ': ' in it needs quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key is not expected here"},
    {YAML::ErrorMsg::BLOCK_ENTRY,
     "'- ' is not expected here; a list starts on a line of its own, or is written [a, b]"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected ',' or '}'"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected ',' or ']'"},
    {YAML::ErrorMsg::END_OF_MAP, "expected another 'key: value' of the map above, indented alike"},
    {YAML::ErrorMsg::END_OF_SEQ, "expected another '- item' of the list above, indented alike"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "the file ends inside of quoted text"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "text that starts with this character needs quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "unknown escape in double quotes; single quotes take a backslash as it is"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "aliases (*name) are not supported; write the value out, or quote the text"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a document marker inside of quoted text"},
}};

std::string reworded(const std::string& message)
{
    for (const Rewording& rewording : rewordings) {
        if (message.starts_with(rewording.theirs)) return std::string(rewording.ours);
    }
    return "not valid YAML: " + message;
}

/// What the parser could not read, in our words and at the place a person would look.
Refusal explain(const YAML::Exception& error, const Source& source, const Builder& builder)
{
    bool wants_bracket = error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW || error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
    if (wants_bracket) {
        if (std::optional<Refusal> bracket = builder.open_bracket()) return *bracket;
    }
    Position at = source.position(error.mark);
    std::string_view indentation = source.indentation(error.mark);
    if (std::size_t tab = indentation.find('\t'); tab != std::string_view::npos) {
        return {{at.line, static_cast<int>(tab) + 1}, std::string(tab_refusal)};
    }
    bool expects_entry = error.msg == YAML::ErrorMsg::END_OF_MAP || error.msg == YAML::ErrorMsg::END_OF_SEQ;
    if (expects_entry && !source.first_on_its_line(error.mark)) {
        return {at, "unexpected text after a value; quotes must enclose all of it"};
    }
    return {at, reworded(error.msg)};
}

void run_parser(std::string_view text, Builder& builder)
{
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
}

}  // namespace

std::optional<Node> parse(std::string_view text, Complaints& complaints)
{
    if (std::optional<TextProblem> problem = text_problem(text)) {
        complaints.add(problem->at, std::move(problem->text));
        return std::nullopt;
    }
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());

    Source source(text);
    Builder builder(source, complaints);
    try {
        run_parser(text, builder);
    } catch (const Refusal& refusal) {
        complaints.add(refusal.at, refusal.text);
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        Refusal refusal = explain(error, source, builder);
        complaints.add(refusal.at, std::move(refusal.text));
        return std::nullopt;
    }
    if (!builder.root() || builder.root()->kind() == NodeKind::null) {
        complaints.add({}, "the file is empty; expected a map of keys and values");
        return std::nullopt;
    }
    return builder.root();
}

}  // namespace chaos::config
