// The provider that everything in router.sh stands in front of: plain epoll, no JSON, no line shared with the program.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

// What a request's model is called decides: "small" and "large" are answered whole, "stream" with 60 chunks, "held"
// with a stream that stops after its first words. On PORT + 1 everything is answered with 429.
constexpr std::string_view usage = "upstream PORT GAP_MS      GAP_MS: between two chunks of a stream\n";
constexpr int chunks = 60;

using Nanoseconds = std::int64_t;

Nanoseconds now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::string whole_answer(std::string_view status, const std::string& body)
{
    return "HTTP/1.1 " + std::string(status) +
           "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A completion of `size` bytes, head not counted.
std::string completion(std::size_t size)
{
    const std::string before =
        R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":")";
    const std::string after =
        R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":260,"total_tokens":272}})";
    std::string words;
    while (before.size() + words.size() + after.size() < size) words += "several words of an answer ";
    words.resize(size - before.size() - after.size());
    return before + words + after;
}

std::string chunk(std::string_view data)
{
    char length[16];
    std::snprintf(length, sizeof length, "%zx\r\n", data.size() + 8);
    return length + ("data: " + std::string(data)) + "\n\n\r\n";
}

std::string event(const std::string& delta, const std::string& finish = "null", const std::string& more = "")
{
    return chunk(
        R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o","choices":[{"index":0,"delta":)" +
        delta + R"(,"finish_reason":)" + finish + "}]" + more + "}");
}

const std::string small = whole_answer("200 OK", completion(1'400));
const std::string large = whole_answer("200 OK", completion(10'000));
const std::string limited = whole_answer(
    "429 Too Many Requests",
    R"({"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
const std::string middle = event(R"({"content":" word"})");
const std::string first = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                          event(R"({"role":"assistant","content":""})") + middle;
const std::string last =
    event("{}", R"("stop")", R"(,"usage":{"prompt_tokens":12,"completion_tokens":58,"total_tokens":70})") +
    chunk("[DONE]") + "0\r\n\r\n";
constexpr int chunks_between = chunks - 3;  // without the first two and the last

int listen_on(int epoll, int port)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener, 8192) != 0) {
        std::perror("upstream: cannot listen");
        std::exit(1);
    }
    epoll_event watched{};
    watched.events = EPOLLIN;
    watched.data.fd = listener;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &watched);
    return listener;
}

/// Whether the head and as many bytes as it says are there. Names of fields come in any case.
bool complete(std::string_view request)
{
    const auto head = request.find("\r\n\r\n");
    if (head == std::string_view::npos) return false;
    constexpr std::string_view field = "content-length:";
    const auto alike = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    const auto found = std::search(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(head), field.begin(),
                                   field.end(), alike);
    if (found == request.begin() + static_cast<std::ptrdiff_t>(head))
        return request.ends_with("0\r\n\r\n") || request.starts_with("GET");
    return request.size() >= head + 4 + std::strtoul(&*found + field.size(), nullptr, 10);
}

class Upstream {
public:
    Upstream(int port, Nanoseconds gap)
        : gap_(gap),
          epoll_(::epoll_create1(0)),
          answering_(listen_on(epoll_, port)),
          limiting_(listen_on(epoll_, port + 1))
    {
    }

    [[noreturn]] void run()
    {
        for (;;) {
            epoll_event events[256];
            const Nanoseconds left = due_.empty() ? 1'000'000'000 : std::max<Nanoseconds>(0, due_.front().at - now());
            const timespec wait{left / 1'000'000'000, left % 1'000'000'000};
            const int count = ::epoll_pwait2(epoll_, events, 256, &wait, nullptr);
            for (int nth = 0; nth < count; ++nth) serve(events[nth].data.fd);
            while (!due_.empty() && due_.front().at <= now()) next_chunk();
        }
    }

private:
    struct Connection {
        std::string request;
        std::uint64_t id = 0;  // a descriptor's number is used again, this is not
        bool limited = false;
    };

    struct Due {
        Nanoseconds at;
        int handle;
        std::uint64_t id;
        int left;
    };

    static bool later(const Due& a, const Due& b) { return a.at > b.at; }
    static bool send(int handle, const std::string& bytes)
    {
        return ::send(handle, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }

    void serve(int handle)
    {
        if (handle == answering_ || handle == limiting_) return accept_from(handle);
        Connection& connection = connections_[handle];
        char buffer[16 * 1024];
        const ssize_t size = ::recv(handle, buffer, sizeof buffer, 0);
        if (size <= 0) {
            connections_.erase(handle);
            ::close(handle);
            return;
        }
        connection.request.append(buffer, static_cast<std::size_t>(size));
        if (!complete(connection.request)) return;
        answer(handle, connection);
        connection.request.clear();
    }

    void accept_from(int listener)
    {
        const int handle = ::accept(listener, nullptr, nullptr);
        if (handle < 0) return;
        const int on = 1;
        ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event watched{};
        watched.events = EPOLLIN;
        watched.data.fd = handle;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, handle, &watched);
        connections_[handle] = {"", ++newest_, listener == limiting_};
    }

    void answer(int handle, const Connection& connection)
    {
        const auto asks_for = [&](std::string_view model) {
            return connection.request.find(model) != std::string::npos;
        };
        if (connection.limited) {
            send(handle, limited);
        } else if (asks_for(R"("small")")) {
            send(handle, small);
        } else if (asks_for(R"("large")")) {
            send(handle, large);
        } else if (send(handle, first) && !asks_for(R"("held")")) {
            put({now() + gap_, handle, connection.id, chunks_between});
        }
    }

    void next_chunk()
    {
        std::pop_heap(due_.begin(), due_.end(), later);
        const Due entry = due_.back();
        due_.pop_back();
        const auto found = connections_.find(entry.handle);
        if (found == connections_.end() || found->second.id != entry.id) return;
        if (entry.left == 0) {
            send(entry.handle, last);
        } else if (send(entry.handle, middle)) {
            put({entry.at + gap_, entry.handle, entry.id, entry.left - 1});
        }
    }

    void put(const Due& entry)
    {
        due_.push_back(entry);
        std::push_heap(due_.begin(), due_.end(), later);
    }

    Nanoseconds gap_;
    int epoll_;
    int answering_;
    int limiting_;
    std::uint64_t newest_ = 0;
    std::unordered_map<int, Connection> connections_;
    std::vector<Due> due_;
};

}  // namespace

int main(int count, char** arguments)
{
    if (count != 3) {
        std::fwrite(usage.data(), 1, usage.size(), stderr);
        return 2;
    }
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    Upstream(std::atoi(arguments[1]), static_cast<Nanoseconds>(std::atof(arguments[2]) * 1e6)).run();
}
