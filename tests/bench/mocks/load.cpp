// A load generator for mocks and routers over plain epoll: it shares no code with what it measures. Prints one JSON
// object.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace {

constexpr std::string_view usage =
    "load [--model NAME] [--field \"name: value\"]... WHAT, where WHAT is one of\n"
    "load ready PORT -- COMMAND...              ms from exec to the first answer with status 200\n"
    "load delay PORT MS CONNECTIONS ROUNDS      answers that are due after MS: how late each one is\n"
    "load pace PORT FIRST_MS GAP_MS STREAMS     tokens of streams that are open at once: how far off each gap is\n"
    "load first PORT STREAMS                    one stream after the other: how long until its first token\n"
    "load steady PORT RATE SECONDS              requests at a fixed rate (open loop): how long each one takes\n"
    "load hold PORT stream|silent CONNECTIONS   opens them, says \"held\" once all are, keeps them until stdin ends\n"
    "load rig PORT MS                           a bare server: what the machine itself allows; MS is its delay and "
    "gap\n";

std::string model = "gpt-4o";
std::string more_fields;
constexpr int patience_ms = 60'000;  // without any event: something is wrong, and no figure can be had

using Nanoseconds = std::int64_t;

Nanoseconds now()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

double in_ms(Nanoseconds time)
{
    return static_cast<double>(time) / 1e6;
}

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "load: %s\n", why.c_str());
    std::exit(1);
}

std::string request_for(const std::string& streamed)
{
    const std::string body = R"({"model":")" + model + '"' + streamed +
                             R"(,"messages":[{"role":"user","content":"hello there, how are you today?"}]})";
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer any\r\n"
           "content-type: application/json\r\n" +
           more_fields + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string whole_request()
{
    return request_for("");
}
std::string stream_request()
{
    return request_for(R"(,"stream":true)");
}

/// What the samples say; the quantiles are of values that were sorted.
void print_samples(std::vector<double>& samples, const std::string& more)
{
    if (samples.empty()) give_up("nothing was measured");
    std::sort(samples.begin(), samples.end());
    const auto quantile = [&](double part) {
        return samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1))];
    };
    std::printf("{\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f,\"samples\":%zu%s}\n", quantile(0.5), quantile(0.99),
                samples.back(), samples.size(), more.c_str());
}

int connect_to(int port)
{
    const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (handle < 0 || ::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        if (handle >= 0) ::close(handle);
        return -1;
    }
    const int on = 1;
    ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return handle;
}

/// One kept-alive connection with at most one request under way.
struct Connection {
    int handle = -1;
    std::string received;
    Nanoseconds sent = 0;     // when the request went out, or was due to
    Nanoseconds last = 0;     // the newest token
    std::size_t scanned = 0;  // of `received`: the events up to here were counted
    int tokens = 0;
    int rounds = 0;
    bool busy = false;

    void send(const std::string& request, Nanoseconds due)
    {
        received.clear();
        scanned = 0;
        tokens = 0;
        sent = due;
        busy = true;
        if (::send(handle, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
            give_up("a request could not be sent");
    }

    /// Reads what there is.
    void receive()
    {
        char buffer[16 * 1024];
        const ssize_t count = ::recv(handle, buffer, sizeof buffer, 0);
        if (count <= 0) give_up("a connection ended: " + received.substr(0, 300));
        received.append(buffer, static_cast<std::size_t>(count));
    }

    /// Whether the answer is all there; any but a 200 ends the measurement.
    bool complete() const
    {
        const auto head = received.find("\r\n\r\n");
        if (head == std::string::npos) return false;
        if (received.compare(9, 3, "200") != 0) give_up("not a 200: " + received.substr(0, 300));
        std::string lower = received.substr(0, head);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
        const auto length = lower.find("\r\ncontent-length:");
        if (length == std::string::npos) return received.ends_with("0\r\n\r\n");
        return received.size() >= head + 4 + std::strtoul(lower.c_str() + length + 17, nullptr, 10);
    }

    /// Counts the events with text in them that have arrived whole since the last look.
    int new_tokens()
    {
        constexpr std::string_view key = "\"content\":\"";
        int found = 0;
        for (;;) {
            const auto end = received.find("\n\n", scanned);
            if (end == std::string::npos) return found;
            const std::string_view event = std::string_view(received).substr(scanned, end - scanned);
            const auto at = event.find(key);
            found += at != std::string_view::npos && event[at + key.size()] != '"' ? 1 : 0;
            scanned = end + 2;
        }
    }
};

/// Connections, and the readiness of their sockets.
class Load {
public:
    Load(int port, int count) : connections(static_cast<std::size_t>(count)), epoll_(::epoll_create1(0))
    {
        for (Connection& connection : connections) {
            connection.handle = connect_to(port);
            if (connection.handle < 0) give_up("cannot connect: " + std::string(std::strerror(errno)));
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = &connection;
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.handle, &event);
        }
    }

    /// Those that can be read, waiting until `at` at most; none at that time.
    std::vector<Connection*> readable(Nanoseconds at = -1)
    {
        epoll_event events[256];
        const Nanoseconds left = at < 0 ? patience_ms * 1'000'000LL : std::max<Nanoseconds>(0, at - now());
        const timespec wait{left / 1'000'000'000, left % 1'000'000'000};
        const int count = ::epoll_pwait2(epoll_, events, 256, &wait, nullptr);
        if (count == 0 && at < 0) give_up("nothing came for a minute");
        std::vector<Connection*> found;
        for (int nth = 0; nth < count; ++nth) found.push_back(static_cast<Connection*>(events[nth].data.ptr));
        return found;
    }

    std::vector<Connection> connections;

private:
    int epoll_;
};

/// First requests that go out one after the other, so that what they ask for is not due all at once.
class Start {
public:
    Start(Load& load, const std::string& request, Nanoseconds apart)
        : load_(load), request_(request), apart_(apart), due_(now())
    {
    }

    /// Sends those that are due; says when the next one is, or that there is none.
    Nanoseconds next()
    {
        for (; sent_ < load_.connections.size() && now() >= due_; due_ += apart_)
            load_.connections[sent_++].send(request_, now());
        return sent_ < load_.connections.size() ? due_ : -1;
    }

private:
    Load& load_;
    const std::string& request_;
    Nanoseconds apart_;
    Nanoseconds due_;
    std::size_t sent_ = 0;
};

// ---- ready ----------------------------------------------------------------------------------------------------------

bool answers_200(int port)
{
    const int handle = connect_to(port);
    if (handle < 0) return false;
    const std::string request = whole_request();
    const timeval patience{1, 0};
    ::setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char head[16] = {};
    const bool answered = ::send(handle, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                          ::recv(handle, head, sizeof head - 1, MSG_WAITALL) > 0 &&
                          std::strncmp(head + 9, "200", 3) == 0;
    ::close(handle);
    return answered;
}

void ready(int port, char** command)
{
    if (const int taken = connect_to(port); taken >= 0) give_up("the port is taken");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const Nanoseconds began = now();
    pid_t child = 0;
    if (posix_spawnp(&child, command[0], &actions, nullptr, command, environ) != 0) give_up("cannot start the command");
    while (!answers_200(port)) {
        if (now() - began > 60'000'000'000LL || ::waitpid(child, nullptr, WNOHANG) == child)
            give_up("it never answered");
        const timespec pause{0, 200'000};
        ::nanosleep(&pause, nullptr);
    }
    std::printf("{\"ready_ms\":%.2f}\n", in_ms(now() - began));
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
}

// ---- delay ----------------------------------------------------------------------------------------------------------

void delay(int port, double ms, int connections, int rounds)
{
    Load load(port, connections);
    const std::string request = whole_request();
    std::vector<double> late;
    Start start(load, request, 1'731'000);
    for (int open = connections; open > 0;) {
        for (Connection* connection : load.readable(start.next())) {
            connection->receive();
            if (!connection->complete()) continue;
            late.push_back(in_ms(now() - connection->sent) - ms);
            if (++connection->rounds <= rounds) {
                connection->send(request, now());
            } else {
                --open;
            }
        }
    }
    print_samples(late, "");
}

// ---- pace -----------------------------------------------------------------------------------------------------------

void pace(int port, double first_ms, double gap_ms, int streams)
{
    Load load(port, streams);
    const std::string request = stream_request();
    std::vector<double> off;
    std::vector<double> behind;  // against the whole schedule: errors that add up show here
    Start start(load, request, 731'000);
    for (int open = streams; open > 0;) {
        for (Connection* connection : load.readable(start.next())) {
            connection->receive();
            const Nanoseconds at = now();
            for (int left = connection->new_tokens(); left > 0; --left) {
                if (connection->tokens > 0) off.push_back(std::abs(in_ms(at - connection->last) - gap_ms));
                behind.push_back(in_ms(at - connection->sent) - first_ms - connection->tokens * gap_ms);
                connection->last = at;
                ++connection->tokens;
            }
            if (connection->complete()) --open;
        }
    }
    std::sort(behind.begin(), behind.end());
    char more[128];
    std::snprintf(more, sizeof more, ",\"behind_p50_ms\":%.4f,\"behind_p99_ms\":%.4f", behind[behind.size() / 2],
                  behind[behind.size() * 99 / 100]);
    print_samples(off, more);
}

// ---- first ----------------------------------------------------------------------------------------------------------

void first(int port, int streams)
{
    Load load(port, 1);
    Connection& connection = load.connections.front();
    const std::string request = stream_request();
    std::vector<double> took;
    for (int nth = 0; nth < streams; ++nth) {
        connection.send(request, now());
        for (bool begun = false; !connection.complete();) {
            load.readable();
            connection.receive();
            if (begun || connection.new_tokens() == 0) continue;
            begun = true;
            took.push_back(in_ms(now() - connection.sent));
        }
    }
    print_samples(took, "");
}

// ---- steady ---------------------------------------------------------------------------------------------------------

/// Times count from when a request was due, not from when there was a connection for it.
void steady(int port, double rate, double seconds)
{
    constexpr int connections = 16;
    Load load(port, connections);
    const std::string request = whole_request();
    const auto apart = static_cast<Nanoseconds>(1e9 / rate);
    const auto count = static_cast<int>(rate * seconds);
    std::vector<double> took;
    std::vector<Connection*> idle;
    for (Connection& connection : load.connections) idle.push_back(&connection);
    const Nanoseconds began = now();
    for (int sent = 0; static_cast<int>(took.size()) < count;) {
        while (sent < count && !idle.empty() && now() >= began + sent * apart) {
            idle.back()->send(request, began + sent * apart);
            idle.pop_back();
            ++sent;
        }
        const bool due_next = sent < count && !idle.empty();
        for (Connection* connection : load.readable(due_next ? began + sent * apart : -1)) {
            connection->receive();
            if (!connection->complete()) continue;
            took.push_back(in_ms(now() - connection->sent));
            idle.push_back(connection);
        }
    }
    print_samples(took, "");
}

// ---- hold -----------------------------------------------------------------------------------------------------------

void hold(int port, bool streams, int count)
{
    Load load(port, count);
    const std::string request = stream_request();
    for (Connection& connection : load.connections) connection.send(request, now());
    for (int waiting = streams ? count : 0; waiting > 0;) {
        for (Connection* connection : load.readable()) {
            const bool first = connection->received.empty();
            connection->receive();
            waiting -= first ? 1 : 0;
        }
    }
    std::printf("held\n");
    std::fflush(stdout);
    char ignored;
    while (::read(0, &ignored, 1) > 0) continue;
}

// ---- rig ------------------------------------------------------------------------------------------------------------

/// The least that an HTTP server can be: no parsing, no JSON, one heap of times.
void rig(int port, double ms)
{
    struct Due {
        Nanoseconds at;
        int handle;
        int events_left;  // 0: a whole answer
    };
    constexpr int tokens = 20;
    const std::string body = R"({"choices":[{"message":{"role":"assistant","content":"Hello"}}]})";
    const std::string whole =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    const std::string head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    const std::string event = "2f\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n\r\n";
    const auto gap = static_cast<Nanoseconds>(ms * 1e6);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener, 4096) != 0)
        give_up("cannot listen");
    const int epoll = ::epoll_create1(0);
    epoll_event watched{};
    watched.events = EPOLLIN;
    watched.data.fd = listener;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &watched);
    const auto later = [](const Due& a, const Due& b) { return a.at > b.at; };
    std::vector<Due> due;
    const auto put = [&](Due entry) {
        due.push_back(entry);
        std::push_heap(due.begin(), due.end(), later);
    };
    const auto send_all = [](int handle, const std::string& bytes) {
        return ::send(handle, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
    };
    for (;;) {
        const Nanoseconds left = due.empty() ? 1'000'000'000 : std::max<Nanoseconds>(0, due.front().at - now());
        const timespec wait{left / 1'000'000'000, left % 1'000'000'000};
        epoll_event events[256];
        const int count = ::epoll_pwait2(epoll, events, 256, &wait, nullptr);
        for (int nth = 0; nth < count; ++nth) {
            const int handle = events[nth].data.fd;
            if (handle == listener) {
                watched.data.fd = ::accept(listener, nullptr, nullptr);
                ::setsockopt(watched.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                ::epoll_ctl(epoll, EPOLL_CTL_ADD, watched.data.fd, &watched);
                continue;
            }
            char request[4096];
            const ssize_t size = ::recv(handle, request, sizeof request, 0);
            if (size <= 0) {
                ::close(handle);
            } else if (std::string_view(request, static_cast<std::size_t>(size)).find("\"stream\":true") !=
                       std::string_view::npos) {
                send_all(handle, head);
                put({now() + gap, handle, tokens});
            } else if (gap == 0) {
                send_all(handle, whole);
            } else {
                put({now() + gap, handle, 0});
            }
        }
        while (!due.empty() && due.front().at <= now()) {
            std::pop_heap(due.begin(), due.end(), later);
            const Due entry = due.back();
            due.pop_back();
            if (entry.events_left == 0) {
                send_all(entry.handle, whole);
            } else if (send_all(entry.handle, event) && entry.events_left > 1) {
                put({entry.at + gap, entry.handle, entry.events_left - 1});
            } else {
                send_all(entry.handle, "0\r\n\r\n");
            }
        }
    }
}

/// As many descriptors as the system lets this process have.
void raise_descriptors()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments)
{
    for (; count > 2 && std::string_view(arguments[1]).starts_with("--"); count -= 2, arguments += 2) {
        if (std::string_view(arguments[1]) == "--model") model = arguments[2];
        if (std::string_view(arguments[1]) == "--field") more_fields += arguments[2] + std::string("\r\n");
    }
    const std::string_view what = count > 2 ? arguments[1] : "";
    const int port = count > 2 ? std::atoi(arguments[2]) : 0;
    const auto number = [&](int nth) { return std::atof(arguments[nth]); };
    const auto whole = [&](int nth) { return std::atoi(arguments[nth]); };
    if (what == "ready" && count > 4) {
        ready(port, arguments + 4);  // with the limits that whoever calls has: they are part of starting
    } else if (raise_descriptors(); what == "delay" && count == 6) {
        delay(port, number(3), whole(4), whole(5));
    } else if (what == "pace" && count == 6) {
        pace(port, number(3), number(4), whole(5));
    } else if (what == "first" && count == 4) {
        first(port, whole(3));
    } else if (what == "steady" && count == 5) {
        steady(port, number(3), number(4));
    } else if (what == "hold" && count == 5) {
        hold(port, std::string_view(arguments[3]) == "stream", whole(4));
    } else if (what == "rig" && count == 4) {
        rig(port, number(3));
    } else {
        std::fwrite(usage.data(), 1, usage.size(), stderr);
        return 2;
    }
    return 0;
}
