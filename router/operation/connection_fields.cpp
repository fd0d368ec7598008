// Finding the members of the outermost object without reading what is in them.
#include "router/operation/connection_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace chaos::router {
namespace {

/// As LiteLLM, Portkey and the SDKs' own extra arguments spell them; compared without case.
constexpr std::array<std::string_view, 12> connection_fields{
    "api_key",     "apikey",        "api_base",    "base_url",   "baseurl", "organization",
    "api_version", "extra_headers", "extra_query", "extra_body", "headers", "custom_host"};

bool same_letters(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

/// `name` as a parser reads it; what is not ASCII becomes a byte that no field has. An escape that JSON does not know
/// stands for its character, as lenient parsers take it.
std::string without_escapes(std::string_view name)
{
    std::string plain;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] != '\\' || at + 1 == name.size()) {
            plain += name[at];
            continue;
        }
        if (name[++at] != 'u') {
            plain += name[at];
            continue;
        }
        const std::string_view digits = name.substr(at + 1, 4);
        unsigned code = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        const bool whole = digits.size() == 4 && end == digits.data() + digits.size();
        const bool is_ascii = error == std::errc() && whole && code < 0x80;
        plain += is_ascii ? static_cast<char>(code) : '\xff';
        at += digits.size();
    }
    return plain;
}

bool spells_connection_field(std::string_view name)
{
    return is_connection_field(name.find('\\') == std::string_view::npos ? name : without_escapes(name));
}

/// Walks over JSON text; what is not JSON ends at npos.
class MemberScanner {
public:
    explicit MemberScanner(std::string_view text) : text_(text) {}

    std::size_t skip_blanks(std::size_t at) const
    {
        return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
    }

    /// Behind the string that begins at `begin`. Conversations are mostly text, so its end is searched for, not walked
    /// to.
    std::size_t end_of_string(std::size_t begin) const
    {
        for (std::size_t at = text_.find('"', begin + 1); at != std::string_view::npos; at = text_.find('"', at + 1)) {
            std::size_t escapes = 0;
            while (text_[at - 1 - escapes] == '\\') ++escapes;
            if (escapes % 2 == 0) return at + 1;
        }
        return std::string_view::npos;
    }

    /// The comma or bracket behind the value that begins at `at`.
    std::size_t end_of_value(std::size_t at) const
    {
        int depth = 0;
        while (at < text_.size()) {
            const char c = text_[at];
            if (c == '"') {
                at = end_of_string(at);
                continue;
            }
            if (depth == 0 && (c == ',' || c == '}')) return at;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++at;
        }
        return std::string_view::npos;
    }

private:
    std::string_view text_;
};

struct MemberSpan {
    std::size_t begin = 0;
    std::size_t end = 0;  ///< the comma or bracket behind it
    bool unwanted = false;
};

/// Calls `visit` with every member; false for what is no JSON object.
template <class Visit>
bool for_each_member(std::string_view body, Visit visit)
{
    const MemberScanner scanner(body);
    std::size_t at = scanner.skip_blanks(0);
    if (at >= body.size() || body[at] != '{') return false;
    for (at = scanner.skip_blanks(at + 1); at < body.size() && body[at] == '"'; at = scanner.skip_blanks(at + 1)) {
        const std::size_t name_end = scanner.end_of_string(at);
        if (name_end == std::string_view::npos) return false;
        const std::size_t end = scanner.end_of_value(name_end);
        if (end == std::string_view::npos) return false;
        visit(MemberSpan{at, end, spells_connection_field(body.substr(at + 1, name_end - at - 2))});
        at = end;
        if (body[at] == '}') break;
    }
    return true;
}

}  // namespace

bool is_connection_field(std::string_view name)
{
    return std::any_of(connection_fields.begin(), connection_fields.end(),
                       [name](std::string_view field) { return same_letters(name, field); });
}

std::optional<std::string> without_connection_fields(std::string_view body)
{
    bool any_unwanted = false;  // hardly ever: only then are the members remembered
    const bool is_object =
        for_each_member(body, [&](const MemberSpan& member) { any_unwanted = any_unwanted || member.unwanted; });
    if (!is_object || !any_unwanted) return std::nullopt;
    std::vector<MemberSpan> members;
    for_each_member(body, [&](const MemberSpan& member) { members.push_back(member); });
    std::string kept(body.substr(0, members.front().begin));
    bool any = false;
    for (const MemberSpan& member : members) {
        if (member.unwanted) continue;
        if (any) kept += ',';
        kept += body.substr(member.begin, member.end - member.begin);
        any = true;
    }
    return kept.append(body.substr(members.back().end));
}

}  // namespace chaos::router
