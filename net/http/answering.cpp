// Answering: response heads with their framing, and what may follow them.
#include "net/http/answering.hpp"

#include <stdexcept>

namespace chaos::net::http {

using namespace std::string_view_literals;

namespace {

/// For what a head says besides its fields: the status, the framing, the date, whether the connection closes.
constexpr std::size_t around_fields = 192;

/// Whether a response of that status says where its body ends (RFC 9110, 8.6).
bool has_framing(int status)
{
    return status / 100 != 1 && status != 204 && status != 304;
}

Task<Error> no_error()
{
    return Task<Error>::done();
}

}  // namespace

const std::string& ServerContext::date()
{
    const WallTime now = runtime.wall().now();
    const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    if (second != cached_second) {
        cached_second = second;
        cached_date = http_date(now);
    }
    return cached_date;
}

Response ServerContext::error_page(int status, std::string_view why) const
{
    if (settings.error_page) {
        return settings.error_page(status, why);
    }
    return {{status, "", {{"content-type", "text/plain; charset=utf-8"}}}, std::string(why) + "\n"};
}

void ServerContext::report_problem(std::string_view what) const
{
    if (settings.on_handler_problem) {
        settings.on_handler_problem(what);
    }
}

Answering::Answering(ServerContext& server, Connection& connection, Request request, Asked asked, std::string& output)
    : server_(server), connection_(connection), request_(std::move(request)), asked_(asked), output_(output)
{
}

void Answering::forget_request()
{
    request_.forget();
}

Task<Error> Answering::respond(Response response)
{
    expect(State::nothing, "respond()");
    state_ = State::complete;
    begin_head(response.head, response.body.size());
    if (has_framing(response.head.status)) {
        output_ += "content-length: "sv;
        append_decimal(output_, response.body.size());
        output_ += "\r\n"sv;
    }
    end_head();
    if (!bodiless(response.head.status)) {
        output_ += response.body;
    }
    return connection_.write(output_);
}

Task<Error> Answering::start(ResponseHead head)
{
    expect(State::nothing, "start()");
    state_ = State::streaming;
    without_body_ = bodiless(head.status);
    unchunked_ = asked_.version == 10 && !without_body_;
    closes_ = unchunked_;
    begin_head(head, 0);
    if (!unchunked_ && has_framing(head.status)) {
        output_ += "transfer-encoding: chunked\r\n"sv;
    }
    end_head();
    return write_and_let_go();
}

Task<Error> Answering::send(std::string_view bytes)
{
    expect(State::streaming, "send()");
    if (bytes.empty() || without_body_) {
        return no_error();
    }
    output_.clear();
    if (unchunked_) {
        output_ += bytes;
    } else {
        append_hexadecimal(output_, bytes.size());
        output_.append("\r\n"sv).append(bytes).append("\r\n"sv);
    }
    return write_and_let_go();
}

/// Of a stream, which may rest for long beside thousands of others.
Task<Error> Answering::write_and_let_go()
{
    const Error error = co_await connection_.write(output_);
    output_.clear();
    output_.shrink_to_fit();
    co_return error;
}

Task<Error> Answering::finish()
{
    expect(State::streaming, "finish()");
    state_ = State::complete;
    return without_body_ || unchunked_ ? no_error() : connection_.write(last_chunk);
}

Task<Error> Answering::send_raw(std::string_view bytes)
{
    raw_ = true;
    return bytes.empty() ? no_error() : connection_.write(bytes);
}

Task<void> Answering::until_client_gone()
{
    while (!connection_.ended()) {
        co_await connection_.changed();
    }
}

void Answering::on_client_gone(std::function<void()> gone)
{
    gone_ = std::move(gone);
    if (client_gone()) {
        tell_client_is_gone();
    }
}

void Answering::tell_client_is_gone()
{
    if (const auto gone = std::exchange(gone_, nullptr)) {
        gone();
    }
}

bool Answering::connection_survives() const
{
    const bool framed = raw_ ? keep_after_raw_ : state_ == State::complete;
    return framed && !closes_ && !connection_.ended();
}

void Answering::expect(State state, const char* call) const
{
    if (state_ != state) {
        constexpr const char* words[] = {"before start()", "in a streamed response", "after a whole response"};
        throw std::logic_error(std::string(call) + " " + words[static_cast<std::size_t>(state_)]);
    }
}

bool Answering::bodiless(int status) const
{
    return request_.head.method == "HEAD" || !has_framing(status);
}

/// The status line and the response's own fields, of which the ones that frame the body are ours. What frames it comes
/// next, then end_head().
void Answering::begin_head(const ResponseHead& head, std::size_t body_size)
{
    output_.clear();
    output_.reserve(around_fields + head.reason.size() + head.headers.wire_size_at_most() + body_size);
    output_ += "HTTP/1.1 "sv;
    append_decimal(output_, static_cast<std::uint64_t>(head.status));
    output_.append(" "sv).append(head.reason.empty() ? standard_reason(head.status) : head.reason).append("\r\n"sv);
    for (auto field = head.headers.begin(); field != head.headers.end(); ++field) {
        if (is_written(*field)) output_ += field.line();
    }
    closes_ = closes_ || says_close_ || !asked_.keep_alive || server_.stopping;
}

/// Whether the field goes out; notes those that end_head() would add. They are told apart by their sizes first.
bool Answering::is_written(const Header& field)
{
    constexpr std::string_view date = "date", connection = "connection";
    constexpr std::string_view length = "content-length", coding = "transfer-encoding";
    switch (field.name.size()) {
        case date.size():
            has_date_ = has_date_ || same_name(field.name, date);
            return true;
        case connection.size():
            says_close_ = says_close_ || (same_name(field.name, connection) && lists_token(field.value, "close"));
            return true;
        case length.size():
            return !same_name(field.name, length);
        case coding.size():
            return !same_name(field.name, coding);
        default:
            return true;
    }
}

void Answering::end_head()
{
    if (!has_date_) output_.append("date: "sv).append(server_.date()).append("\r\n"sv);
    if (closes_ && !says_close_) {
        output_ += "connection: close\r\n"sv;
    } else if (asked_.version == 10 && !closes_) {
        output_ += "connection: keep-alive\r\n"sv;
    }
    output_ += "\r\n"sv;
}

}  // namespace chaos::net::http
