// Recordings to and from JSON, and what makes two requests equal.
#include "mock_providers/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "net/utf8.hpp"

namespace chaos::mock_providers {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr std::string_view in_place_of_secrets = "***";
constexpr std::array secret_headers = {"authorization", "x-api-key", "api-key", "x-goog-api-key",
                                       "proxy-authorization"};
constexpr std::array kept_names = {"content-type",   "content-encoding", "retry-after",  "retry-after-ms",
                                   "x-should-retry", "x-request-id",     "request-id",   "openai-processing-ms",
                                   "openai-version", "openai-model",     "cache-control"};
constexpr std::array kept_beginnings = {"x-ratelimit-", "anthropic-ratelimit-"};
/// Shorter ones are placeholders ("any", "test"), which stand in answers without betraying anything.
constexpr std::size_t shortest_secret = 8;

/// Path and query, the latter without its `key`, whose value goes to `key`.
std::string without_key(std::string_view target, std::string* key)
{
    const std::size_t question = target.find('?');
    std::string result(target.substr(0, question));
    if (question == std::string_view::npos) return result;
    std::string_view rest = target.substr(question + 1);
    char before = '?';
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view parameter = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (parameter.starts_with("key=")) {
            if (key != nullptr) *key = parameter.substr(4);
            continue;
        }
        result += before;
        result += parameter;
        before = '&';
    }
    return result;
}

bool starts_with_name(std::string_view name, std::string_view beginning)
{
    return name.size() >= beginning.size() && net::http::same_name(name.substr(0, beginning.size()), beginning);
}

void replace_all(std::string& text, const std::string& what)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + in_place_of_secrets.size())) {
        text.replace(at, what.size(), in_place_of_secrets);
    }
}

std::string hex_of(std::string_view bytes)
{
    std::string hex;
    for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return hex;
}

std::optional<std::string> bytes_of_hex(std::string_view hex)
{
    std::string bytes;
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        if (digit(hex[at]) < 0 || digit(hex[at + 1]) < 0) return std::nullopt;
        bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
    }
    return hex.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const net::Utf8Sequence sequence = net::first_utf8(bytes);
        if (!sequence.valid) return false;
        bytes.remove_prefix(sequence.length);
    }
    return true;
}

void put(Json& json, std::string_view text_name, std::string_view hex_name, const std::string& bytes)
{
    if (is_utf8(bytes)) {
        json[std::string(text_name)] = bytes;
    } else {
        json[std::string(hex_name)] = hex_of(bytes);
    }
}

/// Throws what nlohmann::json throws, or invalid_argument.
std::string take(const Json& json, const char* text_name, const char* hex_name)
{
    if (json.contains(text_name)) return json.at(text_name).get<std::string>();
    const auto bytes = bytes_of_hex(json.at(hex_name).get<std::string>());
    if (!bytes) throw std::invalid_argument(fmt::format("{} is not hex", hex_name));
    return *bytes;
}

Json chunk_json(const Recording::Chunk& chunk)
{
    Json json{{"after_ns", chunk.after.count()}};
    put(json, "text", "hex", chunk.bytes);
    return json;
}

Recording recording_in(const Json& json)
{
    if (json.at("version").get<int>() > format_version) throw std::invalid_argument("it is of a newer version");
    Recording recording;
    const Json& request = json.at("request");
    recording.method = request.at("method").get<std::string>();
    recording.target = request.at("path").get<std::string>();
    recording.body = take(request, "body", "body_hex");
    const Json& response = json.at("response");
    recording.status = response.at("status").get<int>();
    if (recording.status < 200 || recording.status > 599)
        throw std::invalid_argument("the status is none of a response");
    recording.head_after = net::Duration(response.at("head_after_ns").get<std::int64_t>());
    for (const auto& [name, value] : response.at("headers").items())
        recording.headers.add(name, value.get<std::string>());
    for (const Json& chunk : response.at("chunks")) {
        recording.chunks.push_back(
            {net::Duration(chunk.at("after_ns").get<std::int64_t>()), take(chunk, "text", "hex")});
    }
    recording.complete = response.at("complete").get<bool>();
    return recording;
}

}  // namespace

Recording recording_of(const net::http::Request& request)
{
    Recording recording;
    recording.method = request.head.method;
    recording.target = without_key(request.head.target, nullptr);
    recording.body = request.body;
    return recording;
}

net::http::Headers kept_headers(const net::http::Headers& headers)
{
    net::http::Headers kept;
    for (const net::http::Header& header : headers) {
        const auto same = [&](std::string_view name) { return net::http::same_name(header.name, name); };
        const auto begins = [&](std::string_view beginning) { return starts_with_name(header.name, beginning); };
        if (std::any_of(kept_names.begin(), kept_names.end(), same) ||
            std::any_of(kept_beginnings.begin(), kept_beginnings.end(), begins)) {
            kept.add(header.name, header.value);
        }
    }
    return kept;
}

std::vector<std::string> secrets_in(const net::http::RequestHead& head)
{
    std::vector<std::string> secrets;
    const auto add = [&](std::string_view secret) {
        if (secret.size() >= shortest_secret) secrets.emplace_back(secret);
    };
    for (const net::http::Header& header : head.headers) {
        const auto same = [&](std::string_view name) { return net::http::same_name(header.name, name); };
        if (std::none_of(secret_headers.begin(), secret_headers.end(), same)) continue;
        const std::string_view value = header.value;
        add(value.substr(value.rfind(' ') + 1));  // "Bearer ..."; npos + 1 is 0
    }
    std::string key;
    static_cast<void>(without_key(head.target, &key));
    add(key);
    return secrets;
}

void strip(Recording& recording, const std::vector<std::string>& secrets)
{
    for (const std::string& secret : secrets) {
        replace_all(recording.target, secret);
        replace_all(recording.body, secret);
        net::http::Headers headers;
        for (const net::http::Header& header : recording.headers) {
            std::string value(header.value);
            replace_all(value, secret);
            headers.add(header.name, value);
        }
        recording.headers = std::move(headers);
        std::string whole;
        for (Recording::Chunk& chunk : recording.chunks) {
            replace_all(chunk.bytes, secret);
            whole += chunk.bytes;
        }
        if (whole.find(secret) != std::string::npos) {
            replace_all(whole, secret);
            recording.chunks = {{recording.chunks.back().after, std::move(whole)}};
        }
    }
}

std::string to_line(const Recording& recording)
{
    Json request{{"method", recording.method}, {"path", recording.target}};
    put(request, "body", "body_hex", recording.body);
    Json headers = Json::object();
    for (const net::http::Header& header : recording.headers) headers[header.name] = header.value;
    Json chunks = Json::array();
    for (const Recording::Chunk& chunk : recording.chunks) chunks.push_back(chunk_json(chunk));
    const Json json{{"version", format_version},
                    {"request", std::move(request)},
                    {"response",
                     {{"status", recording.status},
                      {"head_after_ns", recording.head_after.count()},
                      {"headers", std::move(headers)},
                      {"chunks", std::move(chunks)},
                      {"complete", recording.complete}}}};
    return net::dump_json(json) + "\n";
}

std::optional<Recording> read_recording(std::string_view line, std::string& problem)
{
    const auto json = net::parse_json(line);
    if (!json) {
        problem = net::json_problem(line);
        return std::nullopt;
    }
    try {
        return recording_in(*json);
    } catch (const std::exception& error) {
        problem = error.what();
        return std::nullopt;
    }
}

std::string endpoint_of(const Recording& recording)
{
    return fmt::format("{} {}", recording.method, net::http::path_of(recording.target));
}

std::string identity_of(const Recording& recording)
{
    const std::string asked = fmt::format("{} {}\n", recording.method, recording.target);
    if (!net::json_problem(recording.body).empty()) return asked + recording.body;
    return asked + nlohmann::json::parse(recording.body).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace chaos::mock_providers
