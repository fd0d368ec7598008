// One JSON object, written member by member into text: for lines of logs, where a tree would cost more than the
// request.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"
#include "net/time.hpp"

namespace chaos::router {

/// Members without a value are not written: empty text, false, an empty list.
class JsonObject {
public:
    explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
    void end() { out_ += '}'; }

    void text(std::string_view name, std::string_view value)
    {
        if (!value.empty()) net::append_json_string(member(name), value);
    }
    void number(std::string_view name, std::int64_t value) { member(name) += std::to_string(value); }
    void flag(std::string_view name, bool value)
    {
        if (value) member(name) += "true";
    }
    void milliseconds(std::string_view name, net::Duration value)
    {
        fmt::format_to(std::back_inserter(member(name)), "{:.3f}", static_cast<double>(value.count()) / 1e6);
    }
    void texts(std::string_view name, const std::vector<std::string>& values)
    {
        if (values.empty()) return;
        std::string& out = member(name);
        for (std::size_t i = 0; i < values.size(); ++i) {
            out += i == 0 ? '[' : ',';
            net::append_json_string(out, values[i]);
        }
        out += ']';
    }
    /// For a value written by somebody else.
    std::string& member(std::string_view name)
    {
        if (out_.back() != '{') out_ += ',';
        net::append_json_string(out_, name);
        out_ += ':';
        return out_;
    }

private:
    std::string& out_;
};

}  // namespace chaos::router
