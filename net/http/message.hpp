// HTTP messages as plain values: heads, headers, bodies.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chaos::net::http {

struct Header {
    std::string name;
    std::string value;
};

/// Header fields in wire order; names compare without case; the same name may occur several times.
class Headers {
public:
    Headers() = default;
    Headers(std::initializer_list<Header> fields) : fields_(fields) {}

    /// The first value of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }
    void add(std::string name, std::string value);
    /// Replaces every field of that name by one.
    void set(std::string name, std::string value);
    void remove(std::string_view name);
    /// True if a comma-separated value of that name lists `token` (without case), e.g. ("connection", "close").
    bool lists(std::string_view name, std::string_view token) const;

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    std::size_t size() const { return fields_.size(); }
    bool empty() const { return fields_.empty(); }

private:
    std::vector<Header> fields_;
};

/// Equal without regard to ASCII case.
bool same_name(std::string_view a, std::string_view b);

struct RequestHead {
    std::string method = "GET";
    std::string target = "/";
    Headers headers;
};

struct ResponseHead {
    int status = 200;
    std::string reason;  ///< empty: the standard phrase of the status is written
    Headers headers;
};

struct Request {
    RequestHead head;
    std::string body;
};

struct Response {
    ResponseHead head;
    std::string body;
};

/// "Not Found" for 404; "" for a status without a registered phrase.
std::string_view standard_reason(int status);

/// The path of a target without its query: "/v1/models?x=1" -> "/v1/models"; also of the absolute form, which a server
/// must accept (RFC 9112, 3.2.2): "http://host/v1/models" -> "/v1/models".
std::string_view path_of(std::string_view target);

}  // namespace chaos::net::http
