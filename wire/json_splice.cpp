// One walk over the bytes of an object, and what is changed on the way.
#include "wire/json_splice.hpp"

#include <algorithm>

#include "wire/json_document.hpp"

namespace chaos::wire::json {

namespace {

/// Walks over JSON text member by member. It finds where values end and trusts what is between: whoever needs more
/// reads the whole body.
class SpliceWalker {
public:
    explicit SpliceWalker(std::string_view text) : text_(text) {}

    /// True if the next byte (after blanks) is `c`, which is then passed.
    bool pass(char c)
    {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool at_end()
    {
        skip_blanks();
        return at_ >= text_.size();
    }

    /// Passes one value of any kind, if there is one.
    std::optional<Span> value()
    {
        skip_blanks();
        Span span{at_, at_};
        bool passed = at_ < text_.size() && pass_any(text_[at_]);
        span.end = at_;
        return passed && span.end > span.begin ? std::optional(span) : std::nullopt;
    }

    std::size_t position() const { return at_; }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

    void skip_blanks()
    {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }

    bool pass_any(char first)
    {
        if (first == '"') return pass_string();
        return first == '{' || first == '[' ? pass_nested() : pass_word();
    }

    bool pass_string()
    {
        ++at_;
        while (true) {
            std::size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) return false;
            std::size_t backslashes = 0;
            while (quote - backslashes > at_ && text_[quote - backslashes - 1] == '\\') ++backslashes;
            at_ = quote + 1;
            if (backslashes % 2 == 0) return true;
        }
    }

    /// A list or an object, to its closing bracket.
    bool pass_nested()
    {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                if (!pass_string()) return false;
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return true;
        }
        return false;
    }

    /// A word or a number, to what follows it.
    bool pass_word()
    {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '}' || c == ']' || c == ',' || c == ':' || is_blank(c)) return true;
            if (c == '{' || c == '[' || c == '"') return false;
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> decoded(std::string_view literal)
{
    if (literal.size() < 2 || literal.front() != '"') return std::nullopt;
    if (literal.find('\\') == std::string_view::npos) return std::string(literal.substr(1, literal.size() - 2));
    json::Document document(literal, {});
    std::optional<std::string_view> text = json::text(document.root());
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

bool means(std::string_view literal, std::string_view name)
{
    constexpr std::string_view digits = "0123456789abcdef";
    literal = literal.substr(1, literal.size() - 2);
    for (char c : name) {
        if (literal.starts_with(c)) {
            literal.remove_prefix(1);
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        bool escaped = literal.size() >= 6 && literal.starts_with("\\u00") && literal[4] == digits[byte >> 4] &&
                       (literal[5] | 0x20) == (digits[byte & 0xF] | 0x20);
        if (!escaped) return false;
        literal.remove_prefix(6);
    }
    return literal.empty();
}

bool for_each_member(std::string_view body, const std::function<void(std::string_view name, Span value)>& see)
{
    SpliceWalker walker(body);
    if (!walker.pass('{')) return false;
    bool closed = walker.pass('}');
    while (!closed) {
        const std::optional<Span> name = walker.value();
        if (!name || body[name->begin] != '"' || !walker.pass(':')) return false;
        const std::optional<Span> value = walker.value();
        if (!value) return false;
        see(piece(body, *name), *value);
        closed = walker.pass('}');
        if (!closed && !walker.pass(',')) return false;
    }
    return walker.at_end();
}

bool for_each_element(std::string_view list, const std::function<void(Span value)>& see)
{
    SpliceWalker walker(list);
    if (!walker.pass('[')) return false;
    bool closed = walker.pass(']');
    while (!closed) {
        const std::optional<Span> value = walker.value();
        if (!value) return false;
        see(*value);
        closed = walker.pass(']');
        if (!closed && !walker.pass(',')) return false;
    }
    return walker.at_end();
}

std::string_view raw_member(std::string_view body, std::string_view name)
{
    std::string_view found;
    for_each_member(body, [&](std::string_view literal, Span value) {
        if (means(literal, name)) found = piece(body, value);
    });
    return found;
}

std::vector<Edit> edits_of(std::string_view object)
{
    std::vector<Edit> edits;
    for_each_member(object, [&](std::string_view name, Span value) {
        edits.push_back({decoded(name).value_or(""), std::string(piece(object, value))});
    });
    return edits;
}

Read<std::string> with_members(std::string_view body, const std::vector<Edit>& edits)
{
    struct Change {
        Span span;
        const Edit* edit;
    };
    std::vector<Change> changes;
    changes.reserve(edits.size());
    const bool is_object = for_each_member(body, [&](std::string_view name, Span value) {
        for (const Edit& edit : edits) {
            if (means(name, edit.name)) changes.push_back({value, &edit});
        }
    });
    if (!is_object) return {std::nullopt, "the body: expected a JSON object"};
    std::string added;
    for (const Edit& edit : edits) {
        const auto is_it = [&](const Change& change) { return change.edit == &edit; };
        if (std::any_of(changes.begin(), changes.end(), is_it)) continue;
        if (!added.empty()) added += ',';
        net::append_json_string(added, edit.name);
        added.append(":").append(edit.value);
    }
    std::string result;
    std::size_t most = body.size() + added.size() + 1;
    for (const Change& change : changes) most += change.edit->value.size();
    result.reserve(most);
    std::size_t copied = 0;
    if (!added.empty()) {
        copied = body.find('{') + 1;
        SpliceWalker rest(body.substr(copied));
        const bool has_members = !rest.pass('}');
        result.append(body.substr(0, copied)).append(added).append(has_members ? "," : "");
    }
    for (const Change& change : changes) {
        result.append(body.substr(copied, change.span.begin - copied)).append(change.edit->value);
        copied = change.span.end;
    }
    result.append(body.substr(copied));
    return {std::move(result), ""};
}

std::optional<std::string> with_element(std::string_view list, std::string_view element)
{
    std::size_t count = 0;
    std::size_t end = list.find('[') + 1;
    const bool is_list = for_each_element(list, [&](Span value) {
        ++count;
        end = value.end;
    });
    if (!is_list) return std::nullopt;
    std::string result(list.substr(0, end));
    result.append(count > 0 ? "," : "").append(element).append(list.substr(end));
    return result;
}

}  // namespace chaos::wire::json
