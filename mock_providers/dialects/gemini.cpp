// Google's endpoints, headers and the forms of its answers.
#include "mock_providers/dialects/gemini.hpp"

#include <fmt/format.h>

#include <utility>

#include "mock_providers/brain.hpp"
#include "mock_providers/dialects/gemini_errors.hpp"
#include "mock_providers/dialects/gemini_rules.hpp"
#include "wire/gemini.hpp"

namespace chaos::mock_providers {

namespace {

using wire::gemini::Framing;
using wire::gemini::Target;

/// What a model takes whose scenario does not say.
constexpr std::int64_t usual_input_limit = 1'048'576;

/// Calls go out whole: their pieces are kept until the last one is there.
class ChunkStream final : public StreamWriter {
public:
    ChunkStream(const wire::ChatAnswer& answer, Framing framing)
        : answer_(wire::gemini::sayable(answer)),
          chunks_({answer_.id, answer_.model, answer_.created}, answer_.usage, framing)
    {
    }

    void write(std::string& out, const wire::Delta& delta) override
    {
        if (const auto* piece = std::get_if<wire::delta::Call>(&delta)) {
            add(out, *piece);
        } else if (std::holds_alternative<wire::delta::Finish>(delta)) {
            chunks_.write(out, wire::delta::Finish{answer_.finish, answer_.finish_text});
        } else {
            chunks_.write(out, delta);
        }
    }

    void break_off(std::string& out) override
    {
        if (!held_) {
            return;
        }
        const std::string_view key = R"("args":)";
        std::string event;
        chunks_.write(event, call(held_->index));
        out += event.substr(0, event.find(key) + key.size() + held_->arguments.size());
    }

private:
    wire::delta::Call call(int index) const
    {
        const wire::ToolCall& call = answer_.tool_calls[static_cast<std::size_t>(index)];
        return {index, call.id, call.name, call.arguments};
    }

    void add(std::string& out, const wire::delta::Call& piece)
    {
        if (answer_.tool_calls.empty()) {
            return;  // what the model wrote cannot be said
        }
        if (!held_) {
            held_ = wire::delta::Call{piece.index, "", "", ""};
        }
        held_->arguments += piece.arguments;
        const wire::delta::Call whole = call(piece.index);
        if (held_->arguments.size() == whole.arguments.size()) {
            chunks_.write(out, whole);
            held_.reset();
        }
    }

    wire::ChatAnswer answer_;
    wire::gemini::ChunkWriter chunks_;
    std::optional<wire::delta::Call> held_;
};

/// A page as Google's front end has it for what is no method of the API.
net::http::Response no_such_page()
{
    net::http::Response response;
    response.head.status = 404;
    response.head.headers.add("content-type", "text/html; charset=UTF-8");
    response.body =
        "<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That's an "
        "error.</ins>\n  <p>The requested URL was not found on this server.  <ins>That's all we know.</ins>\n";
    return response;
}

net::http::Response gemini_page(std::string body)
{
    net::http::Response response;
    response.head.headers.add("content-type", "application/json; charset=UTF-8");
    response.body = std::move(body);
    return response;
}

std::int64_t input_limit(const ProviderSpec& spec)
{
    return spec.context_window.value_or(usual_input_limit);
}

}  // namespace

wire::Read<wire::ChatRequest> GenerateContent::read_request(const net::http::Request& request) const
{
    return wire::gemini::read_request(request.body, wire::gemini::read_target(request.head.target).value_or(Target()));
}

std::string GenerateContent::write_answer(const wire::ChatAnswer& answer) const
{
    return wire::gemini::write_answer(answer);
}

std::string_view GenerateContent::stream_content_type() const
{
    return form_ == Form::events ? "text/event-stream" : "application/json; charset=UTF-8";
}

std::unique_ptr<StreamWriter> GenerateContent::stream_writer(const wire::ChatAnswer& answer, bool) const
{
    return std::make_unique<ChunkStream>(answer, form_ == Form::events ? Framing::sse : Framing::array);
}

std::string GenerateContent::write_error(const wire::ProviderError& error) const
{
    return framed(wire::gemini::write_error(error));
}

std::string GenerateContent::framed(std::string error) const
{
    return form_ == Form::array ? fmt::format("[{}\n]", error) : error;
}

std::vector<Dialect::Endpoint> Gemini::endpoints() const
{
    return {{"generateContent", &whole_, true, false},
            {"streamGenerateContent", &events_, false, true},
            {"streamGenerateContent as an array", &array_, false, true}};
}

const Api* Gemini::api_for(const net::http::RequestHead& head) const
{
    const auto target = wire::gemini::read_target(head.target);
    if (head.method != "POST" || !target || target->model.empty()) {
        return nullptr;
    }
    if (target->method == "streamGenerateContent") {
        return target->sse ? &events_ : &array_;
    }
    return target->method == "generateContent" ? &whole_ : nullptr;
}

net::http::Response Gemini::page(const Asked& asked) const
{
    const net::http::RequestHead& head = asked.request.head;
    const auto target = wire::gemini::read_target(head.target);
    const bool counts = target && head.method == "POST" && target->method == "countTokens";
    const bool describes = target && head.method == "GET" && target->method.empty();
    if (!counts && !describes) {
        return no_such_page();
    }
    if (const auto keyless = gemini_keyless(head)) {
        return error_response(whole_, *keyless);
    }
    const std::string& model = asked.spec.model;
    if (target->model.empty()) {
        return gemini_page(wire::gemini::write_models({model}, input_limit(asked.spec)));
    }
    if (target->model != model) {
        return error_response(whole_, usual_error(404, target->model));
    }
    if (describes) {
        return gemini_page(wire::gemini::write_model(model, input_limit(asked.spec)));
    }
    const auto counted = wire::gemini::read_count_request(asked.request.body, *target);
    return counted ? gemini_page(wire::gemini::write_token_count(estimate_tokens(*counted.value)))
                   : error_response(whole_, unreadable(counted.problem, model));
}

std::optional<wire::ProviderError> Gemini::refusal(const net::http::RequestHead& head, const wire::ChatRequest& request,
                                                   const ProviderSpec& spec) const
{
    if (auto keyless = gemini_keyless(head)) {
        return keyless;
    }
    return gemini_refusal(request, spec.model, spec.context_window);
}

wire::ProviderError Gemini::usual_error(int status, std::string_view model) const
{
    return gemini_error(status, model);
}

wire::ProviderError Gemini::unreadable(std::string_view problem, std::string_view model) const
{
    wire::ProviderError error = usual_error(400, model);
    error.message = fmt::format("Invalid JSON payload received. {}", problem);
    return error;
}

net::http::Response Gemini::rate_limit(const Api& api, std::string_view model,
                                       std::optional<net::Duration> retry_after) const
{
    wire::ProviderError error = usual_error(429, model);
    if (retry_after) {
        error.message += fmt::format("\nPlease retry in {}.", wire::gemini::duration_text(*retry_after));
    }
    net::http::Response response = error_response(api, error);
    response.body =
        static_cast<const GenerateContent&>(api).framed(wire::gemini::write_quota_error(error, model, retry_after));
    return response;
}

net::http::Headers Gemini::usual_headers(const net::Chance&) const
{
    net::http::Headers headers;
    headers.add("vary", "Origin, X-Origin, Referer");
    headers.add("server", "scaffolding on HTTPServer2");
    headers.add("x-content-type-options", "nosniff");
    return headers;
}

}  // namespace chaos::mock_providers
