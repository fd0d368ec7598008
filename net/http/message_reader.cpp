// Bytes to values: Boost.Beast's push parser, behind checks of what two readers could read as two messages.
#include "net/http/codec.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace chaos::net::http {

namespace beast = boost::beast;
using Problem = beast::http::error;

namespace {

/// Most heads have no more; of those who have, it is no more than the beginning.
constexpr std::size_t usual_fields = 512;

std::string_view view_of(beast::string_view text)
{
    return {text.data(), text.size()};
}

/// What a parser has found so far.
struct Found {
    RequestHead request;
    ResponseHead response;
    std::string body;
    std::size_t field_count = 0;
    std::size_t host_count = 0;
    std::size_t transfer_encoding_count = 0;
    int version = 11;
    bool head_done = false;
};

/// Turns the events of Beast's parser into values; refuses what could make two readers see different messages.
template <bool is_request>
class Parser final : public beast::http::basic_parser<is_request> {
public:
    Parser(Found& found, const Limits& limits) : found_(found), header_count_limit_(limits.header_count)
    {
        this->body_limit(limits.body_bytes);
        // One more than the reader's own limit, which also counts what was consumed before.
        this->header_limit(static_cast<std::uint32_t>(limits.head_bytes + 1));
    }

private:
    using Text = beast::string_view;

    void on_request_impl(beast::http::verb, Text method, Text target, int version, Error&) override
    {
        found_.request.method.assign(method.data(), method.size());
        found_.request.target.assign(target.data(), target.size());
        found_.request.headers = {};
        found_.request.headers.reserve(usual_fields);
        found_.version = version;
    }

    void on_response_impl(int status, Text reason, int version, Error& error) override
    {
        if (status < 100) {
            error = Problem::bad_status;  // RFC 9110, 15: three digits, but not from zero
            return;
        }
        found_.response.status = status;
        found_.response.reason.assign(reason.data(), reason.size());
        found_.response.headers = {};
        found_.version = version;
    }

    void on_field_impl(beast::http::field field, Text name, Text value, Error& error) override
    {
        if (++found_.field_count > header_count_limit_) {
            error = Problem::header_limit;
            return;
        }
        if (found_.head_done) {
            return;  // a trailer
        }
        if (field == beast::http::field::host) {
            ++found_.host_count;
        } else if (field == beast::http::field::transfer_encoding) {
            ++found_.transfer_encoding_count;
            transfer_encoding_is_chunked_ = same_name(view_of(value), "chunked");
        }
        Headers& headers = is_request ? found_.request.headers : found_.response.headers;
        headers.add(view_of(name), view_of(value));
    }

    void on_header_impl(Error& error) override
    {
        if constexpr (is_request) {
            error = ambiguity();
        }
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}

    std::size_t on_body_impl(Text bytes, Error&) override
    {
        found_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }

    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error&) override
    {
        found_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }

    void on_finish_impl(Error&) override {}

    /// RFC 9112, 3.2 (one host field) and 6.1 (transfer-encoding): shapes that request smuggling is made of. Beast
    /// itself refuses content-length beside transfer-encoding, and content-lengths that differ.
    Error ambiguity() const
    {
        if (found_.host_count > 1 || (found_.host_count == 0 && found_.version == 11)) {
            return Problem::bad_field;
        }
        if (found_.transfer_encoding_count == 0) {
            return {};
        }
        const bool plain = found_.transfer_encoding_count == 1 && transfer_encoding_is_chunked_ && found_.version == 11;
        return plain ? Error() : Error(Problem::bad_transfer_encoding);
    }

    Found& found_;
    std::size_t header_count_limit_;
    bool transfer_encoding_is_chunked_ = false;
};

}  // namespace

struct MessageReader::State {
    State(MessageKind message_kind, const Limits& message_limits) : kind(message_kind), limits(message_limits)
    {
        begin();
    }

    void begin()
    {
        if (kind == MessageKind::request) {
            request.emplace(found, limits);
        } else {
            response.emplace(found, limits);
            response->skip(no_body);
        }
    }

    template <class Use>
    auto with_parser(Use use) const
    {
        return kind == MessageKind::request ? use(*request) : use(*response);
    }

    bool done() const
    {
        return with_parser([](const auto& parser) { return parser.is_done(); });
    }

    bool header_parsed() const
    {
        return with_parser([](const auto& parser) { return parser.is_header_done(); });
    }

    bool chunked() const
    {
        return with_parser([](const auto& parser) { return parser.chunked(); });
    }

    std::size_t put(std::string_view bytes, Error& error)
    {
        // Beast 1.81 asserts that it sees the whole of "0\r\n\r\n" where the last chunk is the first and comes in
        // pieces.
        if (found.head_done && bytes.front() == '0' && bytes.size() < last_chunk.size() && chunked()) {
            error = Problem::need_more;
            return 0;
        }
        const asio::const_buffer buffer(bytes.data(), bytes.size());
        return kind == MessageKind::request ? request->put(buffer, error) : response->put(buffer, error);
    }

    bool interim() const
    {
        const int status = found.response.status;
        return kind == MessageKind::response && status / 100 == 1 && status != 101;
    }

    bool before_request_line() const { return kind == MessageKind::request && head_bytes == empty_line_bytes; }

    /// RFC 9112, 2.2: a server ignores empty lines before a request line.
    std::size_t skip_empty_lines(std::string_view bytes)
    {
        std::size_t skipped = 0;
        while (before_request_line() && bytes.substr(skipped, 2) == "\r\n") {
            skipped += 2;
            empty_line_bytes += 2;
            head_bytes += 2;
        }
        return skipped;
    }

    bool at_half_empty_line(std::string_view bytes) const { return before_request_line() && bytes == "\r"; }

    /// Counts what the head took; an interim response makes way for the next one.
    Error after_put(std::size_t consumed, std::size_t left)
    {
        if (found.head_done) {
            return {};
        }
        head_bytes += consumed;
        const std::size_t seen = head_bytes + (header_parsed() ? 0 : left);
        if (seen > limits.head_bytes) {
            return Problem::header_limit;
        }
        if (header_parsed() && interim()) {
            begin();
        } else {
            found.head_done = header_parsed();
        }
        return {};
    }

    MessageKind kind;
    Limits limits;
    Found found;
    std::optional<Parser<true>> request;
    std::optional<Parser<false>> response;
    std::size_t head_bytes = 0;  ///< consumed so far, empty lines and interim responses included
    std::size_t empty_line_bytes = 0;
    bool no_body = false;
    bool touched = false;
};

MessageReader::MessageReader(MessageKind kind, const Limits& limits) : state_(std::make_unique<State>(kind, limits)) {}
MessageReader::~MessageReader() = default;
MessageReader::MessageReader(MessageReader&&) noexcept = default;

void MessageReader::expect_no_body()
{
    state_->no_body = true;
    state_->begin();
}

Result<std::size_t> MessageReader::feed(std::string_view bytes)
{
    State& state = *state_;
    state.touched = state.touched || !bytes.empty();
    std::size_t used = state.skip_empty_lines(bytes);
    if (state.at_half_empty_line(bytes.substr(used))) {
        return used;
    }
    while (used < bytes.size() && !message_done()) {
        Error error;
        const std::size_t consumed = state.put(bytes.substr(used), error);
        used += consumed;
        if (error && error != Problem::need_more) {
            return error;
        }
        if (const Error too_large = state.after_put(consumed, bytes.size() - used)) {
            return too_large;
        }
        if (error) {
            break;
        }
    }
    // Of a body only a chunk's head or the trailers can be left over: lines, held to the same limit as the head.
    if (!message_done() && bytes.size() - used > state.limits.head_bytes) {
        return Error(Problem::header_limit);
    }
    return used;
}

Error MessageReader::finish()
{
    if (message_done()) {
        return {};
    }
    if (!state_->touched) {
        return Problem::end_of_stream;
    }
    if (!head_done() || !until_close()) {
        return Problem::partial_message;
    }
    Error error;
    state_->response->put_eof(error);
    return error;
}

bool MessageReader::head_done() const
{
    return state_->found.head_done;
}

bool MessageReader::message_done() const
{
    return state_->found.head_done && state_->done();
}

const RequestHead& MessageReader::request_head() const
{
    return state_->found.request;
}

const ResponseHead& MessageReader::response_head() const
{
    return state_->found.response;
}

RequestHead MessageReader::take_request_head()
{
    return std::move(state_->found.request);
}

int MessageReader::version() const
{
    return state_->found.version;
}

std::string MessageReader::take_body()
{
    return std::exchange(state_->found.body, {});
}

std::size_t MessageReader::body_size() const
{
    return state_->found.body.size();
}

bool MessageReader::keep_alive() const
{
    const bool upgraded = state_->kind == MessageKind::response && state_->found.response.status == 101;
    return !upgraded && state_->with_parser([](const auto& parser) { return parser.keep_alive(); });
}

bool MessageReader::until_close() const
{
    return state_->with_parser([](const auto& parser) { return parser.need_eof(); });
}

bool is_too_large(const Error& error)
{
    return error == Problem::header_limit || error == Problem::body_limit || error == asio::error::message_size;
}

bool is_truncated(const Error& error)
{
    return error == Problem::end_of_stream || error == Problem::partial_message;
}

int refusal_status(const Error& error)
{
    if (error == Problem::header_limit) {
        return 431;
    }
    return is_too_large(error) ? 413 : 400;
}

}  // namespace chaos::net::http
