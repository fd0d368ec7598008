// Routing, reading bodies, and writing what Toxiproxy would write.
#include "harness/toxiproxy/api.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "config/document.hpp"
#include "net/json.hpp"

namespace chaos::harness::toxiproxy {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_body = 1024 * 1024;
constexpr std::size_t longest_name = 200;

Answer json_answer(int status, const Json& body)
{
    return {status, net::dump_json(body), "application/json"};
}

Answer refusal(const Problem& problem)
{
    Json body = {{"error", problem.message}, {"status", problem.status}};
    return {problem.status, net::dump_json(body) + "\n", "application/json"};
}

const Problem proxy_not_found = {404, "proxy not found"};
const Problem toxic_not_found = {404, "toxic not found"};

/// "my%20proxy" -> "my proxy"; what is no escape stays.
std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned char byte = 0;
        const char* digits = text.data() + at + 1;
        const bool escape = text[at] == '%' && at + 2 < text.size() &&
                            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        plain.push_back(escape ? static_cast<char>(byte) : text[at]);
        at += escape ? 2 : 0;
    }
    return plain;
}

/// "/proxies/a/toxics" is {"proxies", "a", "toxics"}.
std::vector<std::string> parts_of(const std::string& path)
{
    std::vector<std::string> parts;
    std::size_t from = 1;
    while (from <= path.size()) {
        const std::size_t slash = std::min(path.find('/', from), path.size());
        parts.push_back(unescaped(std::string_view(path).substr(from, slash - from)));
        from = slash + 1;
    }
    return parts;
}

std::optional<Json> read_body(const Request& request, Problem& problem)
{
    const net::JsonLimits limits{16, largest_body, 1'000};
    const std::string why = net::json_problem(request.body, limits);
    if (!why.empty()) {
        problem = bad_body(why);
        return std::nullopt;
    }
    auto json = net::parse_json(request.body, limits);
    if (json) return std::move(*json);
    problem = bad_body("this cannot be read");
    return std::nullopt;
}

/// The fields of a proxy in a body; those that are absent keep what is there before.
struct ProxyFields {
    std::string name;
    std::string listen;
    std::string upstream;
    bool enabled = true;
};

std::optional<Problem> read_proxy_field(const std::string& key, const Json& value, ProxyFields& fields)
{
    if (key == "toxics") return std::nullopt;  // the Go client sends back what it was told; nobody changes toxics here
    if (key == "enabled") {
        if (!value.is_boolean()) return bad_body("enabled must be true or false");
        fields.enabled = value.get<bool>();
        return std::nullopt;
    }
    std::string* field = key == "name"       ? &fields.name
                         : key == "listen"   ? &fields.listen
                         : key == "upstream" ? &fields.upstream
                                             : nullptr;
    if (field == nullptr) {
        return bad_body(fmt::format("a proxy has no field '{}'{}", key,
                                    config::did_you_mean(key, {"name", "listen", "upstream", "enabled", "toxics"})));
    }
    if (!value.is_string()) return bad_body(fmt::format("{} must be a string", key));
    *field = value.get<std::string>();
    return std::nullopt;
}

std::optional<Problem> read_proxy(const Json& body, ProxyFields& fields)
{
    if (!body.is_object()) return bad_body("a proxy is an object");
    for (const auto& [key, value] : body.items()) {
        if (auto problem = read_proxy_field(key, value, fields)) return problem;
    }
    return std::nullopt;
}

std::optional<Problem> check_new(const ProxyFields& fields, const std::string& where)
{
    if (fields.name.empty()) return Problem{400, "missing required field: name" + where};
    if (fields.upstream.empty()) return Problem{400, "missing required field: upstream" + where};
    if (fields.name.size() > longest_name || fields.name.find('/') != std::string::npos) {
        return bad_body(fmt::format("a proxy's name{} has at most {} characters and no '/'", where, longest_name));
    }
    return std::nullopt;
}

Answer index(Proxies& proxies)
{
    Json all = Json::object();
    for (const auto& [name, proxy] : proxies.all()) all[name] = to_json(proxy);
    return json_answer(200, all);
}

Answer create(Proxies& proxies, const Request& request)
{
    Problem problem;
    const auto body = read_body(request, problem);
    if (!body) return refusal(problem);
    ProxyFields fields;
    auto wrong = read_proxy(*body, fields);
    if (!wrong) wrong = check_new(fields, "");
    if (!wrong) wrong = proxies.create(fields.name, fields.listen, fields.upstream, fields.enabled);
    if (wrong) return refusal(*wrong);
    return json_answer(201, to_json(*proxies.find(fields.name)));
}

/// All of the list, or the first thing that is wrong with it.
std::optional<Problem> read_population(const Json& body, std::vector<ProxyFields>& population)
{
    if (!body.is_array()) return bad_body("a list of proxies is expected");
    std::set<std::string> names;
    for (const Json& item : body) {
        const std::string where = fmt::format(" at proxy {}", population.size() + 1);
        ProxyFields fields;
        if (auto problem = read_proxy(item, fields)) return problem;
        if (auto problem = check_new(fields, where)) return problem;
        if (!names.insert(fields.name).second) return bad_body(fmt::format("two proxies are named '{}'", fields.name));
        population.push_back(std::move(fields));
    }
    return std::nullopt;
}

/// What was made before something went wrong is told, too.
Answer populate(Proxies& proxies, const Request& request)
{
    Problem problem;
    const auto body = read_body(request, problem);
    std::vector<ProxyFields> population;
    std::optional<Problem> wrong = body ? read_population(*body, population) : problem;
    Json made = Json::array();
    for (const ProxyFields& fields : population) {
        if (wrong) break;
        Proxy* proxy = proxies.find(fields.name);
        wrong = proxy == nullptr ? proxies.create(fields.name, fields.listen, fields.upstream, fields.enabled)
                                 : proxies.update(*proxy, fields.listen, fields.upstream, fields.enabled);
        if (!wrong) made.push_back(to_json(*proxies.find(fields.name)));
    }
    if (!wrong) return json_answer(201, {{"proxies", made}});
    return json_answer(wrong->status, {{"error", wrong->message}, {"status", wrong->status}, {"proxies", made}});
}

Answer update(Proxies& proxies, Proxy& proxy, const Request& request)
{
    Problem problem;
    const auto body = read_body(request, problem);
    if (!body) return refusal(problem);
    ProxyFields fields{proxy.name, proxy.listen, proxy.upstream, proxy.enabled};
    auto wrong = read_proxy(*body, fields);
    if (!wrong && fields.name != proxy.name) wrong = bad_body("the name of a proxy cannot change");
    if (!wrong) wrong = proxies.update(proxy, fields.listen, fields.upstream, fields.enabled);
    return wrong ? refusal(*wrong) : json_answer(200, to_json(proxy));
}

Answer add_toxic(Proxies& proxies, Proxy& proxy, const Request& request)
{
    Problem problem;
    const auto body = read_body(request, problem);
    if (!body) return refusal(problem);
    Toxic toxic;
    auto wrong = read_toxic(*body, toxic);
    if (!wrong && (toxic.name.size() > longest_name || toxic.name.find('/') != std::string::npos)) {
        wrong = bad_body(fmt::format("a toxic's name has at most {} characters and no '/'", longest_name));
    }
    const std::string name = toxic.name;
    if (!wrong) wrong = proxies.add_toxic(proxy, std::move(toxic));
    return wrong ? refusal(*wrong) : json_answer(200, to_json(*Proxies::find_toxic(proxy, name)));
}

Answer change_toxic(Proxies& proxies, Proxy& proxy, Toxic& toxic, const Request& request)
{
    Problem problem;
    const auto body = read_body(request, problem);
    if (!body) return refusal(problem);
    if (auto wrong = update_toxic(*body, toxic)) return refusal(*wrong);
    proxies.apply(proxy);
    return json_answer(200, to_json(toxic));
}

Answer no_such_page()
{
    return {404, "404 page not found\n", "text/plain; charset=utf-8"};
}

Answer no_such_method()
{
    return {405, "", "text/plain; charset=utf-8"};
}

bool changes(const Request& request)
{
    return request.method == "POST" || request.method == "PATCH";
}

Answer nothing_more(const std::optional<Problem>& problem)
{
    return problem ? refusal(*problem) : Answer{204, "", "application/json"};
}

Answer of_toxic(Proxies& proxies, Proxy& proxy, const std::string& name, const Request& request)
{
    Toxic* toxic = Proxies::find_toxic(proxy, name);
    if (toxic == nullptr) return refusal(toxic_not_found);
    if (request.method == "GET") return json_answer(200, to_json(*toxic));
    if (changes(request)) return change_toxic(proxies, proxy, *toxic, request);
    if (request.method != "DELETE") return no_such_method();
    proxies.remove_toxic(proxy, name);
    return nothing_more(std::nullopt);
}

Answer of_toxics(Proxies& proxies, Proxy& proxy, const Request& request)
{
    if (request.method == "GET") return json_answer(200, to_json(proxy)["toxics"]);
    return request.method == "POST" ? add_toxic(proxies, proxy, request) : no_such_method();
}

Answer of_proxy(Proxies& proxies, const std::vector<std::string>& parts, const Request& request)
{
    if (parts.size() == 2 && request.method == "DELETE") return nothing_more(proxies.remove(parts[1]));
    Proxy* proxy = proxies.find(parts[1]);
    if (proxy == nullptr) return refusal(proxy_not_found);
    if (parts.size() == 3) return of_toxics(proxies, *proxy, request);
    if (parts.size() == 4) return of_toxic(proxies, *proxy, parts[3], request);
    if (request.method == "GET") return json_answer(200, to_json(*proxy));
    return changes(request) ? update(proxies, *proxy, request) : no_such_method();
}

Answer of_proxies(Proxies& proxies, const Request& request)
{
    if (request.method == "GET") return index(proxies);
    return request.method == "POST" ? create(proxies, request) : no_such_method();
}

Answer route(Proxies& proxies, const std::vector<std::string>& parts, const Request& request)
{
    if (parts[0] == "proxies") {
        const bool known = parts.size() <= 2 || (parts[2] == "toxics" && parts.size() <= 4);
        if (!known) return no_such_page();
        return parts.size() == 1 ? of_proxies(proxies, request) : of_proxy(proxies, parts, request);
    }
    if (parts.size() != 1) return no_such_page();
    if (parts[0] == "populate") return request.method == "POST" ? populate(proxies, request) : no_such_method();
    if (parts[0] == "reset") return request.method == "POST" ? nothing_more(proxies.reset()) : no_such_method();
    if (parts[0] != "version") return no_such_page();
    if (request.method != "GET") return no_such_method();
    return {200, fmt::format("{{\"version\": \"{}\"}}\n", version), "application/json;charset=utf-8"};
}

}  // namespace

Answer answer(Proxies& proxies, const Request& request)
{
    if (request.user_agent.starts_with("Mozilla/") || request.from_page) {
        return {403, "User agent not allowed\n", "text/plain; charset=utf-8"};
    }
    const std::vector<std::string> parts = parts_of(request.path);
    return parts.empty() ? no_such_page() : route(proxies, parts, request);
}

}  // namespace chaos::harness::toxiproxy
