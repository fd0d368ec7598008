// A provider's API: what differs between vendors on the router's way out, behind one seam.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"
#include "router/check_answer.hpp"
#include "router/ids.hpp"
#include "router/outcome.hpp"
#include "router/policy.hpp"
#include "router/protocol.hpp"
#include "wire/chat.hpp"
#include "wire/read.hpp"

namespace chaos::router {

/// One frame of a provider's stream: what it means, and the bytes for a caller who speaks the same protocol.
struct StreamUnit {
    std::vector<wire::Delta> deltas;
    std::string raw;
    bool idle = false;        ///< a ping or a comment: neither content nor part of the frame around it
    bool untidy = false;      ///< pieces of calls that clients would join wrongly
    bool only_usage = false;  ///< it says what was counted, and nothing else
    std::optional<wire::Usage> counted = std::nullopt;  ///< up to here, where the vendor counts before the end
    std::vector<wire::ChoiceDeltas> others{};           ///< of choices after the first; whoever asked for one has none
};

/// Bytes of one stream in, frames out, in any pieces.
class StreamReader {
public:
    virtual ~StreamReader() = default;
    /// Appends the units that the bytes complete; false once one is too large: then nothing more comes.
    virtual bool feed(std::string_view bytes, std::vector<StreamUnit>& units) = 0;
    /// The body ended in order: appends what its last bytes complete without a mark of their own.
    virtual void end(std::vector<StreamUnit>&) {}
};

/// What a whole body says.
struct WholeAnswer {
    wire::ChatAnswer answer{};
    std::vector<wire::ChatAnswer> others{};  ///< the choices after the first
    std::optional<wire::ProviderError> error{};
    bool has_content = false;   ///< there is something where answers have their content
    bool must_rewrite = false;  ///< callers of the same protocol could not read it as it is
    std::string problem{};      ///< why it cannot be read at all; empty: it can
};

/// Stateless.
class Api {
public:
    virtual ~Api() = default;

    virtual Protocol protocol() const = 0;
    /// The target of a request for `model`, after the path of the base URL; an empty one stands for the vendor's usual.
    virtual std::string target(const std::string& base_path, const std::string& model, bool stream) const = 0;
    /// Where it lists its models: the cheapest question whose answer shows that the key is accepted.
    virtual std::string models_target(const std::string& base_path) const = 0;
    /// The key, in the vendor's header, and the version of the API.
    virtual void add_headers(net::http::Headers& headers, const std::string& key) const = 0;
    virtual std::string write_request(const wire::ChatRequest& request) const = 0;

    /// What streams come as, and what an answer that was to be streamed may come as besides.
    virtual bool is_stream(BodyKind kind) const { return kind == BodyKind::events || kind == BodyKind::unsaid; }
    /// `turn`: of the model in this conversation, from 1.
    virtual std::unique_ptr<StreamReader> stream_reader(std::size_t turn) const = 0;
    /// In memory of its own.
    WholeAnswer read_answer(std::string_view body, std::size_t turn) const;
    /// In that of `parser`.
    virtual WholeAnswer read_answer(std::string_view body, std::size_t turn, wire::json::Parser& parser) const = 0;
    /// What an error's body says, and how long it asks to be left alone. Never fails.
    struct ErrorBody {
        wire::ProviderError error;
        std::optional<net::Duration> retry_after;
    };
    virtual ErrorBody read_error(int status, std::string_view body) const;

    virtual IdRule id_rule() const { return {}; }
};

const Api& api_of(Protocol protocol);

}  // namespace chaos::router
