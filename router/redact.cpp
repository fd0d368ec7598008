// Striking out secrets.
#include "router/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace chaos::router {
namespace {

constexpr std::string_view struck_out = "[redacted]";

bool is_token_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '*' || c == '.' || c == '+' ||
           c == '/' || c == '=' || c == '~';
}

/// What precedes a secret, whether the lead itself is part of it, and how long the rest must be to count as one.
struct Lead {
    std::string_view words;
    bool secret_itself;
    std::size_t at_least;
};
constexpr std::string_view first_of_leads = "sSbBaAkK";
constexpr std::array<Lead, 5> leads{{
    {"sk-", true, 4},
    {"bearer ", false, 6},
    {"api_key=", false, 1},
    {"api-key=", false, 1},
    {"key=", false, 6},
}};

constexpr std::size_t length_of_shortest_token()
{
    std::size_t shortest = leads.front().words.size() + leads.front().at_least;
    for (const Lead& lead : leads) shortest = std::min(shortest, lead.words.size() + lead.at_least);
    return shortest;
}
constexpr std::size_t shortest_token = length_of_shortest_token();

/// The last two characters of a lead.
struct EndOfLead {
    char last;
    char before;
};
constexpr std::array<EndOfLead, 3> ends_of_leads{{{'-', 'k'}, {'=', 'y'}, {' ', 'r'}}};

constexpr bool ends_as_known(std::string_view lead)
{
    return std::any_of(ends_of_leads.begin(), ends_of_leads.end(), [lead](const EndOfLead& end) {
        return lead.ends_with(end.last) && lead.substr(0, lead.size() - 1).ends_with(end.before);
    });
}
static_assert(std::all_of(leads.begin(), leads.end(), [](const Lead& lead) { return ends_as_known(lead.words); }));

/// Looks for the ends of leads, which are much rarer in a text than their beginnings.
bool may_hold_lead(std::string_view text)
{
    if (text.size() < shortest_token) return false;
    for (const EndOfLead& end : ends_of_leads) {
        for (auto at = text.find(end.last, 1); at != std::string_view::npos; at = text.find(end.last, at + 1)) {
            if (text[at - 1] == end.before || text[at - 1] == end.before - 'a' + 'A') return true;
        }
    }
    return false;
}

bool same_without_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

/// The length of the secret-looking token that begins at `at`, with how much of it to keep; 0 if there is none.
std::size_t token_at(std::string_view text, std::size_t at, std::size_t& keep)
{
    const bool in_a_word = at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1]));
    if (in_a_word) return 0;
    for (const Lead& lead : leads) {
        if (!same_without_case(text.substr(at, lead.words.size()), lead.words)) continue;
        std::size_t end = at + lead.words.size();
        while (end < text.size() && is_token_character(text[end])) ++end;
        if (end - at - lead.words.size() < lead.at_least) continue;
        keep = lead.secret_itself ? 0 : lead.words.size();
        return end - at;
    }
    return 0;
}

void replace_all(std::string& text, const std::string& what)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + struck_out.size())) {
        text.replace(at, what.size(), struck_out);
    }
}

}  // namespace

Redactor::Redactor(std::vector<std::string> secrets) : secrets_(std::move(secrets))
{
    std::erase_if(secrets_, [](const std::string& secret) { return secret.empty(); });
    std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

bool Redactor::may_hold_secret(std::string_view text) const
{
    const auto holds = [text](const std::string& secret) {
        return secret.size() <= text.size() && text.find(secret) != std::string_view::npos;
    };
    return may_hold_lead(text) || std::any_of(secrets_.begin(), secrets_.end(), holds);
}

std::string Redactor::clean(std::string_view text) const
{
    std::string known(text);
    for (const std::string& secret : secrets_) replace_all(known, secret);
    std::string result;
    result.reserve(known.size());
    for (std::size_t at = 0; at < known.size();) {
        const std::size_t next = std::min(known.find_first_of(first_of_leads, at), known.size());
        result.append(known, at, next - at);
        at = next;
        if (at == known.size()) break;
        std::size_t keep = 0;
        const std::size_t length = token_at(known, at, keep);
        if (length == 0) {
            result += known[at++];
            continue;
        }
        result.append(known, at, keep).append(struck_out);
        at += length;
    }
    return result;
}

}  // namespace chaos::router
