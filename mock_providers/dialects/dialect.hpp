// A dialect: how one vendor's API is spoken on the server's side. Everything that differs between vendors lies behind
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/limits/limits.hpp"
#include "mock_providers/spec.hpp"
#include "net/chance.hpp"
#include "net/http/message.hpp"
#include "net/time.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"

namespace chaos::mock_providers {

/// Writes one streamed answer, delta by delta.
class StreamWriter {
public:
    virtual ~StreamWriter() = default;

    /// Appends the bytes of one delta: an event, several, or none.
    virtual void write(std::string& out, const wire::Delta& delta) = 0;
    /// The stream breaks here for good: appends what a connection could have carried of a unit that is not complete and
    /// therefore held back. Nothing, unless the dialect sends its calls whole.
    virtual void break_off(std::string& out);
};

/// One way to ask a vendor for an answer: the shapes of its requests, answers, streams and errors. Stateless.
class Api {
public:
    virtual ~Api() = default;

    virtual wire::Read<wire::ChatRequest> read_request(const net::http::Request& request) const = 0;
    /// The body of a whole answer, as application/json.
    virtual std::string write_answer(const wire::ChatAnswer& answer) const = 0;
    virtual std::string_view stream_content_type() const = 0;
    /// What says in a stream that the server is still there, and nothing else; empty: the format has nothing for it.
    virtual std::string_view keep_alive() const;
    /// `answer` is what the stream will spell.
    virtual std::unique_ptr<StreamWriter> stream_writer(const wire::ChatAnswer& answer, bool include_usage) const = 0;
    /// The body of an error.
    virtual std::string write_error(const wire::ProviderError& error) const = 0;

    /// Whether a call's arguments travel as text, which may be broken; as an object they are whole or not there.
    virtual bool arguments_are_text(bool streamed) const = 0;
    /// Whether an answer can show that a call's arguments went wrong: by the broken text, or in words of the vendor's
    /// own.
    virtual bool shows_broken_arguments(bool streamed) const { return arguments_are_text(streamed); }
    /// What stands before a call's arguments in the body of a whole answer: `"arguments":`.
    virtual std::string_view arguments_key() const = 0;
    /// What stands before the reason why an answer ended: `"finish_reason":`; empty: the API has no such word.
    virtual std::string_view finish_key() const;
    /// Whether the pieces of a streamed call say which call they belong to, and could each bring its id and name.
    virtual bool call_pieces_have_indices() const { return false; }
    /// How an answer ends in which the model refuses: as any other, unless the API has a reason for it.
    virtual wire::FinishReason refusal_reason() const { return wire::FinishReason::stop; }
    /// What the ids of answers and of calls begin with: "chatcmpl-", "call_".
    struct IdPrefixes {
        std::string_view answer;
        std::string_view call;
    };
    virtual IdPrefixes id_prefixes() const = 0;
};

/// A vendor: its APIs and everything they share.
class Dialect {
public:
    virtual ~Dialect() = default;

    /// As scenarios spell it: "openai".
    virtual std::string_view name() const = 0;
    /// Its APIs and pages, for `chaos list dialects`.
    virtual std::string_view summary() const = 0;
    /// What the vendor's SDKs read from the environment: where the server is (its address and then `path`), and the
    /// key.
    struct SdkVariables {
        std::string_view base_url;  ///< "OPENAI_BASE_URL"
        std::string_view path;      ///< "/v1"
        std::string_view api_key;   ///< empty: it needs none
    };
    virtual SdkVariables sdk_variables() const = 0;
    /// One of its APIs, by the name users know it by, and the modes it answers in.
    struct Endpoint {
        std::string_view name;  ///< "chat completions"
        const Api* api;
        bool whole = true;
        bool streamed = true;
    };
    /// In the order of the documentation.
    virtual std::vector<Endpoint> endpoints() const = 0;
    /// The API that a request is for; null if it is for none, and page() answers.
    virtual const Api* api_for(const net::http::RequestHead& head) const = 0;
    /// The API in whose words the vendor speaks of what is no request for an answer.
    virtual const Api& main_api() const = 0;

    /// Models, versions, counts, and what is not found. `created`: seconds since 1970.
    struct Asked {
        const net::http::Request& request;
        const ProviderSpec& spec;
        std::int64_t created = 0;
    };
    virtual net::http::Response page(const Asked& asked) const = 0;

    /// The answer to a request that wants nothing said, such as loading a model; nothing if the model is to answer. It
    /// is no attempt, and meets no fault.
    virtual std::optional<net::http::Response> aside(const Asked& asked, const wire::ChatRequest& request) const;

    /// Why the vendor refuses the request before any model sees it; nothing if the model would answer.
    virtual std::optional<wire::ProviderError> refusal(const net::http::RequestHead& head,
                                                       const wire::ChatRequest& request,
                                                       const ProviderSpec& spec) const = 0;
    /// As the vendor words it for this status; for a status it does not use, the nearest of its own words.
    virtual wire::ProviderError usual_error(int status, std::string_view model) const = 0;
    /// What it says of a request that its API cannot read. `problem`: the reader's sentence. Unless the vendor has
    /// words of its own: the usual 400, with the problem in brackets.
    virtual wire::ProviderError unreadable(std::string_view problem, std::string_view model) const;
    /// What a 429 says beside its body. Nothing: it does not say how long to stay away.
    virtual void add_rate_limit_headers(net::http::Headers& headers,
                                        std::optional<net::Duration> retry_after) const = 0;
    /// A whole 429. Unless the vendor has another place for the wait: the usual error, which says it too, and
    /// add_rate_limit_headers().
    virtual net::http::Response rate_limit(const Api& api, std::string_view model,
                                           std::optional<net::Duration> retry_after) const;
    /// How what was used comes back, unless a scenario says otherwise.
    virtual RateWindow usual_window() const { return RateWindow::token_bucket; }
    /// The wait that a caller is told in the vendor's spelling of it, never shorter than the true one. Unless the vendor
    /// is more exact: whole seconds.
    virtual net::Duration told_wait(net::Duration wait) const;
    /// The answer to a request beyond its limits, with what it says about the wait beside its body.
    virtual net::http::Response over_limit(const Api& api, std::string_view model, const OverLimit& over) const = 0;
    /// What every answer says about what is left, in place of usual_headers()' words; nothing unless the vendor does.
    virtual void add_standing(net::http::Headers& headers, const std::vector<Standing>& standing,
                              net::WallTime now) const;
    /// On every response: request ids, versions, limits. `id` is about this request.
    virtual net::http::Headers usual_headers(const net::Chance& id) const = 0;
};

/// An error as a response of this API.
net::http::Response error_response(const Api& api, const wire::ProviderError& error);

/// Every dialect, in the order of the documentation; the first is the default.
const std::vector<const Dialect*>& dialects();
/// Null if there is none of that name.
const Dialect* find_dialect(std::string_view name);

}  // namespace chaos::mock_providers
