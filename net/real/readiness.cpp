// One epoll for all streams of a loop.
#include "net/real/readiness.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

namespace chaos::net::real {
namespace {

/// Few enough that what they are about to read into stays small, and who was told first does not wait for the last.
constexpr std::size_t news_at_once = 64;

int make_epoll()
{
    const int descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
    return descriptor;
}

}  // namespace

Readiness::Readiness(asio::execution_context& owner)
    : service(owner), executor_(static_cast<asio::io_context&>(owner).get_executor()), epoll_(executor_, make_epoll())
{
    await_news();
}

Readiness::~Readiness() = default;

Readiness& Readiness::of(const Executor& executor)
{
    return asio::use_service<Readiness>(executor.context());
}

void Readiness::shutdown() noexcept
{
    Error ignored;  // there is nobody left to be told
    epoll_.close(ignored);
}

Error Readiness::watch(int descriptor, Watcher& watcher)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return {errno, boost::system::system_category()};
}

void Readiness::await_news()
{
    epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](Error error) {
        if (error) return;
        tell();
        await_news();
    });
}

void Readiness::tell()
{
    std::array<epoll_event, news_at_once> news;
    const int count = epoll_wait(epoll_.native_handle(), news.data(), static_cast<int>(news.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = news[static_cast<std::size_t>(i)];
        const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        const bool readable = ended || (event.events & EPOLLIN) != 0;
        const bool writable = ended || (event.events & EPOLLOUT) != 0;
        static_cast<Watcher*>(event.data.ptr)->on_ready(readable, writable, ended);
    }
}

}  // namespace chaos::net::real
