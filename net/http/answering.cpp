// Answering: response heads with their framing, and what may follow them.
#include "net/http/answering.hpp"

#include <charconv>
#include <stdexcept>

namespace chaos::net::http {

namespace {

/// For what a head says besides its fields: the status, the framing, the date, whether the connection closes.
constexpr std::size_t around_fields = 192;

void append_number(std::string& out, std::uint64_t number, int base)
{
    char digits[20];
    out.append(std::begin(digits), std::to_chars(std::begin(digits), std::end(digits), number, base).ptr);
}

/// Whether a response of that status says where its body ends (RFC 9110, 8.6).
bool has_framing(int status)
{
    return status / 100 != 1 && status != 204 && status != 304;
}

bool is_framing(std::string_view name)
{
    return same_name(name, "content-length") || same_name(name, "transfer-encoding");
}

Task<Error> no_error()
{
    co_return Error();
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
    note_closing(response.head);
    begin_head(response.head, response.body.size());
    if (has_framing(response.head.status)) {
        output_ += "content-length: ";
        append_number(output_, response.body.size(), 10);
        output_ += "\r\n";
    }
    end_head(response.head);
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
    note_closing(head);
    begin_head(head, 0);
    if (!unchunked_ && has_framing(head.status)) {
        output_ += "transfer-encoding: chunked\r\n";
    }
    end_head(head);
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
        append_number(output_, bytes.size(), 16);
        output_.append("\r\n").append(bytes).append("\r\n");
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

void Answering::note_closing(const ResponseHead& head)
{
    closes_ = closes_ || !asked_.keep_alive || server_.stopping || head.headers.lists("connection", "close");
}

/// The status line and the response's own fields. What frames the body comes next, then end_head().
void Answering::begin_head(const ResponseHead& head, std::size_t body_size)
{
    output_.clear();
    output_.reserve(around_fields + head.reason.size() + head.headers.wire_size_at_most() + body_size);
    output_ += "HTTP/1.1 ";
    append_number(output_, static_cast<std::uint64_t>(head.status), 10);
    output_.append(" ").append(head.reason.empty() ? standard_reason(head.status) : head.reason).append("\r\n");
    for (auto field = head.headers.begin(); field != head.headers.end(); ++field) {
        if (!is_framing(field->name)) {
            output_ += field.line();
        }
    }
}

void Answering::end_head(const ResponseHead& head)
{
    if (!head.headers.contains("date")) {
        output_.append("date: ").append(server_.date()).append("\r\n");
    }
    if (closes_ && !head.headers.lists("connection", "close")) {
        output_ += "connection: close\r\n";
    } else if (asked_.version == 10 && !closes_) {
        output_ += "connection: keep-alive\r\n";
    }
    output_ += "\r\n";
}

}  // namespace chaos::net::http
