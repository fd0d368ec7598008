// getaddrinfo on a thread, and its result brought back to the loop.
#include "net/real/lookups.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <system_error>
#include <thread>

namespace chaos::net::real {
namespace {

struct Found {
    Error error;
    Lookups::Addresses addresses;
};

Error error_of(int code)
{
    switch (code) {
        case 0:
            return {};
        case EAI_AGAIN:
            return asio::error::host_not_found_try_again;
        case EAI_FAIL:
            return asio::error::no_recovery;
        case EAI_MEMORY:
            return asio::error::no_memory;
        case EAI_SYSTEM:
            return {errno, boost::system::system_category()};
        default:
            return asio::error::host_not_found;
    }
}

/// The C library's resolver keeps its name servers by thread, and asks those that a program has put there.
bool ask_instead(std::uint16_t name_server)
{
    if (::res_init() != 0) return false;
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(name_server);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    _res.options &= ~static_cast<unsigned long>(RES_USEVC);  // ours speaks UDP alone
    _res.nscount = 1;
    _res.nsaddr_list[0] = at;
    return true;
}

Found look_up(const std::string& host, std::optional<std::uint16_t> name_server)
{
    Found found;
    if (name_server && !ask_instead(*name_server)) {
        found.error = asio::error::no_recovery;
        return found;
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    found.error = error_of(::getaddrinfo(host.c_str(), nullptr, &hints, &list));
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        asio::ip::tcp::endpoint address;
        if (entry->ai_addrlen > address.capacity()) continue;
        address.resize(entry->ai_addrlen);
        std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen,
                    reinterpret_cast<char*>(address.data()));
        found.addresses.push_back(address.address());
    }
    if (list != nullptr) ::freeaddrinfo(list);
    return found;
}

}  // namespace

/// Where threads leave what they found. A callback is touched by the loop alone.
struct Lookups::Desk : std::enable_shared_from_this<Desk> {
    explicit Desk(Executor e) : executor(std::move(e)) {}

    void work(std::uint64_t number, const std::string& host, std::optional<std::uint16_t> name_server)
    {
        Found found = look_up(host, name_server);
        const std::lock_guard lock(mutex);
        if (closed) return;
        asio::post(executor, [desk = shared_from_this(), number, found = std::move(found)]() mutable {
            desk->finish(number, std::move(found));
        });
    }

    void finish(std::uint64_t number, Found found)
    {
        const auto place = waiting.find(number);
        if (place == waiting.end()) return;
        const Done done = std::move(place->second);
        waiting.erase(place);
        done(found.error, std::move(found.addresses));
    }

    Executor executor;
    std::mutex mutex;
    bool closed = false;  ///< guarded: the loop may be gone
    std::uint64_t started = 0;
    std::map<std::uint64_t, Done> waiting;
};

Lookups::Lookups(Executor executor) : desk_(std::make_shared<Desk>(std::move(executor))) {}

Lookups::~Lookups()
{
    forget();
}

void Lookups::start(std::string host, std::optional<std::uint16_t> name_server, Done done)
{
    const std::uint64_t number = ++desk_->started;
    try {
        std::thread([desk = desk_, number, host = std::move(host), name_server] {
            desk->work(number, host, name_server);
        }).detach();
    } catch (const std::system_error& error) {
        return done(Error(error.code().value(), boost::system::system_category()), {});
    }
    desk_->waiting[number] = std::move(done);
}

void Lookups::forget()
{
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->closed = true;
    }
    desk_->waiting.clear();
}

}  // namespace chaos::net::real

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/// The C library's resolver keeps what its threads know of /etc/resolv.conf in one array (resolv/resolv_conf.c), which
/// it enlarges under a lock of its own. ThreadSanitizer does not see that lock, only the two calls of realloc() under
/// it.
extern "C" const char* __tsan_default_suppressions()  // NOLINT: the name is the sanitizer's
{
    return "race:__libc_dynarray_emplace_enlarge\n";
}
#endif
#endif
