// The caller's side of one chat request: sends it to the subject, reads the answer the way official clients do, and
// says honestly how it ended.
#pragma once

#include <functional>
#include <string>

#include "history/event.hpp"
#include "net/http/client.hpp"
#include "net/runtime.hpp"
#include "net/watchdog.hpp"
#include "router/apis/api.hpp"
#include "wire/chat.hpp"

namespace chaos::harness {

/// How one caller request ended. ok means: status 200, a finish reason, no error on the way.
struct CallerAnswer {
    history::Outcome outcome = history::Outcome::failed;
    history::Ending ending = history::Ending::none;
    int status = 0;           ///< 0: no response head came
    wire::ChatAnswer answer;  ///< as far as it got
    std::string error;        ///< what went wrong, for people; empty if ok
    std::string error_type;   ///< the error's own type or code, if the subject sent a proper error
};

class Caller {
public:
    /// `dialect`: openai, openai_responses or anthropic.
    Caller(net::Runtime& runtime, net::http::Client& client, net::Endpoint subject, std::string_view dialect);

    /// Never throws for what a subject can do. `first_output` is called at the first content (text or tool call).
    net::Task<CallerAnswer> ask(const wire::ChatRequest& request, net::Duration deadline,
                                std::function<void()> first_output);

private:
    /// One try at the subject, which can be cut short from outside, whether it still connects or already reads.
    struct Try {
        void abort();

        net::Instant until;
        bool fresh_connection = false;
        net::http::OpenControl control{};
        std::unique_ptr<net::http::ClientExchange> exchange{};
    };

    /// True if a kept-alive connection had died while it was idle: that is nobody's failure, and a fresh one may be
    /// tried.
    net::Task<bool> ask_once(const wire::ChatRequest& request, Try& once, CallerAnswer& result,
                             const std::function<void()>& first_output);
    net::Task<void> read_stream(net::http::ClientExchange& exchange, CallerAnswer& result,
                                const std::function<void()>& first_output);
    net::Task<void> read_whole(net::http::ClientExchange& exchange, CallerAnswer& result,
                               const std::function<void()>& first_output);

    net::Runtime& runtime_;
    net::http::Client& client_;
    net::Endpoint subject_;
    const router::Api& api_;  ///< what a provider's client knows is what a caller must know
};

}  // namespace chaos::harness
