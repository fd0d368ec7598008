// A provider that follows a script: raw bytes and endings, one act a request; it records what it was asked.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http/server.hpp"
#include "net/json.hpp"

namespace chaos::testing {

/// How an act ends, once its bytes are out.
enum class Exit {
    keep,   ///< the response was complete: the connection stays
    fin,    ///< the connection ends in order
    reset,  ///< the connection breaks, after the bytes have arrived
    hold,   ///< nothing more comes; the connection stays open until the client leaves
};

struct Act {
    struct Bytes {
        net::Duration after{};  ///< pause before them
        std::string bytes;
    };
    std::vector<Bytes> pieces;
    Exit exit = Exit::keep;
};

inline std::string raw_response(int status, const std::string& headers, const std::string& body)
{
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
           "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline Act whole(int status, const std::string& body, const std::string& headers = "content-type: application/json\r\n")
{
    return Act{{{net::Duration{}, raw_response(status, headers, body)}}, Exit::keep};
}

inline Act silent()
{
    return Act{{}, Exit::hold};
}
inline Act broken_before_answer()
{
    return Act{{}, Exit::reset};
}

/// {"error": ...} with a status.
inline Act error(int status, const std::string& code, const std::string& message, const std::string& headers = "")
{
    return whole(status,
                 R"({"error":{"message":")" + message + R"(","type":"t","param":null,"code":")" + code + R"("}})",
                 "content-type: application/json\r\n" + headers);
}

inline std::string text_body(const std::string& text, const std::string& finish = "stop")
{
    std::string body = R"({"id":"c1","model":"m","choices":[{"index":0,"message":)";
    body += R"({"role":"assistant","content":)";
    net::append_json_string(body, text);
    return body + R"(},"finish_reason":")" + finish +
           R"("}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})";
}

inline std::string call_body(const std::string& tool, const std::string& arguments,
                             const std::string& finish = "tool_calls")
{
    std::string body = R"({"id":"c1","model":"m","choices":[{"index":0,"message":)";
    body +=
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":")" +
        tool;
    body += R"(","arguments":)";
    net::append_json_string(body, arguments);
    return body + R"(}}]},"finish_reason":")" + finish + R"("}]})";
}

inline Act answer(const std::string& text)
{
    return whole(200, text_body(text));
}
inline Act empty_answer()
{
    return whole(
        200,
        R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":null},"finish_reason":"stop"}]})");
}

/// Stream events, each as the data of one `data:` line.
namespace chunk {
inline std::string of(const std::string& delta, const std::string& finish = "null")
{
    return R"({"id":"c1","model":"m","choices":[{"index":0,"delta":)" + delta + R"(,"finish_reason":)" + finish + "}]}";
}
inline std::string role()
{
    return of(R"({"role":"assistant","content":""})");
}
inline std::string text(const std::string& words)
{
    std::string literal;
    net::append_json_string(literal, words);
    return of(R"({"content":)" + literal + "}");
}
inline std::string reasoning(const std::string& words)
{
    return of(R"({"reasoning_content":")" + words + R"("})");
}
inline std::string call(int index, const std::string& id, const std::string& name, const std::string& arguments)
{
    std::string literal;
    net::append_json_string(literal, arguments);
    std::string delta = R"({"tool_calls":[{"index":)" + std::to_string(index);
    if (!id.empty()) delta += R"(,"id":")" + id + R"(","type":"function")";
    delta += R"(,"function":{)";
    if (!name.empty()) delta += R"("name":")" + name + R"(",)";
    return of(delta + R"("arguments":)" + literal + "}}]}");
}
inline std::string finish(const std::string& reason)
{
    return of("{}", "\"" + reason + "\"");
}
inline std::string usage()
{
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],)"
           R"("usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})";
}
inline std::string failed(const std::string& code)
{
    return R"({"error":{"message":"it failed","type":"t","param":null,"code":")" + code + R"("}})";
}
inline const std::string done = "[DONE]";
}  // namespace chunk

inline std::string chunked(const std::string& bytes)
{
    return net::http::encode_chunk(bytes);
}
inline std::string stream_head(const std::string& content_type = "text/event-stream")
{
    return "HTTP/1.1 200 OK\r\ncontent-type: " + content_type + "\r\ntransfer-encoding: chunked\r\n\r\n";
}
inline std::string data_line(const std::string& data)
{
    return "data: " + data + "\n\n";
}

/// A stream of these events, each its own HTTP chunk, with its proper end.
inline Act stream(const std::vector<std::string>& events, net::Duration between = {})
{
    Act act;
    act.pieces.push_back({net::Duration{}, stream_head()});
    for (const std::string& event : events) act.pieces.push_back({between, chunked(data_line(event))});
    act.pieces.push_back({net::Duration{}, std::string(net::http::last_chunk)});
    return act;
}
/// A stream of these bytes, each piece its own HTTP chunk, with its proper end.
inline Act raw_stream(const std::vector<std::string>& pieces, const std::string& content_type = "text/event-stream")
{
    Act act;
    act.pieces.push_back({net::Duration{}, stream_head(content_type)});
    for (const std::string& piece : pieces) act.pieces.push_back({net::Duration{}, chunked(piece)});
    act.pieces.push_back({net::Duration{}, std::string(net::http::last_chunk)});
    return act;
}
/// The same without the end of the body.
inline Act stream_then(const std::vector<std::string>& events, Exit exit, net::Duration between = {})
{
    Act act = stream(events, between);
    act.pieces.pop_back();
    act.exit = exit;
    return act;
}

inline std::vector<std::string> text_events(const std::vector<std::string>& words)
{
    std::vector<std::string> events{chunk::role()};
    for (const std::string& word : words) events.push_back(chunk::text(word));
    events.push_back(chunk::finish("stop"));
    events.push_back(chunk::done);
    return events;
}

class ScriptedUpstream {
public:
    struct Asked {
        net::Instant at{};
        net::http::RequestHead head;
        std::string body;
        std::uint64_t connection = 0;
        bool client_left = false;  ///< before the act had ended
        net::Instant client_left_at{};
    };

    ScriptedUpstream(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, std::vector<Act> script)
        : runtime_(runtime),
          script_(std::move(script)),
          server_(runtime, std::move(listener), {},
                  [this](net::http::ServerExchange& exchange) { return play(exchange); })
    {
    }

    net::Endpoint endpoint() const { return server_.endpoint(); }
    net::Listener& listener() { return server_.listener(); }
    net::Task<void> serve() { return server_.serve(); }
    void stop() { server_.stop(); }

    /// The last act is played for every further request.
    void set_script(std::vector<Act> script)
    {
        script_ = std::move(script);
        played_ = 0;
    }

    const std::vector<std::unique_ptr<Asked>>& asked() const { return asked_; }
    std::size_t open_connections() const { return server_.open_connections(); }

private:
    net::Task<void> play(net::http::ServerExchange& exchange)
    {
        asked_.push_back(std::make_unique<Asked>());
        Asked& asked = *asked_.back();
        asked.at = runtime_.clock().now();
        asked.head = exchange.request().head;
        asked.body = exchange.request().body;
        asked.connection = exchange.connection();
        bool over = false;
        exchange.on_client_gone([this, &asked, &over] {
            asked.client_left = !over;
            asked.client_left_at = runtime_.clock().now();
        });
        const Act act = script_.at(std::min(played_++, script_.size() - 1));
        for (const Act::Bytes& piece : act.pieces) {
            if (piece.after > net::Duration{}) co_await net::sleep_for(runtime_.clock(), piece.after);
            const net::Error error = co_await exchange.send_raw(piece.bytes);
            if (error) co_return;
        }
        if (act.exit == Exit::hold) co_await exchange.until_client_gone();
        over = true;
        if (act.exit == Exit::keep) exchange.keep_after_raw();
        if (act.exit == Exit::reset) {
            co_await exchange.drained();
            exchange.close(net::Close::reset);
        }
    }

    net::Runtime& runtime_;
    std::vector<Act> script_;
    std::size_t played_ = 0;
    std::vector<std::unique_ptr<Asked>> asked_;
    net::http::Server server_;
};

}  // namespace chaos::testing
