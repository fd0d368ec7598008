// What all sessions of one server share.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "net/condition.hpp"
#include "net/http/server.hpp"

namespace chaos::net::http {

class Session;

struct ServerContext {
    ServerContext(Runtime& world, ServerSettings with, Handler answer)
        : runtime(world), settings(std::move(with)), handler(std::move(answer))
    {
    }

    Runtime& runtime;
    ServerSettings settings;
    Handler handler;
    std::map<std::uint64_t, Session*> sessions;  ///< the open ones, by connection number
    Condition session_ended;
    bool stopping = false;

    /// The date header's value now; written anew once a second.
    const std::string& date();
    /// The body and headers to refuse with.
    Response error_page(int status, std::string_view why) const;
    void report_problem(std::string_view what) const;

    std::string cached_date;
    std::optional<std::chrono::seconds> cached_second;
};

}  // namespace chaos::net::http
